//! Definitions of webhooks: `url`, `http_method`, `headers`, `url_parameters`, `body`, in any order and with lists or objects
//! inside. What is sent belongs to the nearest object around it that has a URL, which is known at its end only.

use crate::requests::occurrence::Carrier;
use crate::requests::params::{ParamContext, json_members, params};
use crate::text::json::{Event, Text};
use crate::text::source::TextRange;
use crate::zoho::target::{self, Owner};

/// A token that a webhook sends.
#[derive(Clone, Debug)]
pub struct WebhookToken {
    /// How it is sent.
    pub carrier: Carrier,
    /// Its value, or where its value is missing, its name.
    pub range: TextRange,
    /// The token.
    pub value: String,
    /// Where the webhook sends it to.
    pub target: target::Target,
}

/// What a member's name says of its value.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum Member {
    #[default]
    Other,
    Url,
    /// Parameters, headers or body.
    Sent(Carrier),
    /// The name and the value of a parameter or a header that is an object.
    Name,
    Value,
    /// A token.
    Token,
    /// What a webhook has and other requests have not.
    Webhook,
    /// What other programs keep of requests, and Zoho does not.
    Foreign,
}

fn member(name: &str) -> Member {
    const FOREIGN: &[&str] = &["httpversion", "cookies", "_id", "_type", "openapi", "swagger"];
    match name.to_ascii_lowercase().as_str() {
        "url" => Member::Url,
        "headers" => Member::Sent(Carrier::Headers),
        "url_parameters" | "parameters" | "body" => Member::Sent(Carrier::Parameters),
        "name" => Member::Name,
        "value" => Member::Value,
        "authtoken" | "auth_token" => Member::Token,
        "http_method" => Member::Webhook,
        name if FOREIGN.contains(&name) => Member::Foreign,
        _ => Member::Other,
    }
}

/// What may be a token, if its webhook sends it to Zoho.
struct Sent {
    carrier: Carrier,
    range: TextRange,
    /// Whether the text is the value of a parameter that is named like a token; otherwise it may hold such a parameter.
    whole: bool,
}

/// An object or list that is open.
#[derive(Default)]
struct Open {
    object: bool,
    /// The last member's name.
    member: Member,
    /// How what is inside is sent.
    carrier: Option<Carrier>,
    urls: Vec<TextRange>,
    name: Option<TextRange>,
    value: Option<(TextRange, bool)>,
    /// Whether it has what makes it a webhook's definition, and whether it has what makes it something else.
    webhook: bool,
    foreign: bool,
    /// How many of [`Webhooks::sent`] stand before it.
    before: usize,
}

/// Looks for webhooks in a document.
pub(super) struct Webhooks<'d> {
    document: &'d str,
    open: Vec<Open>,
    sent: Vec<Sent>,
    tokens: Vec<WebhookToken>,
}

impl<'d> Webhooks<'d> {
    pub(super) fn new(document: &'d str) -> Self {
        Self { document, open: Vec::new(), sent: Vec::new(), tokens: Vec::new() }
    }

    /// What was found.
    pub(super) fn tokens(self) -> impl Iterator<Item = WebhookToken> {
        self.tokens.into_iter()
    }

    /// Takes in what stands next. `has_sign`: a text may hold a token's name.
    pub(super) fn event(&mut self, event: Event, has_sign: bool) {
        match event {
            Event::Open { object } => {
                let carrier = self.open.last().and_then(|above| match above.member {
                    Member::Sent(carrier) => Some(carrier),
                    _ => above.carrier,
                });
                self.open.push(Open { object, carrier, before: self.sent.len(), ..Open::default() });
            }
            Event::Close => {
                if let Some(open) = self.open.pop().filter(|open| open.object) {
                    self.close(&open);
                }
            }
            Event::Key(range) => {
                let member = member(&self.decoded(range).text);
                if let Some(open) = self.open.last_mut() {
                    open.member = member;
                    open.webhook |= matches!(member, Member::Webhook | Member::Sent(_));
                    open.foreign |= member == Member::Foreign;
                }
            }
            Event::Text(range) => self.text(range, has_sign),
        }
    }

    fn decoded(&self, range: TextRange) -> Text {
        Text::decoded(self.document, range)
    }

    fn text(&mut self, range: TextRange, has_sign: bool) {
        let Some(open) = self.open.last_mut() else { return };
        // A list has no names of its own; what it is called stands in `carrier`.
        let member = if open.object { open.member } else { Member::Other };
        let (carrier, whole) = match (member, open.carrier) {
            (Member::Url, _) => {
                open.urls.push(range);
                return;
            }
            (Member::Name, Some(_)) => {
                open.name = Some(range);
                return;
            }
            (Member::Value, Some(_)) => {
                open.value = Some((range, has_sign));
                return;
            }
            (Member::Token, Some(carrier)) => (carrier, true),
            (Member::Sent(carrier), _) | (_, Some(carrier)) => (carrier, false),
            _ => return,
        };
        if whole || has_sign {
            self.sent.push(Sent { carrier, range, whole });
        }
    }

