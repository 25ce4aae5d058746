//! What a value is joined with: the walk along the operands of a sum and the links of a chain.

use super::{Step, Trail};
use crate::deluge::pure;
use crate::deluge::{Kind, NodeId};
use crate::requests::flow::Context;

impl Trail<'_> {
    /// Whether a link of a chain is a call of `concat`.
    pub(super) fn joins(&self, link: NodeId) -> bool {
        let Context { text, tree, .. } = self.context;
        let name = (tree.kind(link) == Kind::Call).then(|| pure::called_name(text, tree, link)).flatten();
        name.is_some_and(|name| name.eq_ignore_ascii_case("concat"))
    }

    /// Goes on with the operands of a sum, or the links of a chain, from the child `at` on. Where one is come to as it was
    /// before, all behind it was looked at: the walks of many names in one sum run into one another.
    pub(super) fn along(&mut self, parent: NodeId, at: usize) {
        let tree = self.context.tree;
        let Some(&child) = tree.children(parent).get(at) else { return self.steps.push(Step::Follow(parent)) };
        if !self.walked.insert((child, self.on, self.sure)) {
            return;
        }
        let is_chain = tree.kind(parent) == Kind::Chain;
        let parts = match tree.kind(child) {
            Kind::Op(_) => &[],
            _ if !is_chain => std::slice::from_ref(&child),
            _ if self.joins(child) => tree.children(child),
            _ => &[],
        };
        let ends = !is_chain && tree.kind(child) == Kind::String && self.context.text_of(child).contains('&');
        let next = if ends { Step::Follow(parent) } else { Step::Along(parent, at + 1) };
        self.first(parts.iter().copied().map(Step::Visit).chain([next]).collect::<Vec<_>>().into_iter());
    }

    /// Goes on with what `node`, in which the value has not ended, is joined with.
    pub(super) fn follow_on(&mut self, node: NodeId) {
        let Context { text, tree, scopes } = self.context;
        if !self.followed.insert(node) {
            return;
        }
        let Some(parent) = tree.parent(node) else { return };
        match tree.kind(parent) {
            Kind::Binary if self.context.is_sum(parent) => {
                // Nodes are numbered in text order.
                let at = tree.children(parent).partition_point(|&operand| operand <= node);
                self.steps.push(Step::Along(parent, at));
            }
            Kind::Paren => self.follow_on(parent),
            // `node.concat(…)`, `x.concat(node).concat(…)`
            Kind::Chain | Kind::Call => {
                let (chain, link) = if tree.kind(parent) == Kind::Chain {
                    (parent, node)
                } else {
                    (tree.parent(parent).unwrap_or(parent), parent)
                };
                if link == node || self.joins(link) {
                    let at = tree.children(chain).partition_point(|&other| other <= link);
                    self.steps.push(Step::Along(chain, at));
                    if link != node {
                        let inside = tree.children(link).iter().filter(|&&other| other > node);
                        self.first(inside.copied().map(Step::Visit).collect::<Vec<_>>().into_iter());
                    }
                }
            }
            Kind::Assign => {
                let Some(&target) = tree.children(parent).first().filter(|&&target| target != node) else { return };
                let Some(binding) = scopes.binding(text, tree, target) else { return };
                if !self.read.insert((tree.scope(target), self.context.text_of(target))) {
                    return;
                }
                let sure = self.sure;
                let appended =
                    binding.writes.iter().filter(|write| write.node > parent).filter_map(|write| write.appended);
                let appended = appended.map(Step::Visit);
                let reads = binding.reads.iter().flat_map(|&read| [Step::Again { sure }, Step::Follow(read)]);
                self.first(appended.chain(reads).collect::<Vec<_>>().into_iter());
            }
            _ => {}
        }
    }
}
