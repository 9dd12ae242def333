//! The kinds of [`crate::signal`] and of [`crate::host::record`], as `host/signals.js` has them.

/// The tracker runs; in a frame of a page that has one too, or not.
pub(crate) const STARTED: u32 = 0;
/// The address changes, to one of the same page or of another.
pub(crate) const MOVED: u32 = 1;
/// There is an event of this number.
pub(crate) const FIRED: u32 = 2;
/// At a place, of NaN without a pointer; on what answers by itself, or by leaving the page, or not.
pub(crate) const CLICKED: u32 = 3;
pub(crate) const WOKEN: u32 = 4;
pub(crate) const ANSWERED: u32 = 5;
pub(crate) const ONLINE: u32 = 6;
/// With how many interactions there were; NaN when this browser does not count. LEFT too.
pub(crate) const SHOWN: u32 = 7;
pub(crate) const LEFT: u32 = 8;
pub(crate) const RESTORED: u32 = 9;
pub(crate) const FOCUSED: u32 = 10;
pub(crate) const ACTIVE: u32 = 11;
pub(crate) const SCROLLED: u32 = 12;
pub(crate) const STIRRED: u32 = 13;
pub(crate) const WATCHED: u32 = 14;
pub(crate) const CROSSED: u32 = 15;
pub(crate) const SIGHTED: u32 = 16;
pub(crate) const CONSENTED: u32 = 17;
/// And those of [`crate::vitals::Vitals::note`] from there.
pub(crate) const VITAL: u32 = 18;

/// The page is viewed.
pub(crate) const PAGE: u32 = 0;
/// A watched element, by its number.
pub(crate) const ELEMENT: u32 = 1;
/// The last click stays without an answer.
pub(crate) const DEAD: u32 = 2;
/// Percent of the page, milliseconds.
pub(crate) const LEAVE: u32 = 3;
/// Largest and first contentful paint, first byte, interaction to next paint, layout shift.
pub(crate) const VITALS: u32 = 4;
/// By [`crate::outbox::Lost`].
pub(crate) const DROPPED: u32 = 5;
/// No event: what is recorded from now on is of the address moved to.
pub(crate) const FOLLOW: u32 = 6;

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
        assert_eq!(here.len(), 26);
    }
}