    fn close(&mut self, open: &Open) {
        if let (Some(carrier), Some(name)) = (open.carrier, open.name) {
            let is_token = member(&self.decoded(name).text) == Member::Token;
            match open.value {
                Some((range, has_sign)) if is_token || has_sign => {
                    self.sent.push(Sent { carrier, range, whole: is_token });
                }
                None if is_token => self.sent.push(Sent { carrier, range: name, whole: true }),
                _ => {}
            }
        }
        if open.urls.is_empty() || !open.webhook || open.foreign {
            return;
        }
        let sent: Vec<Sent> = self.sent.drain(open.before..).collect();
        for &range in &open.urls {
            let url = self.decoded(range);
            let target = target_of(&url.text);
            let to_zoho = target.owner != Owner::Other;
            if to_zoho {
                let found: Vec<(TextRange, TextRange)> =
                    params(&url.text, ParamContext::Url).iter().map(|param| (param.name, param.value)).collect();
                self.add(Carrier::Query, &url, &found, &target);
            }
            if open.urls.last() != Some(&range) {
                continue;
            }
            for Sent { carrier, range, whole } in &sent {
                let text = self.decoded(*range);
                let mut found = schemes(&text.text);
                if to_zoho && *whole {
                    let all = TextRange::new(0, text.text.len());
                    found = vec![(all, all)];
                } else if to_zoho && found.is_empty() {
                    let all = params(&text.text, ParamContext::Body).into_iter().chain(json_members(&text.text));
                    found = all.map(|param| (param.name, param.value)).collect();
                }
                self.add(*carrier, &text, &found, &target);
            }
        }
    }

    /// Adds tokens, each by its name and its value in `text`.
    fn add(&mut self, carrier: Carrier, text: &Text, found: &[(TextRange, TextRange)], target: &target::Target) {
        for &(name, value) in found {
            let range = text.outer(if value.is_empty() { name } else { value });
            let value = value.of(&text.text).to_owned();
            self.tokens.push(WebhookToken { carrier, range, value, target: target.clone() });
        }
    }
}

/// Where a webhook goes to. What Zoho fills in, `${Leads.Website}`, cannot be seen.
fn target_of(url: &str) -> target::Target {
    let mut target = target::target(url.to_owned());
    let host = target::split(url).map(|(host, _)| host).unwrap_or_default();
    if target.owner == Owner::Other && host.contains(['$', '{', '<', '%', '#']) {
        target.owner = Owner::Unseen;
    }
    target
}

/// Each `Zoho-authtoken` and the token behind it.
fn schemes(text: &str) -> Vec<(TextRange, TextRange)> {
    const SCHEME: &str = "zoho-authtoken";
    let lower = text.to_ascii_lowercase();
    let found = lower.match_indices(SCHEME).map(|(at, _)| {
        let end = at + SCHEME.len();
        let behind = text.get(end..).unwrap_or("");
        let token = behind.trim_start_matches([' ', '=', ':', '\t']);
        let length =
            token.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '&' | ',')).unwrap_or(token.len());
        let start = end + behind.len() - token.len();
        (TextRange::new(at, end), TextRange::new(start, start + length))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::super::Export;
    use super::*;

    fn tokens(text: &str) -> Vec<(Carrier, &str)> {
        let export = Export::of(text, None).unwrap();
        export.tokens.iter().map(|token| (token.carrier, token.range.of(text))).collect()
    }

    #[test]
    fn tokens_are_found_wherever_a_webhook_has_them() {
        let text = r#"{"headers":{"custom":[{"value":"Zoho-authtoken fake1","name":"Authorization"}],"authtoken":"fake2"},
            "body":{"raw":"a=1&authtoken=fake3&b","json":"{\"authtoken\":\"fake4\"}"},"url_parameters":[{"name":"AuthToken"}],
            "url":"https:\/\/desk.zoho.com\/x?a=1&auth_token=fake5\u0026b=2","http_method":"POST"}"#;
        let expected = [
            (Carrier::Headers, "fake1"),
            (Carrier::Headers, "fake2"),
            (Carrier::Parameters, "fake3"),
            (Carrier::Parameters, "fake4"),
            (Carrier::Parameters, "AuthToken"),
            (Carrier::Query, "fake5"),
        ];
        assert_eq!(tokens(text), expected);
    }

    #[test]
    fn other_hosts_get_no_authtoken_but_by_the_scheme() {
        let webhook = |url: &str| {
            format!(
                r#"{{"url":"{url}?authtoken=fake1","headers":{{"a":"Zoho-authtoken fake2"}},"url_parameters":{{"authtoken":"fake3"}}}}"#
            )
        };
        assert_eq!(tokens(&webhook("https://api.twilio.com/")), [(Carrier::Headers, "fake2")]);
        assert_eq!(tokens(&webhook("https://${Leads.Host}/")).len(), 3);
        assert_eq!(tokens(&webhook("https://www.zohoapis.com.au/books/v3")).len(), 3);
    }

    #[test]
    fn what_is_no_webhook_is_left_alone() {
        for text in [
            r#"{"name":"authtoken","description":"an authtoken for https://desk.zoho.com"}"#,
            r#"{"url":"https://desk.zoho.com/x?authtoken=fake1"}"#,
            r#"{"openapi":"3.0","url":"https://desk.zoho.com","parameters":[{"name":"authtoken","in":"query"}]}"#,
            r#"{"method":"GET","httpVersion":"1","cookies":[],"url":"https://desk.zoho.com/?authtoken=fake1","headers":[]}"#,
            r#"{"url":"https://desk.zoho.com","headers":[{"name":"Authorization","value":"Zoho-oauthtoken fake1"}]}"#,
            r#"{"url":"https://desk.zoho.com?zapikey=fake1","http_method":"GET","body":"a=1"}"#,
        ] {
            assert_eq!(tokens(text), [], "{text}");
        }
    }
}
