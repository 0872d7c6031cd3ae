//! Chains of imports that lead into the standard library and through it.
//!
//! Loading stops at the standard library, which no module provides. Where its sources are at
//! hand, in the local Go's GOROOT, this goes on from there: breadth first, as if both had been
//! loaded together.
//!
//! Source: buildStacks and stdVendor in cmd/go/internal/modload/load.go.

use std::collections::VecDeque;

use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};

use crate::spec::pattern;
use crate::spec::source::Tags;
use crate::store::package_folder::{self, Imports, ModuleFolder, Tree};

use super::load::{Flags, Id, Loaded, Package};
use super::{Resolver, blocking};

/// A package, or the tests of one.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Node {
    /// It was loaded, and is not of the standard library.
    Loaded(Id),
    Standard(String),
    StandardTest(String),
}

/// What packages need of the standard library.
#[derive(Debug)]
pub struct StandardLibrary {
    /// For each of its packages those that lead to it from one that matches a pattern, by a
    /// shortest way.
    pub chains: HashMap<String, Vec<String>>,
    /// Those in `all`.
    pub in_all: HashSet<String>,
}

impl Resolver {
    /// What the packages need of the standard library; `tests` says whether tests of what is in
    /// `all` were loaded. `None` where no GOROOT is at hand.
    pub async fn standard_library(
        &self,
        loaded: &Loaded,
        tags: &Tags,
        tests: bool,
    ) -> Option<StandardLibrary> {
        self.goroot.as_ref()?;
        let mut library = Library { resolver: self, tags, imports: HashMap::new() };
        let in_all = library.in_all(loaded).await;
        let mut leads_to: HashMap<Node, Option<Node>> = HashMap::new();
        let mut queue: VecDeque<Node> = VecDeque::new();
        for &id in &loaded.order {
            let package = &loaded.packages[id];
            let is_first = loaded.chain(&package.path).is_some_and(|chain| chain.len() == 1);
            if !package.is_test() && is_first {
                let node = node_of(loaded, id);
                leads_to.insert(node.clone(), None);
                queue.push_back(node);
            }
        }
        while let Some(node) = queue.pop_front() {
            let next: Vec<Node> = match &node {
                Node::Loaded(id) => {
                    let package = &loaded.packages[*id];
                    let further = package.imports.iter().chain(&package.test);
                    further.map(|&id| node_of(loaded, id)).collect()
                }
                Node::Standard(path) => {
                    let imports = library.imports(path).await.imports.clone();
                    let has_test = tests && in_all.contains(path);
                    let test = has_test.then(|| Node::StandardTest(path.clone()));
                    imports.into_iter().map(Node::Standard).chain(test).collect()
                }
                Node::StandardTest(path) => {
                    let imports = library.imports(path).await.test_imports.clone();
                    imports.into_iter().map(Node::Standard).collect()
                }
            };
            for other in next {
                if !leads_to.contains_key(&other) {
                    leads_to.insert(other.clone(), Some(node.clone()));
                    queue.push_back(other);
                }
            }
        }
        let chain = |node: &Node| {
            let next = |node: &&Node| leads_to.get(*node)?.as_ref();
            let mut chain: Vec<String> =
                std::iter::successors(Some(node), next).map(|node| name(loaded, node)).collect();
            chain.reverse();
            chain
        };
        let standard = leads_to.keys().filter_map(|node| match node {
            Node::Standard(path) => Some((path.clone(), chain(node))),
            _ => None,
        });
        let chains = standard.collect();
        Some(StandardLibrary { chains, in_all })
    }
}

fn is_standard(package: &Package) -> bool {
    package.module.is_none() && package.error.is_none() && !package.is_test()
}

fn node_of(loaded: &Loaded, id: Id) -> Node {
    match &loaded.packages[id] {
        package if is_standard(package) => Node::Standard(package.path.clone()),
        _ => Node::Loaded(id),
    }
}

fn name(loaded: &Loaded, node: &Node) -> String {
    match node {
        Node::Loaded(id) => match &loaded.packages[*id] {
            test if test.is_test() => format!("{}.test", test.path),
            package => package.path.clone(),
        },
        Node::Standard(path) => path.clone(),
        Node::StandardTest(path) => format!("{path}.test"),
    }
}

/// The standard library as far as it was read.
struct Library<'a> {
    resolver: &'a Resolver,
    tags: &'a Tags,
    imports: HashMap<String, Imports>,
}

impl Library<'_> {
    /// The packages of the standard library that are in `all`.
    async fn in_all(&mut self, loaded: &Loaded) -> HashSet<String> {
        let all = || loaded.packages().filter(|package| package.flags.has(Flags::IN_ALL));
        // Before go 1.16 what tests of others import was part of it.
        let closes = all().any(|package| package.is_test() && !self.is_main(package));
        let mut pending: Vec<String> = all()
            .filter(|package| is_standard(package))
            .map(|package| package.path.clone())
            .collect();
        let mut found = HashSet::new();
        while let Some(path) = pending.pop() {
            if found.contains(&path) {
                continue;
            }
            let Imports { imports, test_imports } = self.imports(&path).await;
            pending.extend_from_slice(imports);
            if closes {
                pending.extend_from_slice(test_imports);
            }
            found.insert(path);
        }
        found
    }

    fn is_main(&self, package: &Package) -> bool {
        package.module.as_ref().is_some_and(|module| self.resolver.is_main(&module.path))
    }

    /// What a package imports: none where it cannot be read, which is for builds to tell.
    async fn imports(&mut self, path: &str) -> &Imports {
        if !self.imports.contains_key(path) {
            let imports = self.read(path).await.unwrap_or_default();
            self.imports.insert(path.to_owned(), imports);
        }
        &self.imports[path]
    }

    async fn read(&self, path: &str) -> Option<Imports> {
        let source = self.resolver.goroot.as_ref()?.join("src");
        let (folders, tags) = (self.resolver.folders.clone(), self.tags.clone());
        let overlay = self.resolver.files.overlay().clone();
        let path = path.to_owned();
        let read = move || {
            let root = source.join(&path).into();
            let at = ModuleFolder { root, tree: Tree::Cached, hash: None };
            let folder = folders.find(&at, &path, &path, false).ok()??;
            let mut imports = folder.imports(&tags).ok()?.clone();
            for list in [&mut imports.imports, &mut imports.test_imports] {
                list.iter_mut().for_each(|import| {
                    if let Some(copy) = copy_of(&path, import)
                        && package_folder::exists(&overlay, &source.join(&copy))
                    {
                        *import = copy;
                    }
                });
            }
            Some(imports)
        };
        blocking(read).await
    }
}

/// Where the standard library would keep its own copy of a package that it imports; `None` for
/// one of its own.
fn copy_of(importer: &str, import: &str) -> Option<String> {
    let is_command = importer == "cmd" || importer.starts_with("cmd/");
    let folder = if is_command { "cmd/vendor" } else { "vendor" };
    (!pattern::is_standard(import)).then(|| format!("{folder}/{import}"))
}
