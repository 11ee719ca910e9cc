//! Pages of the compiler's findings.

/// What stands behind `# name` and before the next one.
const PAGES: &str = include_str!("compiler.md");

/// The page of the finding with this name.
pub(super) fn page(name: &str) -> Option<&'static str> {
    PAGES.split("\n# ").find_map(|page| {
        let (title, text) = page.split_once('\n')?;
        (title.trim_start_matches("# ") == name).then(|| text.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::{PAGES, page};

    #[test]
    fn every_finding_of_the_compiler_has_a_page_and_every_page_a_finding() {
        for code in ttls_policy::codes() {
            let page = page(code.name).unwrap_or_else(|| panic!("no page for {}", code.name));
            for part in ["Why it matters: ", "Example: ", "Instead: "] {
                assert!(page.contains(part), "{}: {part}", code.name);
            }
        }
        for title in PAGES.lines().filter_map(|line| line.strip_prefix("# ")) {
            let known = ttls_policy::codes().iter().any(|code| code.name == title);
            assert!(known, "{title}");
        }
    }
}
