//! Tensors of all kinds and shapes as a cell shows them.

use proptest::prelude::*;
use tch::Kind;

use super::*;

fn text(tensor: &Tensor) -> String {
    show(tensor).expect("shows").to_string()
}

#[test]
fn a_number_a_vector_and_a_matrix_in_plain_text() {
    assert_eq!(text(&Tensor::from(2.5_f64)), "Double []\n2.5");
    assert_eq!(
        text(&Tensor::from_slice(&[1.0_f32, -0.25, 100.125])),
        "Float [3]\n0      1      2\n-  -----  -----\n1  -0.25  100.1"
    );
    let matrix = Tensor::from_slice(&[1_i64, -2, 30, 4]).view([2, 2]);
    assert_eq!(text(&matrix), "Int64 [2, 2]\nrow   0   1\n---  --  --\n  0   1  -2\n  1  30   4");
    assert_eq!(
        text(&matrix.tr()),
        "Int64 [2, 2]\nrow   0   1\n---  --  --\n  0   1  30\n  1  -2   4",
        "not contiguous"
    );
}

#[test]
fn a_number_is_written_with_four_digits() {
    let values = [0.1, 2.0, -0.0, 1.0 / 3.0, 12.3456, 1234.56, 0.99999, 1e-5, 123456.7, 1e10];
    let shown = read::matrices(&Tensor::from_slice(&values)).expect("reads");
    let matrix = shown[0].as_ref().expect("a matrix");
    let texts: Vec<&str> = matrix.rows[0].iter().map(|value| value.text.as_str()).collect();
    assert_eq!(
        texts,
        ["0.1", "2", "0", "0.3333", "12.35", "1234.6", "1.0000", "1e-5", "1.235e5", "1e10"]
    );
}

#[test]
fn every_kind_of_numbers_is_read() {
    let tensor = Tensor::from_slice(&[0_i64, 1, 7]);
    for kind in [
        Kind::Uint8,
        Kind::Int8,
        Kind::Int16,
        Kind::Int,
        Kind::Int64,
        Kind::Half,
        Kind::BFloat16,
        Kind::Float,
        Kind::Double,
    ] {
        let expected = format!("{kind:?} [3]\n0  1  2\n-  -  -\n0  1  7");
        assert_eq!(text(&tensor.to_kind(kind)), expected);
    }
    let bools = text(&tensor.to_kind(Kind::Bool));
    assert_eq!(bools, "Bool [3]\n    0     1     2\n-----  ----  ----\nfalse  true  true");
}

#[test]
fn a_large_matrix_is_its_corners() {
    let shown = text(&Tensor::arange(60_000 * 784, (Kind::Int64, Device::Cpu)).view([-1, 784]));
    let lines: Vec<Vec<&str>> =
        shown.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["Int64", "[60000,", "784]"]);
    assert_eq!(lines[1], ["row", "0", "1", "2", "…", "781", "782", "783"]);
    assert_eq!(lines[3], ["0", "0", "1", "2", "…", "781", "782", "783"]);
    assert_eq!(lines[6], ["…"; 8]);
    assert_eq!(lines[9][..4], ["59999", "47039216", "47039217", "47039218"]);
    assert_eq!(lines.len(), 10);
}

#[test]
fn more_dimensions_are_named_matrices() {
    let shown = text(&Tensor::arange(8, (Kind::Int64, Device::Cpu)).view([2, 2, 2]));
    assert!(shown.contains("\n[0, …, …]\nrow  0  1\n"), "{shown}");
    assert!(shown.ends_with("\n[1, …, …]\nrow  0  1\n---  -  -\n  0  4  5\n  1  6  7"), "{shown}");
    let shown = text(&Tensor::zeros([3, 5, 1, 1], (Kind::Float, Device::Cpu)));
    let names: Vec<&str> = shown.lines().filter(|line| line.contains('…')).collect();
    assert_eq!(names, ["[0, 0, …, …]", "[0, 1, …, …]", "…", "[2, 4, …, …]"]);
}

#[test]
fn the_html_shades_by_sign_and_size_and_marks_what_is_not_finite() {
    let values = [1.0, -0.5, 0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let shown = show(&Tensor::from_slice(&values)).expect("shows");
    let html = shown.to_html();
    let cell = |style: &str, text: &str| {
        html.contains(&format!("<td style=\"text-align: right; {style}\">{text}</td>"))
    };
    assert!(cell("background: rgba(213,94,0,0.55)", "1"), "{html}");
    assert!(cell("background: rgba(0,114,178,0.28)", "-0.5"), "{html}");
    assert!(cell("background: rgba(213,94,0,0.00)", "0"), "{html}");
    for text in ["NaN", "inf", "-inf"] {
        assert!(cell("font-weight: bold; border: 2px dashed currentColor", text), "{html}");
    }
    assert!(!html.contains('\n'));
    assert!(shown.to_string().ends_with("\n1  -0.5  0  NaN  inf  -inf"));
}

#[test]
fn weights_with_a_gradient_are_shown_and_nothing_is_no_value() {
    let weights = Tensor::ones([2], (Kind::Float, Device::Cpu)).set_requires_grad(true);
    assert_eq!(text(&(&weights * 2.0)), "Float [2]\n0  1\n-  -\n2  2");
    let empty = Tensor::zeros([0, 3], (Kind::Float, Device::Cpu));
    assert_eq!(text(&empty), "Float [0, 3]\nno values");
    assert!(show(&empty).expect("shows").to_html().contains("no values"));
}

#[test]
fn what_cannot_be_shown_is_an_error_that_says_why() {
    let refusal = |tensor: &Tensor| format!("{:#}", show(tensor).expect_err("must be refused"));
    assert!(refusal(&Tensor::new()).contains("the tensor is undefined"));
    let complex = Tensor::ones([2], (Kind::ComplexFloat, Device::Cpu));
    assert!(refusal(&complex).contains("ComplexFloat [2]: numbers of kind ComplexFloat"));
    let sparse = Tensor::ones([2, 2], (Kind::Float, Device::Cpu)).to_sparse_sparse_dim(2);
    assert!(refusal(&sparse).starts_with("show: Float [2, 2]"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_values_are_read_back(
        values in proptest::collection::vec(any::<f64>(), 1..120),
        columns in 1_usize..15,
    ) {
        let width = columns.min(values.len());
        let height = values.len() / width;
        let values = &values[..width * height];
        let tensor = Tensor::from_slice(values).view([height as i64, width as i64]);
        let shown = show(&tensor).expect("shows");
        let html = shown.to_html();
        prop_assert!(!html.contains('\n'));
        let plain = shown.to_string();
        let rows: Vec<Vec<&str>> =
            plain.lines().skip(3).map(|line| line.split_whitespace().collect()).collect();
        for row in rows.iter().filter(|row| row[0] != "…") {
            let number: usize = row[0].parse().expect("an index");
            let first: f64 = row[1].parse().expect("a number");
            let expected = values[number * width];
            let close = (first - expected).abs() <= expected.abs() * 0.001;
            let same = first == expected || (first.is_nan() && expected.is_nan());
            prop_assert!(close || same, "{} for {expected}", row[1]);
        }
        prop_assert_eq!(rows.len(), if height > 10 { 7 } else { height });
    }
}
