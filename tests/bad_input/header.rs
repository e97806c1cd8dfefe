//! What `include/disruptor.h` declares: functions with their parameters, structs with their fields.

use std::collections::BTreeMap;

/// A parameter, or a field of a struct.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Named {
    pub(crate) name: String,
    /// Without `const` and `struct`: "size_t", "disruptor_t *", "disruptor_t **".
    pub(crate) of: String,
}

impl Named {
    pub(crate) fn is_pointer(&self) -> bool {
        self.of.ends_with('*')
    }

    /// What a pointer points to.
    pub(crate) fn pointee(&self) -> &str {
        self.of.strip_suffix('*').expect("a pointer").trim_end()
    }
}

pub(crate) struct Header {
    pub(crate) functions: BTreeMap<String, Vec<Named>>,
    pub(crate) structs: BTreeMap<String, Vec<Named>>,
}

impl Header {
    pub(crate) fn read() -> Self {
        let file = xtask::root().join("include/disruptor.h");
        Self::of(&std::fs::read_to_string(file).expect("include/disruptor.h is there"))
    }

    pub(crate) fn of(text: &str) -> Self {
        let text = without_comments(text);
        let mut header = Self { functions: BTreeMap::new(), structs: BTreeMap::new() };
        let mut rest = text.as_str();
        while let Some(at) = rest.find("typedef struct ") {
            rest = &rest[at + "typedef struct ".len()..];
            let (name, after) = rest.split_once([' ', ';']).expect("a struct has a name");
            if let Some(body) = after.strip_prefix('{') {
                let body = body.split_once('}').expect("a struct ends").0;
                let fields = body.split(';').filter_map(field).collect();
                header.structs.insert(name.trim().to_owned(), fields);
            }
        }
        let parts = text.split(';').map(|part| part.rsplit('}').next().expect("split gives one"));
        for declaration in parts
            .filter(|part| !part.contains(['{', '=']) && !part.contains("typedef "))
            .filter(|part| !part.contains("return "))
        {
            let Some((before, parameters)) = declaration.split_once('(') else { continue };
            let name = before.rsplit([' ', '*', '\n']).next().expect("split gives one at least");
            if name.starts_with("disruptor_") {
                let parameters = parameters.trim_end().trim_end_matches(')');
                let parameters = parameters.split(',').filter_map(named).collect();
                header.functions.insert(name.to_owned(), parameters);
            }
        }
        header
    }

    /// The fields of a struct that begins with its own size, without that one.
    pub(crate) fn sized(&self, name: &str) -> Option<&[Named]> {
        let fields = self.structs.get(name)?;
        let (first, rest) = fields.split_first()?;
        (first.name == "struct_size").then_some(rest)
    }
}

fn without_comments(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*") {
        code += before;
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    code += rest;
    let lines = code.lines().map(|line| line.split("//").next().unwrap_or(""));
    let lines = lines.filter(|line| !line.starts_with('#') && !line.starts_with("extern \"C\""));
    lines.map(|line| format!("{line}\n")).collect()
}

fn field(text: &str) -> Option<Named> {
    // void (*name)(...)
    if let Some((_, name)) = text.split_once("(*") {
        let name = name.split_once(')').expect("a function pointer's name ends").0;
        return Some(Named { name: name.to_owned(), of: "function *".to_owned() });
    }
    named(text.split('[').next().unwrap_or(text))
}

fn named(text: &str) -> Option<Named> {
    let words = text.split_whitespace().filter(|word| !["const", "struct", "enum"].contains(word));
    let text = words.collect::<Vec<_>>().join(" ");
    let at = text.rfind([' ', '*'])? + 1;
    Some(Named { name: text[at..].to_owned(), of: text[..at].trim_end().to_owned() })
}
