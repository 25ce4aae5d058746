//! The HTTP method of a request, as the attribute `type`, the kind of call or an override header sets it.

use super::{entries, legacy};
use crate::requests::call::Call;
use crate::requests::flow::Context;
use crate::requests::keys::OVERRIDE;
use crate::requests::request::Form;

/// The method in capitals; `None` when it is known only at run time. `GET` is what a request without one is (facts 2.1).
pub fn method(context: Context<'_>, call: &Call) -> Option<&'static str> {
    let request = &call.request;
    let written = match (request.form, request.method) {
        (Form::GetUrl, _) => "GET",
        (Form::PostUrl, _) => overridden(context, call)?.unwrap_or("POST"),
        (Form::PutUrl, _) => "PUT",
        (_, None) => "GET",
        // A bare constant, a text, or a variable that holds one.
        (_, Some(slot)) => {
            let text = context.known_text(slot.value).unwrap_or_else(|| context.text_of(slot.value).to_owned());
            return legacy::overriding(&text);
        }
    };
    Some(written)
}

/// The method that an override header asks for (rewrites C6), if there is such a header; the outer `None` when it is
/// known only at run time.
fn overridden(context: Context<'_>, call: &Call) -> Option<Option<&'static str>> {
    let headers = call.request.headers.iter().flat_map(|slot| entries::entries(context, slot.value));
    let mut asked = headers.filter(|(key, _)| key.eq_ignore_ascii_case(OVERRIDE));
    match asked.next() {
        None => Some(None),
        Some((_, entry)) => legacy::overriding(&context.known_text(entry.value)?).map(Some),
    }
}
