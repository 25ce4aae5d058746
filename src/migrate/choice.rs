//! A parameter that is chosen where the text is joined.
//!
//! ```text
//! u = "…?limit=5" + if(token != null,"&authtoken=" + token,"") + "&from=1";
//! u = "…?limit=5" + "&from=1";
//! ```

use super::Outcome;
use super::text::Wanted;
use crate::deluge::{Kind, NodeId};
use crate::requests::flow::Context;
use crate::requests::params::Shape;
use crate::text::edit::Edit;
use crate::text::source::TextRange;

/// Takes the choice `chain`, which brings the token with `text`, out of the sum around it; `None` when it may bring anything
/// else, or is no operand of a sum.
pub fn remove(context: Context<'_>, chain: NodeId, text: NodeId, wanted: Wanted<'_>) -> Option<Outcome> {
    let tree = context.tree;
    let choices = context.choices(chain)?;
    if !choices.iter().all(|&choice| is_parameter(context, choice, wanted)) {
        return None;
    }
    let sum = tree.parent(chain).filter(|&sum| context.is_sum(sum))?;
    let operands = context.operands(sum);
    let at = operands.iter().position(|&operand| operand == chain)?;
    let range = match (at.checked_sub(1).and_then(|before| operands.get(before)), operands.get(at + 1)) {
        (Some(&before), _) => TextRange::new(tree.range(before).end(), tree.range(chain).end()),
        (None, Some(&next)) => TextRange::new(tree.range(chain).start(), tree.range(next).start()),
        (None, None) => return None,
    };
    if !tree.comments_in(range).is_empty() {
        return None;
    }
    let mut outcome = Outcome::default();
    // Each of the texts with a token asks.
    let first = choices.iter().find(|&&choice| tree.kind(choice) != Kind::String);
    if first.is_none_or(|&first| first == text) {
        outcome.remove(context, chain);
        outcome.edits.push(Edit::delete(range));
    }
    Some(outcome)
}

/// Whether a text is the parameter of the token with its separator, and nothing besides, or empty.
fn is_parameter(context: Context<'_>, text: NodeId, wanted: Wanted<'_>) -> bool {
    context.flows(text).iter().all(|flow| {
        let text = flow.text.as_str();
        text.is_empty()
            || wanted(text).iter().any(|param| {
                let around = (text.get(..param.name.start()), text.get(param.value.end()..));
                param.shape == Shape::Pair && matches!(around, (Some("&"), Some("")) | (Some(""), Some("&")))
            })
    })
}
