//! Rows to text: indentation, columns, blank lines.

use super::rows::{Row, RowKind};

/// Blanks for each block.
const INDENT: usize = 2;

/// The column of values in a statement whose keywords are short, so that most statements of a file are alike.
const VALUES: usize = 34;

/// Writes the rows.
pub(super) fn lay_out(rows: &[Row<'_>]) -> String {
    let depths = depths(rows);
    let values = value_columns(rows, &depths);
    let lines: Vec<String> = rows
        .iter()
        .zip(&depths)
        .zip(&values)
        .map(|((row, &depth), &column)| code(row, depth, column))
        .collect();
    let comments = comment_columns(rows, &lines);
    let mut text = String::new();
    let mut blank_wanted = false;
    for (at, row) in rows.iter().enumerate() {
        if is_blank_line(row) {
            blank_wanted = true;
            continue;
        }
        let after_open = text.is_empty() || matches!(before(rows, at), Some(RowKind::Open));
        let between_statements = depths[at] == 0 && matches!(before(rows, at), Some(RowKind::Close));
        let no_blank = after_open || matches!(row.kind, RowKind::Open | RowKind::Close);
        if (blank_wanted || between_statements) && !no_blank {
            text.push('\n');
        }
        blank_wanted = false;
        text.push_str(&lines[at]);
        if let Some(comment) = row.comment {
            let at_column = match row.kind {
                RowKind::Empty => depths[at] * INDENT,
                _ => comments[at],
            };
            let width = lines[at].chars().count();
            text.extend(std::iter::repeat_n(' ', at_column.saturating_sub(width)));
            text.push_str(comment);
        }
        text.push('\n');
    }
    text
}

fn is_blank_line(row: &Row<'_>) -> bool {
    matches!(row.kind, RowKind::Empty) && row.comment.is_none()
}

/// What stands before a row, blank lines apart.
fn before<'r, 't>(rows: &'r [Row<'t>], at: usize) -> Option<&'r RowKind<'t>> {
    rows[..at]
        .iter()
        .rfind(|row| !is_blank_line(row))
        .map(|row| &row.kind)
}

/// How many blocks each row stands in; braces belong to the line that they are of.
fn depths(rows: &[Row<'_>]) -> Vec<usize> {
    let mut depth = 0_usize;
    rows.iter()
        .map(|row| {
            let own = match row.kind {
                RowKind::Close => depth.saturating_sub(1),
                _ => depth,
            };
            match row.kind {
                RowKind::Open => depth += 1,
                RowKind::Close => depth = own,
                _ => {}
            }
            own
        })
        .collect()
}

/// One column for all values of a statement of the file level, its inner blocks included.
fn value_columns(rows: &[Row<'_>], depths: &[usize]) -> Vec<usize> {
    let mut columns = vec![VALUES; rows.len()];
    let mut from = 0;
    while from < rows.len() {
        let to = statement_end(rows, depths, from);
        let widest = (from..to).filter_map(|at| match rows[at].kind {
            RowKind::Attribute { keyword, value } if !value.is_empty() => {
                Some(depths[at] * INDENT + keyword.chars().count() + 1)
            }
            _ => None,
        });
        let column = widest.max().unwrap_or(0).max(VALUES);
        columns[from..to].fill(column);
        from = to;
    }
    columns
}

/// Behind the `}` of the file level that comes next, or behind all.
fn statement_end(rows: &[Row<'_>], depths: &[usize], from: usize) -> usize {
    (from..rows.len())
        .find(|&at| matches!(rows[at].kind, RowKind::Close) && depths[at] == 0)
        .map_or(rows.len(), |close| close + 1)
}

/// One column for the end-of-line comments of neighbouring parameters: of a block, up to the next brace.
fn comment_columns(rows: &[Row<'_>], lines: &[String]) -> Vec<usize> {
    let mut columns = vec![0; rows.len()];
    let mut from = 0;
    while from < rows.len() {
        let is_brace = |row: &Row<'_>| matches!(row.kind, RowKind::Open | RowKind::Close);
        let to = match rows[from..].iter().position(is_brace) {
            Some(0) => from + 1,
            Some(count) => from + count,
            None => rows.len(),
        };
        let widest = (from..to)
            .filter(|&at| rows[at].comment.is_some())
            .map(|at| lines[at].chars().count());
        columns[from..to].fill(widest.max().unwrap_or(0) + 2);
        from = to;
    }
    columns
}

fn code(row: &Row<'_>, depth: usize, column: usize) -> String {
    let mut line = " ".repeat(depth * INDENT);
    match row.kind {
        RowKind::Empty => line.clear(),
        RowKind::Open => line.push('{'),
        RowKind::Close => line.push('}'),
        RowKind::Attribute { keyword, value: "" } => line.push_str(keyword),
        RowKind::Attribute { keyword, value } => {
            line.push_str(keyword);
            let width = line.chars().count();
            line.extend(std::iter::repeat_n(' ', column.saturating_sub(width).max(1)));
            line.push_str(value);
        }
    }
    line
}
