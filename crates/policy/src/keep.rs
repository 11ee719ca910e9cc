//! `NOFLUSH`: rules that the files no longer have stay in force.

use std::collections::HashSet;

use crate::policy::Policy;
use crate::rule::in_matching_order;

impl Policy {
    /// With those rules of `before` whose names this policy does not have. They keep the actions that they had;
    /// everything else is as the files have it.
    #[must_use]
    pub fn keeping(mut self, before: &Self) -> Self {
        let names: HashSet<&str> = self.rules().map(|rule| rule.name.as_str()).collect();
        let kept: Vec<_> = before
            .rules()
            .filter(|rule| !names.contains(rule.name.as_str()))
            .cloned()
            .collect();
        if kept.is_empty() {
            return self;
        }
        let agent = self.agent.take();
        let (mut rules, gateways, intercepts) = self.into_parts();
        rules.extend(kept);
        in_matching_order(&mut rules);
        let mut whole = Self::new(rules, gateways, intercepts);
        whole.agent = agent;
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SourceText, compile};

    fn policy(rules: &[(&str, u16, u32)]) -> Policy {
        let mut text = "TTLSGroupAction g\n{\n TTLSEnabled Off\n}\n".to_owned();
        for (name, port, priority) in rules {
            text += &format!(
                "TTLSRule {name}\n{{\n LocalPortRange {port}\n Direction Inbound\n Priority {priority}\n \
                 TTLSGroupActionRef g\n}}\n"
            );
        }
        let source = SourceText {
            name: "test".to_owned(),
            text,
        };
        compile(&[source], &mut |_| Err(std::io::ErrorKind::NotFound.into()))
            .policy
            .unwrap()
    }

    #[test]
    fn what_the_files_no_longer_have_is_kept_and_what_they_have_counts() {
        let before = policy(&[("old", 21, 300), ("both", 22, 1)]);
        let now = policy(&[("both", 23, 400), ("new", 24, 200)]).keeping(&before);
        let rules: Vec<_> = now
            .rules()
            .map(|rule| (rule.name(), rule.local_ports()[0].low))
            .collect();
        assert_eq!(rules, [("both", 23), ("old", 21), ("new", 24)]);
    }

    #[test]
    fn what_is_kept_once_is_kept_on() {
        let first = policy(&[("a", 21, 1)]);
        let second = policy(&[("b", 22, 1)]).keeping(&first);
        let third = policy(&[("c", 23, 1)]).keeping(&second);
        let names: Vec<_> = third.rules().map(|rule| rule.name().to_owned()).collect();
        assert_eq!(names, ["a", "b", "c"]);
    }
}
