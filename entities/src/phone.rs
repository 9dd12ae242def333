use generator::random::Random;

use crate::nations::Nation;

/// A mobile number as its owner might write it: with the country's code, by one of several customs.
pub(crate) fn mobile(nation: &Nation, random: &mut Random) -> String {
    let digits = filled(nation.mobile, random);
    let dial = nation.dial;
    let plain = || digits.replace([' ', '-'], "");
    match (random.below(5), digits.split_once(' ')) {
        (0, _) => format!("+{dial} {digits}"),
        (1, _) => format!("+{dial}-{}", digits.replace(' ', "-")),
        (2, _) => format!("+{dial}{}", plain()),
        (3, _) if nation.trunk == "0" => format!("+{dial} (0){}", plain()),
        (_, Some((network, rest))) => format!("+{dial} ({network}) {}", rest.replace(' ', ".")),
        (_, None) => format!("+{dial}.{digits}"),
    }
}

/// Every `#` becomes a digit.
pub(crate) fn filled(pattern: &str, random: &mut Random) -> String {
    pattern
        .chars()
        .map(|character| match character {
            '#' => char::from(b'0' + random.below(10) as u8),
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::nations::NATIONS;

    use super::*;

    #[test]
    fn every_spelling_is_a_number() {
        let mut random = Random::new(42);
        for nation in NATIONS.iter().cycle().take(400) {
            let spelling = mobile(nation, &mut random);
            assert!(enrich::seal::normalise_phone(&spelling, None).is_ok(), "{spelling}");
        }
    }
}
