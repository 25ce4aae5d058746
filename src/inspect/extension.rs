//! What the code of an extension asks of its manifest: scopes for its Connections, and `config` entries that hold a token.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use super::{Inspection, PriorFacts, need};
use crate::deluge::{Kind, NodeId};
use crate::project::format::Format;
use crate::project::manifest::placeholders;
use crate::project::part::Part;
use crate::project::{BESIDE, Extension, Project, discover, widget};
use crate::requests::bindings::Scopes;
use crate::requests::call::Call;
use crate::requests::flow::Context;
use crate::text::source::{Position, Source};
use crate::zoho::target::{Owner, target};
use crate::zoho::{self, Need};

/// A request of an extension's code.
#[derive(Clone, Debug)]
pub struct Needed {
    /// The file, by a path as short as the manifest's.
    pub path: PathBuf,
    /// Where the request begins.
    pub position: Position,
    /// The scopes that it needs.
    pub need: Need,
}

/// What was found in an extension's code.
#[derive(Default, Debug)]
pub struct Code {
    /// The requests by the LinkName that they name, in the order of the files.
    pub needs: BTreeMap<String, Vec<Needed>>,
    /// Names of `config` entries whose value is sent to Zoho as an authtoken.
    pub tokens: BTreeSet<String>,
}

/// Reads all code that belongs to the extension. What cannot be read is an error where it is read itself. Needs a stack of
/// [`crate::deluge::STACK_BYTES`].
pub fn read(project: &Project, extension: &Extension) -> Code {
    let mut code = Code::default();
    let Some(folder) = extension.path.parent() else { return code };
    let folder = match folder.file_name() {
        Some(name) if BESIDE.iter().any(|beside| name == *beside) => folder.parent().unwrap_or(folder),
        _ => folder,
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let own = project.manifest_of(&extension.path);
    for path in project.files_in(folder, false) {
        if project.manifest_of(&path) != own {
            continue;
        }
        let Ok(source) = Source::read(&path) else { continue };
        match discover::format_of(&path, source.text()) {
            Some(Format::Deluge) => deluge(project, &source, extension, &mut code),
            Some(Format::Widget(language)) => page(&source, language, &mut code),
            // An extension keeps no export in it.
            Some(Format::Manifest | Format::Json | Format::App(_) | Format::Unread) | None => {}
        }
    }
    code
}

fn deluge(project: &Project, source: &Source, extension: &Extension, code: &mut Code) {
    let text = source.text();
    let lower = text.to_ascii_lowercase();
    if !lower.contains("connection") && !lower.contains("authtoken") {
        return;
    }
    let (Ok(parts), Ok(config)) = (Part::all_in(text, Format::Deluge, None), project.configs().for_file(source.path()))
    else {
        return;
    };
    // An extension has functions only, and no page that is kept encoded.
    let Some(part) = parts.first() else { return };
    let scopes = Scopes::of(text, &part.tree);
    let known = PriorFacts {
        lost: &|_, _| false,
        vetoed: &Default::default(),
        kept: &Default::default(),
        extension: Some(extension),
    };
    let Ok(inspection) = Inspection::of(part, &scopes, &config, source.path(), &known) else { return };
    let context = inspection.context;
    for call in inspection.concerns.iter().map(|concern| &concern.call) {
        let link = call.request.connection.and_then(|slot| context.known_text(slot.value));
        if let (Some(link), Some(need)) = (link, need(context, call)) {
            let position = source.position(call.request.range.start());
            let needed = Needed { path: source.path().to_owned(), position, need };
            code.needs.entry(link).or_default().push(needed);
        }
        if call.owner() == Owner::Zoho {
            tokens(context, call, &mut code.tokens);
        }
    }
}

/// The texts that a request's tokens come from: `{{name}}`, or `settings.get("name")`.
fn tokens(context: Context<'_>, call: &Call, found: &mut BTreeSet<String>) {
    let tree = context.tree;
    let authtokens = call.occurrences().filter(|occurrence| occurrence.access.is_none());
    let mut stack: Vec<NodeId> = authtokens.flat_map(|occurrence| occurrence.tokens.iter().copied()).collect();
    let mut seen = HashSet::new();
    while let Some(value) = stack.pop() {
        if !seen.insert(value) {
            continue;
        }
        for node in tree.descendants(value) {
            match tree.kind(node) {
                Kind::String => {
                    let text = context.known_text(node).unwrap_or_default();
                    found.extend(placeholders(&text).map(str::to_owned));
                    found.insert(text);
                }
                Kind::Name => stack.extend(context.scopes.reaching(node).flatten().filter_map(|write| write.value)),
                _ => {}
            }
        }
    }
}

fn page(source: &Source, language: widget::Language, code: &mut Code) {
    let text = source.text();
    let requests = if widget::may_use(text) { widget::requests(text, language) } else { Vec::new() };
    for request in requests {
        let place = target(request.url);
        let need = place.service.and_then(|service| zoho::scopes(service, request.method.as_deref(), place.path()));
        if let (Some(need), Owner::Zoho) = (need, place.owner) {
            let needed = Needed { path: source.path().to_owned(), position: source.position(request.at), need };
            code.needs.entry(request.link).or_default().push(needed);
        }
    }
    code.tokens.extend(widget::tokens(text, language));
}
