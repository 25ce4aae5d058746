//! Where a URL leads: its host as far as it can be seen, and what Zoho's tables say of it.

use super::UNKNOWN;

/// Whose host it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Owner {
    /// Zoho's, by the built-in table or as it looks.
    Zoho,
    /// Surely somebody else's.
    Other,
    /// It cannot be seen before run time.
    Unseen,
}

/// Where a request goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    /// The URL as far as it can be seen, [`UNKNOWN`] for the rest.
    pub url: String,
    /// Whose host it is.
    pub owner: Owner,
    /// The service's name in the built-in table.
    pub service: Option<&'static str>,
    /// The data centre.
    pub data_center: Option<&'static str>,
    /// Whether the table has the host. One of Zoho's that is not in it only looks like it.
    pub certain: bool,
}

impl Target {
    /// One whose host cannot be seen.
    pub(crate) fn unseen(url: String) -> Self {
        Self { url, owner: Owner::Unseen, service: None, data_center: None, certain: false }
    }

    /// The URL's path and what follows it. Where no host can be seen, what stands behind that which cannot.
    pub fn path(&self) -> &str {
        split(&self.url).map_or_else(
            || self.url.strip_prefix(UNKNOWN).filter(|rest| rest.starts_with('/')).unwrap_or(""),
            |(_, path)| path,
        )
    }
}

/// The target of one URL text.
pub fn target(url: String) -> Target {
    let Some((host, path)) = split(&url) else { return Target::unseen(url) };
    match super::place(&host, path) {
        Some(super::ZohoHost { service, data_center, certain }) => {
            Target { url, owner: Owner::Zoho, service, data_center, certain }
        }
        // A host of which a part is missing may still be anybody's.
        None if host.contains(UNKNOWN) => Target::unseen(url),
        None => Target { owner: Owner::Other, ..Target::unseen(url) },
    }
}

/// Host (lower case, without user and port) and the rest of a URL; `None` when the text does not begin with a host.
pub fn split(url: &str) -> Option<(String, &str)> {
    let url = url.trim_start();
    let rest = match url.find("://") {
        Some(at) if url.get(..at)?.chars().all(|c| c.is_ascii_alphanumeric()) => url.get(at + 3..)?,
        _ => url.strip_prefix("//").or_else(|| looks_like_host(url).then_some(url))?,
    };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let authority = rest.get(..end)?;
    let host = authority.rsplit('@').next()?;
    let host = host.split(':').next()?;
    Some((host.to_ascii_lowercase(), rest.get(end..)?))
}

/// `desk.zoho.com/api`: a URL that lacks its scheme.
fn looks_like_host(text: &str) -> bool {
    let end = text.find(['/', '?', '#']).unwrap_or(text.len());
    let head = text.get(..end).unwrap_or("");
    head.contains('.') && head.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_what_a_client_would_connect_to() {
        let host = |url: &str| split(url).map(|(host, _)| host);
        assert_eq!(host("https://Desk.Zoho.com/api").as_deref(), Some("desk.zoho.com"));
        assert_eq!(host("https://desk.zoho.com@evil.example/api").as_deref(), Some("evil.example"));
        assert_eq!(host("https://desk.zoho.com:443?x=1").as_deref(), Some("desk.zoho.com"));
        assert_eq!(host("desk.zoho.com/api").as_deref(), Some("desk.zoho.com"));
        assert_eq!(host("/api/v1/x?u=https://desk.zoho.com"), None);
        assert_eq!(host("\u{FFFC}/api/v1"), None);
    }
}
