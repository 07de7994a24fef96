//! Which source file uses which other, read from the text of the sources.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The path of a module from the root of the crate.
type Module = Vec<String>;

/// What a file says about other modules.
#[derive(Default)]
struct File {
    /// Private imports: the path, and the name that it gets here.
    uses: Vec<(Module, String)>,
    /// Names that other files can import from here, and where they come from. They make no import of this file.
    re_exports: Vec<(Module, String)>,
    /// The modules that the file declares.
    children: BTreeSet<String>,
    /// The rest of the code.
    body: String,
}

/// Who uses whom. An import leads to the file in which the imported item stands, also through re-exports.
pub struct Imports {
    files: BTreeMap<Module, (String, File)>,
    edges: BTreeMap<Module, BTreeMap<Module, String>>,
}

impl Imports {
    /// The imports of files, given as their paths below `src/` and their texts.
    pub fn of<'s>(sources: impl Iterator<Item = (&'s str, &'s str)>) -> Self {
        let files = sources.map(|(path, text)| (module_of(path), (path.to_owned(), parse(text)))).collect();
        let mut imports = Self { files, edges: BTreeMap::new() };
        let edges = imports.files.keys().map(|module| (module.clone(), imports.edges_of(module))).collect();
        imports.edges = edges;
        imports
    }

    /// Every import: the file, the file that it uses, and how it names it.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let path = |module: &Module| self.files[module].0.as_str();
        self.edges
            .iter()
            .flat_map(move |(from, used)| used.iter().map(move |(to, named)| (path(from), path(to), named.as_str())))
    }

    /// Groups of files that use each other in a circle, each as its list of imports.
    pub fn circles(&self) -> Vec<String> {
        let reached: HashMap<&Module, BTreeSet<&Module>> =
            self.files.keys().map(|module| (module, self.reached_from(module))).collect();
        let mut seen = BTreeSet::new();
        let mut circles = Vec::new();
        for module in self.files.keys() {
            if seen.contains(module) || !reached[module].contains(module) {
                continue;
            }
            let circle: BTreeSet<&Module> =
                reached[module].iter().copied().filter(|other| reached[*other].contains(module)).collect();
            seen.extend(circle.iter().copied());
            let lines = circle.iter().flat_map(|from| {
                let inside = self.edges[*from].iter().filter(|(to, _)| circle.contains(to));
                inside.map(|(to, named)| format!("{} -> {} ({named})", self.files[*from].0, self.files[to].0))
            });
            circles.push(lines.collect::<Vec<_>>().join("\n"));
        }
        circles
    }

    fn reached_from(&self, module: &Module) -> BTreeSet<&Module> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&Module> = self.edges[module].keys().collect();
        while let Some(next) = open.pop() {
            if reached.insert(next) {
                open.extend(self.edges[next].keys());
            }
        }
        reached
    }

    fn edges_of(&self, module: &Module) -> BTreeMap<Module, String> {
        let file = &self.files[module].1;
        let mut found: Vec<(Module, String)> = Vec::new();
        for (path, name) in &file.uses {
            let Some(absolute) = self.absolute(module, path) else { continue };
            if !self.files.contains_key(&absolute) {
                found.push((absolute, path.join("::")));
                continue;
            }
            // A module is imported for its items: what counts are the items that are used.
            for rest in paths_after(&file.body, name) {
                let named = format!("{name}::{}", rest.join("::"));
                found.push((absolute.iter().cloned().chain(rest).collect(), named));
            }
        }
        for start in ["crate", "super", "self"] {
            for rest in paths_after(&file.body, start) {
                let path: Module = std::iter::once(start.to_owned()).chain(rest).collect();
                found.extend(self.absolute(module, &path).map(|absolute| (absolute, path.join("::"))));
            }
        }
        for child in &file.children {
            for rest in paths_after(&file.body, child) {
                let named = format!("{child}::{}", rest.join("::"));
                found.push((module.iter().cloned().chain([child.clone()]).chain(rest).collect(), named));
            }
        }
        let mut edges = BTreeMap::new();
        for (path, named) in found {
            if let Some(used) = self.resolve(&path, 0)
                && used != *module
            {
                edges.entry(used).or_insert(named);
            }
        }
        edges
    }

    /// A path from the root of the crate; `None` when it leads out of the crate.
    fn absolute(&self, module: &Module, path: &[String]) -> Option<Module> {
        let mut base = module.clone();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => return Some(path[1..].to_vec()),
            // The command line is a crate of its own.
            "tidepool" if *module == ["main"] => return Some(path[1..].to_vec()),
            "self" => rest = &path[1..],
            "super" => {
                while rest.first().is_some_and(|part| part == "super") {
                    base.pop();
                    rest = &rest[1..];
                }
            }
            child if self.files[module].1.children.contains(child) => {}
            _ => return None,
        }
        base.extend_from_slice(rest);
        Some(base)
    }

    /// The file in which the item at a path stands.
    fn resolve(&self, path: &[String], steps: usize) -> Option<Module> {
        let length = (0..=path.len()).rev().find(|length| self.files.contains_key(&path[..*length]))?;
        let (module, rest) = (path[..length].to_vec(), &path[length..]);
        let exported = rest.first().and_then(|name| {
            let (from, _) = self.files[&module].1.re_exports.iter().find(|(_, exported)| exported == name)?;
            self.absolute(&module, from)
        });
        match exported {
            // Steps bound a re-export of itself.
            Some(from) if steps < 10 => {
                let path: Module = from.into_iter().chain(rest[1..].iter().cloned()).collect();
                self.resolve(&path, steps + 1)
            }
            _ => Some(module),
        }
    }
}

