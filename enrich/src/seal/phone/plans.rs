use std::sync::LazyLock;

/// How numbers of one territory look.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// ISO 3166; none for codes of no territory, such as +800.
    pub(super) region: Option<&'static str>,
    pub(super) code: &'static str,
    /// Dialled before national numbers, inside.
    pub(super) trunk: Option<&'static str>,
    /// Dialled before numbers of other countries; none where there are several.
    pub(super) international: Option<&'static str>,
    /// Bit n: national numbers of n digits are possible.
    pub(super) lengths: u16,
}

pub(super) static PLANS: LazyLock<Vec<Plan>> = LazyLock::new(|| {
    let lines = include_str!("plans.txt").lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| read(line).expect("every line of plans.txt reads"))
        .collect()
});

fn read(line: &'static str) -> Option<Plan> {
    let mut fields = line.split(' ');
    let mut field = || fields.next();
    let given = |field: &'static str| (field != "-").then_some(field);
    Some(Plan {
        region: given(field()?),
        code: field()?,
        trunk: given(field()?),
        international: given(field()?),
        lengths: field()?.split(',').try_fold(0, |lengths, range| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let (first, last) = (first.parse::<u32>().ok()?, last.parse::<u32>().ok()?);
            (first..=last).try_fold(lengths, |lengths, length| Some(lengths | 1_u16.checked_shl(length)?))
        })?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plan_fits_into_fifteen_digits() {
        assert_eq!(PLANS.len(), 254);
        for plan in PLANS.iter() {
            let longest = (u16::BITS - 1 - plan.lengths.leading_zeros()) as usize;
            assert!(
                plan.code.len() + longest <= 15 && plan.lengths.trailing_zeros() > 3,
                "{plan:?}"
            );
        }
    }
}
