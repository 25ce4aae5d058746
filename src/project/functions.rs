//! Functions that only fetch an access token, and who calls them from other files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;
use foldhash::HashSet;
use memchr::memmem;

use super::{Project, is_same};
use crate::deluge::Kind;
use crate::project::discover;
use crate::project::format::Format;
use crate::project::part::Part;
use crate::requests::bindings::Scopes;
use crate::requests::calls;
use crate::requests::chain::called_function;
use crate::requests::flow::Context;
use crate::requests::oauth::helper;
use crate::text::source::Source;

/// A call of such a function.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Caller {
    /// The file, as a walk of its repository names it.
    pub path: PathBuf,
    /// Where, from 1.
    pub line: u32,
}

/// Those of a repository.
#[derive(Default, Debug)]
pub struct Functions {
    /// The files that define one, by its name.
    defined: BTreeMap<String, Vec<PathBuf>>,
    /// The calls, by the name that is called, without `thisapp`.
    called: BTreeMap<String, Vec<Caller>>,
}

impl Functions {
    /// The calls of the function `name`, which `file` defines, in other files.
    pub fn callers<'f>(&'f self, file: &Path, name: &str) -> Vec<&'f Caller> {
        let called = self.called.iter().filter(|(called, _)| may_be(called, name));
        let mut callers: Vec<&Caller> =
            called.flat_map(|(_, callers)| callers).filter(|caller| !is_same(&caller.path, file)).collect();
        callers.sort_unstable();
        callers
    }

    /// The file that defines what `file` calls by `name`, if it is one other file.
    pub fn definition(&self, file: &Path, name: &str) -> Option<&Path> {
        let mut paths = self.defined.iter().filter(|(defined, _)| may_be(name, defined)).flat_map(|(_, paths)| paths);
        let only = paths.next().filter(|path| !is_same(path, file))?;
        paths.next().is_none().then_some(only)
    }
}

/// Whether what is called so may be what is defined so: a product may put its own name in front.
fn may_be(called: &str, defined: &str) -> bool {
    called == defined || (last(called) == last(defined) && !(called.contains('.') && defined.contains('.')))
}

/// The name itself, without what stands in front.
fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// Reads the functions in a folder. What cannot be read is an error where it is read itself.
pub(super) fn read(project: &Project, root: &Path) -> Functions {
    let mut functions = Functions::default();
    let here = std::env::current_dir().ok();
    let short = |path: &Path| {
        let short = here.as_ref().and_then(|here| path.strip_prefix(here).ok());
        short.unwrap_or(path).to_owned()
    };
    let paths = project.files_in(root, false);
    let sources = || paths.iter().filter_map(|path| Source::read(path).ok());
    for source in sources().filter(|source| asks_for_tokens(source.text())) {
        each_part(&source, &mut |context| {
            let calls = calls(context);
            let calls: Vec<_> = calls.iter().map(|call| &**call).collect();
            let parts: HashSet<_> = calls.iter().filter_map(|call| helper::part(context, call)).collect();
            for helper in helper::helpers(context, &calls, &parts) {
                functions.defined.entry(helper.name).or_default().push(short(source.path()));
            }
        });
    }
    let names: Vec<&str> = functions.defined.keys().map(|name| last(name)).collect();
    let Ok(search) = AhoCorasick::new(&names) else { return functions };
    for source in sources().filter(|source| !names.is_empty() && search.is_match(source.text())) {
        each_part(&source, &mut |context| {
            let chains = context.tree.descendants(context.tree.root());
            for chain in chains.filter(|&node| context.tree.kind(node) == Kind::Chain) {
                let Some(name) = called_function(context, chain) else { continue };
                if functions.defined.keys().any(|defined| may_be(&name, defined)) {
                    let line = source.position(context.tree.range(chain).start()).line;
                    let caller = Caller { path: short(source.path()), line };
                    functions.called.entry(name).or_default().push(caller);
                }
            }
        });
    }
    functions
}

fn asks_for_tokens(text: &str) -> bool {
    ["oauth/v2", "accounts.zoho"].iter().any(|sign| memmem::find(text.as_bytes(), sign.as_bytes()).is_some())
}

/// The scripts of a file that stand in it as they are.
fn each_part(source: &Source, each: &mut dyn FnMut(Context<'_>)) {
    if discover::format_of(source.path(), source.text()) != Some(Format::Deluge) {
        return;
    }
    let Ok(parts) = Part::all_in(source.text(), Format::Deluge, None) else { return };
    for part in parts.iter().filter(|part| !part.is_encoded()) {
        let scopes = Scopes::of(part.text(), &part.tree);
        each(Context { text: part.text(), tree: &part.tree, scopes: &scopes });
    }
}
