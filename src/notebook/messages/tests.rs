//! Places and messages in words.

use super::*;

#[test]
fn a_cells_line_is_quoted_if_it_is_there() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(cells_line(folder.path(), 1), "");
    std::fs::create_dir(folder.path().join("src")).expect("a folder");
    let long = "é".repeat(200);
    let code = format!("fn main() {{\n    let x = v[10];\n{long}\n");
    std::fs::write(folder.path().join(CELL), code).expect("a file");
    assert_eq!(cells_line(folder.path(), 2), "let x = v[10];");
    assert_eq!(cells_line(folder.path(), 3), format!("{}…", "é".repeat(100)));
    assert_eq!(cells_line(folder.path(), 99), "");
}

#[test]
fn a_file_is_named_from_its_crates_folder_on() {
    let paths = [
        ("/home/a/.cargo/registry/src/x-1/tch-0.26.0/src/a/b.rs", "tch-0.26.0/src/a/b.rs"),
        ("/home/a/course/src/model.rs", "course/src/model.rs"),
        ("/rustc/0123/library/core/src/option.rs", "core/src/option.rs"),
        ("examples/train.rs", "examples/train.rs"),
        ("src/lib.rs", "src/lib.rs"),
    ];
    for (path, expected) in paths {
        assert_eq!(short(path), expected);
    }
}

#[test]
fn libtorchs_stack_goes_and_its_sentence_stays() {
    let shown = "called `Result::unwrap()` on an `Err` value: Torch(\"The size of \\\"a\\\" (3) \
                 must match\\nException raised from infer at /a.cpp:35:\\nframe #0: c10\")";
    assert_eq!(in_words(shown), "libtorch: The size of \"a\" (3) must match");
    let error = "the first step: Internal torch error: mat1 (1x3) and mat2 (4x5)\n\
                 Exception raised from meta at /b.cpp:1\nframe #0: x";
    assert_eq!(in_words(error), "the first step: libtorch: mat1 (1x3) and mat2 (4x5)");
    let shown = "called `Result::unwrap()` on an `Err` value: Torch(\"[enforce fail] err == 0. \
                 Cannot allocate memory\\nframe #0: c10::ThrowEnforceNotMet(char const*)\")";
    let expected = "libtorch: [enforce fail] err == 0. Cannot allocate memory";
    assert_eq!(in_words(shown), expected);
}

#[test]
fn lines_become_one_line() {
    let shown = "assertion `left == right` failed: a reason\n  left: 1\n right: 2";
    assert_eq!(in_words(shown), "assertion `left == right` failed: a reason: left: 1, right: 2");
    assert_eq!(in_words("Not found.\n\n  Try again.\n"), "Not found. Try again.");
    assert_eq!(in_words(""), "");
    let long = in_words(&"é".repeat(3000));
    assert_eq!(long.chars().count(), LONGEST + 1);
}

#[test]
fn what_is_no_error_of_libtorch_keeps_its_words() {
    for message in [
        "index out of bounds: the len is 3 but the index is 10",
        "called `Option::unwrap()` on a `None` value",
        "called `Result::unwrap()` on an `Err` value: ParseIntError { kind: InvalidDigit }",
    ] {
        assert_eq!(in_words(message), message);
    }
}
