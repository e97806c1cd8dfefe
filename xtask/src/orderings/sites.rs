//! Where the orderings and fences are in a source text, and the text in which each of them asks whether it
//! is to be weaker.

/// One ordering or one fence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// `file:line`.
    pub place: String,
    /// The code of its line.
    pub code: String,
    /// What is there.
    pub own: &'static str,
    /// What can be there instead; nothing for a fence.
    pub weaker: &'static [&'static str],
}

/// What to look for, and what to put in its place. Longer words first.
const WORDS: [(&str, &[&str]); 8] = [
    ("Ordering::Acquire", &["Relaxed"]),
    ("Ordering::Release", &["Relaxed"]),
    ("Ordering::AcqRel", &["Acquire", "Release"]),
    ("Ordering::SeqCst", &["Acquire", "Release"]),
    ("heavy_for_certain()", &["nothing"]),
    ("heavy()", &["nothing"]),
    ("light()", &["nothing"]),
    ("full()", &["nothing"]),
];

/// Notes the sites of `text` and returns it with a question at each of them.
#[must_use]
pub fn rewrite(file: &str, text: &str, sites: &mut Vec<Site>) -> String {
    let mut rewritten = String::new();
    for (index, line) in text.lines().enumerate() {
        let is_comment = line.trim_start().starts_with("//");
        let mut rest = line;
        while let Some((at, (own, weaker))) = first_word(rest).filter(|_| !is_comment) {
            rewritten += &rest[..at];
            rewritten += &question(sites.len(), own);
            rest = &rest[at + own.len()..];
            let place = format!("{file}:{}", index + 1);
            sites.push(Site { place, code: line.trim().to_owned(), own, weaker });
        }
        rewritten += rest;
        rewritten.push('\n');
    }
    rewritten
}

fn first_word(line: &str) -> Option<(usize, (&'static str, &'static [&'static str]))> {
    let of_a_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.';
    let begins = |at: usize| at == 0 || !of_a_name(line.as_bytes()[at - 1]);
    let found = |word: &str| line.match_indices(word).map(|(at, _)| at).find(|&at| begins(at));
    let words = WORDS.iter().filter_map(|&(own, weaker)| Some((found(own)?, (own, weaker))));
    words.min_by_key(|&(at, _)| at)
}

fn question(site: usize, own: &str) -> String {
    match own.strip_suffix("()") {
        None => format!("crate::sync::mutant::ordering({site}, {own})"),
        Some("heavy") => {
            format!("crate::sync::mutant::fence({site}, heavy, crate::sync::fences::Fence::Done)")
        }
        Some(fence) => format!("crate::sync::mutant::fence({site}, {fence}, ())"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ordering_and_fence_of_the_code_asks() {
        let text =
            "// Ordering::Acquire\nswap(Ordering::AcqRel, Ordering::Relaxed);\nfull(); x.full();\n";
        let mut sites = Vec::new();
        let rewritten = rewrite("a.rs", text, &mut sites);
        let places: Vec<_> = sites.iter().map(|site| (&*site.place, site.own)).collect();
        assert_eq!(places, [("a.rs:2", "Ordering::AcqRel"), ("a.rs:3", "full()")]);
        assert_eq!(
            rewritten,
            "// Ordering::Acquire\n\
             swap(crate::sync::mutant::ordering(0, Ordering::AcqRel), Ordering::Relaxed);\n\
             crate::sync::mutant::fence(1, full, ()); x.full();\n"
        );
    }
}
