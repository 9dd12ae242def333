use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The address's /24 (IPv4, also when mapped into IPv6) or /48 (IPv6): enough for a place, too little for a person.
pub fn truncate(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(ip) => Ipv4Addr::from_bits(ip.to_bits() & (u32::MAX << 8)).into(),
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 80)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truncates_to_block() {
        for (whole, expected) in [
            ("203.0.113.77", "203.0.113.0"),
            ("::ffff:203.0.113.77", "203.0.113.0"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
            ("::1", "::"),
            ("255.255.255.255", "255.255.255.0"),
        ] {
            assert_eq!(truncate(whole.parse().unwrap()).to_string(), expected, "{whole}");
        }
    }
}
