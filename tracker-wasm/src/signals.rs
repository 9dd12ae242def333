//! The kinds of [`crate::message`] and [`crate::signal`], as `host/signals.js` has them.

pub(crate) const MOVED: u32 = 0;
pub(crate) const CLICKED: u32 = 1;
/// On what answers by itself, or by leaving the page.
pub(crate) const CLICKED_CONTROL: u32 = 2;
pub(crate) const SUBMITTED: u32 = 3;
pub(crate) const IDENTIFIED: u32 = 4;
pub(crate) const VIEW: u32 = 5;
pub(crate) const CLICK: u32 = 6;
#[expect(dead_code, reason = "the host names it; here it is what is left")]
pub(crate) const SERVER: u32 = 7;

pub(crate) const WOKEN: u32 = 0;
pub(crate) const ANSWERED: u32 = 1;
pub(crate) const ONLINE: u32 = 2;
pub(crate) const SHOWN: u32 = 3;
pub(crate) const LEFT: u32 = 4;
pub(crate) const RESTORED: u32 = 5;
pub(crate) const FOCUSED: u32 = 6;
pub(crate) const ACTIVE: u32 = 7;
pub(crate) const SCROLLED: u32 = 8;
pub(crate) const STIRRED: u32 = 9;
pub(crate) const WATCHED: u32 = 10;
pub(crate) const CROSSED: u32 = 11;
pub(crate) const SIGHTED: u32 = 12;
pub(crate) const CONSENTED: u32 = 13;
/// And those of [`crate::vitals::Vitals::note`] from there.
pub(crate) const VITAL: u32 = 14;

#[cfg(test)]
mod tests {
    #[test]
    fn host_has_the_same_numbers() {
        let constants = |text: &str, start: &str| -> Vec<String> {
            let lines = text.lines().filter_map(|line| line.strip_prefix(start));
            lines
                .map(|line| line.replace(": u32", ""))
                .filter(|line| line.contains(" = "))
                .collect()
        };
        let here = constants(include_str!("signals.rs"), "pub(crate) const ");
        let there = constants(include_str!("../host/signals.js"), "export const ");
        assert_eq!(here, there);
        assert_eq!(here.len(), 23);
    }
}