fn module_of(path: &str) -> Module {
    let path = path.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if path == "lib" { Vec::new() } else { path.split('/').map(str::to_owned).collect() }
}

/// The code of a file: without its tests and comments, and with nothing in its texts.
pub fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap();
    let mut code = String::new();
    let mut rest = text.chars().peekable();
    let mut in_text = false;
    while let Some(letter) = rest.next() {
        match letter {
            '"' => {
                in_text = !in_text;
                code.push(letter);
            }
            '\\' if in_text => _ = rest.next(),
            // A quote as a character.
            '\'' if !in_text && rest.peek() == Some(&'"') => _ = rest.next(),
            '/' if !in_text && rest.peek() == Some(&'/') => {
                while rest.peek().is_some_and(|letter| *letter != '\n') {
                    rest.next();
                }
            }
            _ if in_text => {}
            _ => code.push(letter),
        }
    }
    code
}

fn parse(text: &str) -> File {
    let mut file = File::default();
    let code = code(text);
    let mut statements = code.as_str();
    while let Some((head, tail)) = statements.split_once(';') {
        let line = head.rsplit('\n').find(|line| {
            let line = line.trim_start();
            line.starts_with("use ") || line.starts_with("pub use ") || line.starts_with("pub(super) use ")
        });
        if let Some(line) = line {
            let start = head.rfind(line).unwrap();
            let (visibility, tree) = head[start..].split_once("use ").unwrap();
            let into = if visibility.trim().is_empty() { &mut file.uses } else { &mut file.re_exports };
            tree_of(tree, &[], into);
            file.body.push_str(&head[..start]);
        } else {
            if let Some((before, name)) = head.rsplit_once("mod ")
                && before.chars().last().is_none_or(char::is_whitespace)
                && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
            {
                file.children.insert(name.to_owned());
            }
            file.body.push_str(head);
        }
        file.body.push(';');
        statements = tail;
    }
    file.body.push_str(statements);
    file
}

/// The paths of a use tree, with the names that they get.
fn tree_of(tree: &str, above: &[String], into: &mut Vec<(Module, String)>) {
    let tree = tree.trim();
    let segments = |path: &str| -> Module {
        path.split("::").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let Some((head, body)) = tree.split_once('{') else {
        let (path, name) = tree.split_once(" as ").map_or((tree, None), |(path, name)| (path, Some(name.trim())));
        let mut path: Module = above.iter().cloned().chain(segments(path)).collect();
        if path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let name = name.map(str::to_owned).or_else(|| path.last().cloned());
        into.extend(name.map(|name| (path, name)));
        return;
    };
    let above: Module = above.iter().cloned().chain(segments(head)).collect();
    let (mut depth, mut item) = (0, String::new());
    for letter in body[..body.rfind('}').unwrap()].chars().chain([',']) {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !item.trim().is_empty() {
                    tree_of(&item, &above, into);
                }
                item.clear();
                continue;
            }
            _ => {}
        }
        item.push(letter);
    }
}

/// What follows a name in paths of the code: `b::c` of `a::b::c`.
fn paths_after(body: &str, name: &str) -> Vec<Module> {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let start = format!("{name}::");
    let mut found = Vec::new();
    for (place, _) in body.match_indices(&start) {
        let before = body[..place].chars().last();
        if before.is_some_and(|letter| is_word(letter) || letter == ':') {
            continue;
        }
        let mut path = Module::new();
        let mut rest = &body[place + start.len()..];
        loop {
            let length = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
            if length == 0 {
                break;
            }
            path.push(rest[..length].to_owned());
            match rest[length..].strip_prefix("::") {
                Some(next) => rest = next,
                None => break,
            }
        }
        if !path.is_empty() {
            found.push(path);
        }
    }
    found
}
