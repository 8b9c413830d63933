//! What a cell prints to show a value.

use super::*;

#[test]
fn a_block_is_begin_content_end() {
    assert_eq!(
        block("text/plain", "two\nlines"),
        "EVCXR_BEGIN_CONTENT text/plain\ntwo\nlines\nEVCXR_END_CONTENT\n"
    );
}

#[test]
fn a_figure_shows_its_png_on_one_line_and_its_text_alternative() {
    let ramp: Vec<u8> = (0..784).map(|i| (i % 256) as u8).collect();
    let split = crate::data::Split::new(ramp, vec![0]).expect("an image");
    let figure = crate::plot::digit(&split, 0).expect("draws");
    let blocks = figure.blocks();
    let lines: Vec<&str> = blocks.lines().collect();
    assert_eq!(lines.len(), 6);
    assert_eq!(lines[0], "EVCXR_BEGIN_CONTENT image/png");
    assert_eq!(STANDARD.decode(lines[1]).expect("base64"), figure.png());
    assert_eq!(lines[2], "EVCXR_END_CONTENT");
    assert_eq!(lines[3], "EVCXR_BEGIN_CONTENT text/plain");
    assert_eq!(lines[4], figure.alt_text());
    assert_eq!(lines[5], "EVCXR_END_CONTENT");
}

#[test]
fn a_table_shows_as_html_on_one_line_and_as_text() {
    use crate::table::Align;
    let columns = [("name", Align::Left), ("count", Align::Right)];
    let table = Table::new(&columns, [["<b>", "1"], ["two\nlines", "22"]]).expect("a table");
    assert_eq!(
        table.blocks(),
        "EVCXR_BEGIN_CONTENT text/html\n\
         <table><thead><tr><th style=\"text-align: left\">name</th>\
         <th style=\"text-align: right\">count</th></tr></thead>\
         <tbody><tr><td style=\"text-align: left\">&lt;b&gt;</td>\
         <td style=\"text-align: right\">1</td></tr>\
         <tr><td style=\"text-align: left\">two lines</td>\
         <td style=\"text-align: right\">22</td></tr></tbody></table>\n\
         EVCXR_END_CONTENT\n\
         EVCXR_BEGIN_CONTENT text/plain\n\
         name       count\n---------  -----\n<b>            1\ntwo lines     22\n\
         EVCXR_END_CONTENT\n"
    );
}
