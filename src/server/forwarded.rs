//! The address of a client behind proxies: the last hop that is not a proxy of the operator's own.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use axum::http::header::FORWARDED;

use crate::kernel::config::{Limits, ProxyHeader};

/// The address of the client: that of the connection, or if this is a trusted proxy, the last address of the header that is
/// none. Only proxies that are trusted wrote what is read.
pub fn client_address(headers: &HeaderMap, peer: Option<IpAddr>, limits: &Limits) -> Option<IpAddr> {
    let mut address = peer?.to_canonical();
    // Of most requests the header is not read.
    if !limits.is_trusted_proxy(address) {
        return Some(address);
    }
    for hop in hops(headers, limits.proxy_header).iter().rev() {
        if !limits.is_trusted_proxy(address) {
            break;
        }
        // A proxy that does not tell the address is the last that is known.
        let Some(before) = hop.as_deref().and_then(parsed) else { break };
        address = before;
    }
    Some(address)
}

/// The hops of all lines of the header, the nearest last; `None` for one that says no address.
fn hops(headers: &HeaderMap, header: ProxyHeader) -> Vec<Option<String>> {
    let lines = match header {
        ProxyHeader::XForwardedFor => headers.get_all("x-forwarded-for"),
        ProxyHeader::Forwarded => headers.get_all(FORWARDED),
    };
    let hops = lines.iter().flat_map(|line| line.to_str().unwrap_or_default().split(','));
    hops.map(|hop| match header {
        ProxyHeader::XForwardedFor => Some(hop.trim().to_owned()),
        ProxyHeader::Forwarded => hop.split(';').find_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            name.trim().eq_ignore_ascii_case("for").then(|| value.trim().trim_matches('"').to_owned())
        }),
    })
    .collect()
}

/// An address as proxies write it: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
fn parsed(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    let address = bare.parse::<IpAddr>().or_else(|_| hop.parse::<SocketAddr>().map(|address| address.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(header: ProxyHeader, lines: &[&str], peer: &str) -> String {
        let mut headers = HeaderMap::new();
        let name = if header == ProxyHeader::Forwarded { "forwarded" } else { "x-forwarded-for" };
        for line in lines {
            headers.append(name, line.parse().unwrap());
        }
        let trust_proxy = ["10.0.0.0/8", "2001:db8:ff::/48"].map(|network| network.parse().unwrap()).to_vec();
        let limits = Limits { trust_proxy, proxy_header: header, ..Limits::default() };
        client_address(&headers, Some(peer.parse().unwrap()), &limits).unwrap().to_string()
    }

    #[test]
    fn the_last_hop_that_is_not_trusted_is_the_client() {
        let forwarded_for = |lines: &[&str], peer: &str| address(ProxyHeader::XForwardedFor, lines, peer);
        for (lines, peer, client) in [
            (&["198.51.100.1"][..], "203.0.113.9", "203.0.113.9"),
            (&["198.51.100.1"], "10.0.0.1", "198.51.100.1"),
            (&["6.6.6.6, 198.51.100.1"], "10.0.0.1", "198.51.100.1"),
            (&["6.6.6.6, 198.51.100.1, 10.2.0.1"], "10.0.0.1", "198.51.100.1"),
            (&["6.6.6.6", "198.51.100.1", "10.2.0.1"], "10.0.0.1", "198.51.100.1"),
            (&["198.51.100.1:4711"], "10.0.0.1", "198.51.100.1"),
            (&["[2001:db8::1]:443"], "10.0.0.1", "2001:db8::1"),
            (&["[2001:db8::1]"], "::ffff:10.0.0.1", "2001:db8::1"),
            (&["2001:db8::1, 2001:db8:ff::2"], "10.0.0.1", "2001:db8::1"),
            (&["6.6.6.6, unknown"], "10.0.0.1", "10.0.0.1"),
            (&[], "10.0.0.1", "10.0.0.1"),
            (&["10.1.1.1, 10.2.0.1"], "10.0.0.1", "10.1.1.1"),
        ] {
            assert_eq!(forwarded_for(lines, peer), client, "{lines:?} from {peer}");
        }
    }

    #[test]
    fn of_the_header_forwarded_the_parameter_for_is_read() {
        for (lines, client) in [
            (&["for=6.6.6.6, for=198.51.100.1;proto=https"][..], "198.51.100.1"),
            (&["proto=https;For=\"[2001:db8::1]:4711\""], "2001:db8::1"),
            (&["for=6.6.6.6", "for=198.51.100.1;by=10.0.0.9, for=10.2.0.1"], "198.51.100.1"),
            (&["for=198.51.100.1, for=_hidden"], "10.0.0.1"),
        ] {
            assert_eq!(address(ProxyHeader::Forwarded, lines, "10.0.0.1"), client, "{lines:?}");
        }
        let headers = [("x-forwarded-for", "6.6.6.6"), ("forwarded", "for=198.51.100.1")];
        let headers = headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let limits = Limits {
            trust_proxy: vec!["10.0.0.1/32".parse().unwrap()],
            proxy_header: ProxyHeader::Forwarded,
            ..Limits::default()
        };
        let client = client_address(&headers.into_iter().collect(), Some([10, 0, 0, 1].into()), &limits);
        assert_eq!(client, Some([198, 51, 100, 1].into()), "only the header that the proxy writes counts");
    }
}
