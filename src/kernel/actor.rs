//! The actor of an operation.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use crate::kernel::access::{Grant, Permission, Rights};
use crate::kernel::error::Error;
use crate::kernel::id::{ApiKeyId, SessionId, UserId};

/// The actor: a user through a session, somebody who is not signed in, or a named part of the system.
#[derive(Debug, Clone)]
pub enum Actor {
    /// A user who is signed in.
    User(Viewer),
    /// Somebody who is not signed in, of this network; the name of what they do is for the log.
    Stranger(&'static str, Option<IpAddr>),
    /// A job or a command; the name is for the log.
    System(&'static str),
}

/// Who takes turns with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Claimant {
    /// A user.
    User(UserId),
    /// Somebody who is not signed in and comes from this [network](network_of).
    Network(Option<IpAddr>),
    /// A part of the system.
    System(&'static str),
}

impl Actor {
    /// The actor, as one of those who take turns.
    pub fn claimant(&self) -> Claimant {
        match self {
            Self::User(viewer) => Claimant::User(viewer.user),
            Self::Stranger(_, network) => Claimant::Network(*network),
            Self::System(name) => Claimant::System(name),
        }
    }

    /// Somebody of an origin who is not signed in.
    pub fn stranger(what: &'static str, origin: &Origin) -> Self {
        Self::Stranger(what, origin.address.map(network_of))
    }
}

/// A user who is signed in, with the rights that they hold now.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// The user.
    pub user: UserId,
    /// Their session; the nil id with an API key, and if a server continues in the background what they began.
    pub session: SessionId,
    /// The API key that they use instead of a session.
    pub key: Option<ApiKeyId>,
    /// What they may do.
    pub rights: Arc<Rights>,
}

/// Where a request comes from. The default is not from the network.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The network address.
    pub address: Option<IpAddr>,
    /// What the client calls itself, shortened.
    pub agent: Option<Arc<str>>,
}

impl Origin {
    /// The most characters of what a client calls itself.
    const MOST_OF_AGENT: usize = 200;

    /// An address, and what the client calls itself.
    pub fn new(address: Option<IpAddr>, agent: Option<&str>) -> Self {
        let printable = |agent: &str| {
            let letters = agent.chars().filter(|letter| !letter.is_control());
            letters.take(Self::MOST_OF_AGENT).collect::<String>().into()
        };
        Self { address: address.map(|address| address.to_canonical()), agent: agent.map(printable) }
    }

    /// The [network](network_of) of its address, as text, for what is counted by network.
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

impl Actor {
    /// The user who acts; `Unauthenticated` if nobody is signed in.
    pub fn viewer(&self) -> Result<&Viewer, Error> {
        match self {
            Self::User(viewer) => Ok(viewer),
            Self::Stranger(..) | Self::System(_) => Err(Error::Unauthenticated),
        }
    }

    /// Checks whether the actor holds a permission in any scope. The grant has the scopes.
    pub fn authorize(&self, permission: Permission) -> Result<Grant, Error> {
        Grant::of(&self.viewer()?.rights, permission).ok_or(Error::Forbidden(permission))
    }

    /// The user who acts; `None` if nobody is signed in.
    pub fn user_id(&self) -> Option<UserId> {
        match self {
            Self::User(viewer) => Some(viewer.user),
            Self::Stranger(..) | Self::System(_) => None,
        }
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
