//! The client of a request, as far as its transport tells.

use std::net::{IpAddr, Ipv6Addr};

/// The most characters of a user agent that are kept.
const MOST_OF_USER_AGENT: usize = 200;

/// Where a request comes from.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// The network address.
    pub address: Option<IpAddr>,
    /// What the program says that it is.
    pub user_agent: Option<String>,
}

impl Client {
    /// A client that names its program in a header.
    pub fn new(address: Option<IpAddr>, user_agent: Option<&str>) -> Self {
        let shortened =
            |text: &str| text.chars().filter(|letter| !letter.is_control()).take(MOST_OF_USER_AGENT).collect();
        Self { address: address.map(|address| address.to_canonical()), user_agent: user_agent.map(shortened) }
    }

    /// The [network](network_of) of its address, as text.
    pub fn network(&self) -> String {
        self.address.map_or_else(|| "unknown".to_owned(), |address| network_of(address).to_string())
    }
}

/// The network that counts as one client: an IPv4 address, or the first 64 bits of an IPv6 address, because one customer of
/// a provider has all addresses of such a network.
pub fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_of_an_ipv6_network_are_one_client() {
        let network = |text: &str| network_of(text.parse().unwrap()).to_string();
        assert_eq!(network("2001:db8:0:1::7"), network("2001:db8:0:1:ffff::8"));
        assert_ne!(network("2001:db8:0:1::7"), network("2001:db8:0:2::7"));
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    }
}
