//! The integration tasks that take a Connection, and which of their arguments it is.

use std::collections::HashMap;
use std::sync::OnceLock;

/// One line of `tasks.tsv`, which explains the columns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Task {
    /// How many arguments there are when the last one is the LinkName.
    arguments: Vec<usize>,
    /// The argument, counted from 1, that is the map of options.
    options: Option<usize>,
    /// Where the signature is from.
    source: &'static str,
}

impl Task {
    /// What the last one of `count` arguments is: `Some(true)` a LinkName, `Some(false)` something else, `None` what the
    /// signature leaves open, since it has fewer.
    pub fn ends_with_link(&self, count: usize) -> Option<bool> {
        let most = self.arguments.iter().max().copied().unwrap_or(0);
        (count <= most).then(|| self.arguments.contains(&count))
    }

    /// Whether Zoho or public code has the signature; else it is from memory.
    pub fn is_sourced(&self) -> bool {
        self.source != "memory"
    }

    /// The page of Zoho that prints the signature, and the scopes that the task needs.
    pub fn page(&self) -> Option<&'static str> {
        self.source.starts_with("zoho.com/").then_some(self.source)
    }

    /// Whether the last one of `count` arguments is the map of options.
    pub fn ends_with_options(&self, count: usize) -> bool {
        self.options == Some(count)
    }
}

/// The task of that name, which begins with `zoho.`; letter case does not count. A version in it (`zoho.crm.v8.createRecord`)
/// changes nothing unless the table says so: Zoho lists the versioned tasks with the same arguments (facts section 6).
pub fn task(name: &str) -> Option<&'static Task> {
    let name = name.to_ascii_lowercase();
    let name = name.strip_prefix("zoho.")?;
    let tasks = tasks();
    tasks.get(name).or_else(|| {
        let is_version =
            |part: &&str| part.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        let parts: Vec<&str> = name.split('.').filter(|part| !is_version(part)).collect();
        tasks.get(&parts.join("."))
    })
}

const TASKS: &str = include_str!("tasks.tsv");

/// By name in lower case. A line that does not parse is left out; the tests see to it that there is none.
fn tasks() -> &'static HashMap<String, Task> {
    static TABLE: OnceLock<HashMap<String, Task>> = OnceLock::new();
    TABLE.get_or_init(|| lines().filter_map(line).map(|(name, task)| (name.to_ascii_lowercase(), task)).collect())
}

fn lines() -> impl Iterator<Item = &'static str> {
    TASKS.lines().filter(|line| !line.starts_with('#'))
}

fn line(line: &'static str) -> Option<(&'static str, Task)> {
    let mut columns = line.split('\t');
    let (name, arguments, options, source) = (columns.next()?, columns.next()?, columns.next()?, columns.next()?);
    let arguments = arguments.split(' ').map(str::parse).collect::<Result<Vec<usize>, _>>().ok()?;
    let options = if options == "-" { None } else { Some(options.parse().ok()?) };
    Some((name, Task { arguments, options, source }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_parses_and_none_stands_twice() {
        let names: Vec<String> =
            lines().map(|text| line(text).unwrap_or_else(|| panic!("{text}")).0.to_lowercase()).collect();
        assert!(names.is_sorted_by(|one, other| one < other), "not sorted, or a name stands twice: {names:?}");
        for (name, task) in tasks() {
            let options = task.options.unwrap_or(0);
            assert!(task.arguments.iter().all(|&count| count > options.max(1)), "{name}");
            assert_eq!(lines().filter(|text| text.split('\t').count() != 4).count(), 0, "{name}");
        }
    }

    #[test]
    fn tasks_are_found_by_their_names_in_any_case_and_version() {
        assert_eq!(task("zoho.crm.createRecord").map(|task| task.ends_with_link(4)), Some(Some(true)));
        assert_eq!(task("ZOHO.CRM.createrecord"), task("zoho.crm.v8.createRecord"));
        assert_eq!(task("zoho.creator.v1.createRecord").map(|task| task.ends_with_link(5)), Some(Some(true)));
        assert_eq!(task("zoho.creator.createRecord").map(|task| task.ends_with_link(5)), Some(Some(false)));
        assert_eq!(task("zoho.creator.v2_1.createRecord"), task("zoho.creator.createRecord"));
        assert_eq!(task("zoho.desk.getRecordById").map(|task| task.ends_with_link(6)), Some(None));
        assert_eq!(task("crm.createRecord"), None);
        assert_eq!(task("zoho.crm.getOrgVariable"), None);
        assert_eq!(task("zoho.crm.getRecordById").map(|task| task.ends_with_options(3)), Some(true));
    }
}
