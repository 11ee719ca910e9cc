//! The language as the reference of AT-TLS has it, written down by hand and not taken from the schema: every statement, its
//! parameters, values, defaults, how often and where they may be coded; suites, curves and signatures.

mod actions;
mod advanced;
mod agent_files;
mod codes;
mod gsk;
mod rules;
mod scopes;
mod table;

use std::collections::BTreeSet;

use table::{Row, Table, Values};
use ttls_policy::schema;

fn tables() -> Vec<&'static Table> {
    [rules::TABLES, actions::TABLES, advanced::TABLES, gsk::TABLES].concat()
}

/// Statements of this engine only.
const EXTENSIONS: [&str; 3] = ["TTLSFtpParms", "TTLSGateway", "TTLSIntercept"];

#[test]
fn the_statements_are_those_of_the_language_and_ours() {
    let wanted: BTreeSet<&str> = tables()
        .iter()
        .map(|table| table.statement)
        .chain(EXTENSIONS)
        .collect();
    let known: BTreeSet<&str> = schema::statements()
        .iter()
        .map(|statement| statement.keyword)
        .collect();
    assert_eq!(known, wanted);
}

#[test]
fn each_statement_has_its_parameters_and_no_others() {
    for table in tables() {
        let wanted: BTreeSet<&str> = table.rows().map(|row| row.keyword).collect();
        let statement = schema::statement(table.statement).expect(table.statement);
        let known: BTreeSet<&str> = statement
            .params()
            .filter(|param| !param.extension)
            .map(|param| param.keyword)
            .collect();
        assert_eq!(known, wanted, "{}", table.statement);
    }
}

#[test]
fn each_parameter_takes_its_values_and_no_others() {
    for (table, row) in rows() {
        for value in row.values.good() {
            let said = table.said_of(&row.lines(&value));
            assert!(
                !table::is_wrong(&said),
                "{} {} {value}: {said:?}",
                table.statement,
                row.keyword
            );
        }
        for value in row.values.bad() {
            let said = table.said_of(&row.lines(&value));
            assert!(
                table::is_wrong(&said),
                "{} {} {value}: {said:?}",
                table.statement,
                row.keyword
            );
        }
    }
}

#[test]
fn each_parameter_has_its_default() {
    for (table, row) in rows() {
        let param = schema::statement(table.statement)
            .and_then(|statement| statement.param(row.keyword))
            .expect(row.keyword);
        assert_eq!(
            param.default.unwrap_or("-"),
            row.default,
            "{} {}",
            table.statement,
            row.keyword
        );
    }
}

#[test]
fn lists_may_be_continued_and_other_parameters_not_repeated() {
    for (table, row) in rows() {
        let value = row.values.good().swap_remove(0);
        let said = table.said_of(&row.lines(&value).repeat(2));
        let again = said.contains(&"repeated-parameter");
        assert_eq!(again, !row.many, "{} {}: {said:?}", table.statement, row.keyword);
    }
}

#[test]
fn a_block_without_what_it_must_have_is_told_so() {
    for table in tables() {
        let lacks: Vec<String> = table
            .messages_of("")
            .iter()
            .filter_map(|message| message.split_once(" lacks ").map(|(_, what)| what.to_string()))
            .collect();
        assert_eq!(lacks, table.required, "{}", table.statement);
    }
}

#[test]
fn alternatives_exclude_each_other() {
    for table in tables() {
        for pair in table.alternatives.iter().flat_map(|group| group.windows(2)) {
            let lines: String = pair
                .iter()
                .map(|keyword| {
                    let row = table.rows().find(|row| row.keyword == *keyword).expect(keyword);
                    row.lines(&row.values.good()[0])
                })
                .collect();
            let said = table.said_of(&lines);
            assert!(said.contains(&"conflicting-alternatives"), "{pair:?}: {said:?}");
        }
    }
}

#[test]
fn an_inline_block_and_a_reference_replace_each_other() {
    for (table, row) in rows().filter(|(_, row)| !row.many && matches!(row.values, Values::Block)) {
        let reference = format!("{}Ref x\n", row.keyword);
        let said = table.said_of(&(reference + &row.lines("{}")));
        assert!(said.contains(&"replaced-block"), "{}: {said:?}", row.keyword);
    }
}

fn rows() -> impl Iterator<Item = (&'static Table, &'static Row)> {
    tables()
        .into_iter()
        .flat_map(|table| table.rows().map(move |row| (table, row)))
}
