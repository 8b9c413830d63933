//! A table reads well as text, as Markdown and as HTML, whatever stands in it.
#![allow(missing_docs)]

use mnist_tutorial::table::{Align, Table};
use proptest::prelude::*;

const COLUMNS: [(&str, Align); 2] = [("optimiser", Align::Left), ("accuracy", Align::Right)];

fn table(rows: &[[&str; 2]]) -> Table {
    Table::new(&COLUMNS, rows).expect("a table")
}

#[test]
fn text_stands_in_columns() {
    let text = table(&[["SGD", "97.96 %"], ["Adam, ü", "9.00 %"]]).to_string();
    let lines = ["optimiser  accuracy", "---------  --------", "SGD         97.96 %"];
    assert_eq!(text.lines().take(3).collect::<Vec<_>>(), lines);
    assert_eq!(text.lines().nth(3), Some("Adam, ü      9.00 %"));
}

#[test]
fn markdown_is_aligned_and_bars_are_escaped() {
    assert_eq!(
        table(&[["a|b", "1"], ["c\nd", "2"]]).to_markdown(),
        "| optimiser | accuracy |\n| --------- | -------: |\n| a\\|b      |        1 |\n\
         | c d       |        2 |"
    );
    let narrow = Table::new(&[("a", Align::Right)], [["1"]]).expect("a table");
    assert_eq!(narrow.to_markdown(), "|   a |\n| --: |\n|   1 |");
}

#[test]
fn html_holds_no_tag_of_a_cell() {
    let html = table(&[["<script>alert('1 & 2')</script>", "\""]]).to_html();
    assert!(!html.contains("<script>"), "{html}");
    assert!(html.contains("&lt;script&gt;alert(&#39;1 &amp; 2&#39;)"), "{html}");
    assert!(html.contains("<td style=\"text-align: right\">&quot;</td>"), "{html}");
}

#[test]
fn a_table_without_rows_is_its_header() {
    assert_eq!(table(&[]).to_string(), "optimiser  accuracy\n---------  --------");
    assert!(table(&[]).rows().is_empty());
}

#[test]
fn rows_of_another_length_are_an_error() {
    let message = |result: anyhow::Result<Table>| result.expect_err("refused").to_string();
    let rows = [vec!["SGD", "1"], vec!["Adam"]];
    let found = message(Table::new(&COLUMNS, rows));
    assert_eq!(found, "Table: row 1 has 1 texts, expected 2, one for each column");
    assert!(message(Table::new(&[], [["1"]; 0])).contains("no columns"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_texts_make_one_line_a_row(
        rows in proptest::collection::vec(proptest::array::uniform2("(?s).{0,12}"), 0..8),
    ) {
        let table = Table::new(&COLUMNS, &rows).expect("a table");
        let text = table.to_string();
        prop_assert_eq!(text.split('\n').count(), rows.len() + 2);
        prop_assert!(!text.replace('\n', "").contains(char::is_control));
        let markdown = table.to_markdown();
        let lengths: Vec<usize> = markdown.split('\n').map(|line| line.chars().count()).collect();
        prop_assert_eq!(lengths.len(), rows.len() + 2);
        prop_assert!(lengths.iter().all(|length| *length == lengths[0]), "{}", markdown);
        let html = table.to_html();
        prop_assert_eq!(html.matches("<td").count(), 2 * rows.len());
        prop_assert_eq!(html.matches('<').count(), html.matches('>').count());
    }
}
