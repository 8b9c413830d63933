#![allow(clippy::unwrap_used)]

use tch::Kind;

use super::super::reader::tests::refused;
use super::*;

/// As in `exercises/solutions/00-tensors.ipynb`, and in its narrow lines.
#[rustfmt::skip]
mod solutions {
    use super::*;

    pub(super) fn row_means(table: &Tensor) -> Tensor {
        let sums: Tensor =
            table.sum_dim_intlist([1i64].as_slice(), false, None);
        sums / table.size()[1] as f64
    }

    pub(super) fn centred_rows(table: &Tensor) -> Tensor {
        let columns = table.size()[1] as f64;
        let means: Tensor =
            table.sum_dim_intlist([1i64].as_slice(), true, None) / columns;
        table - means
    }

    pub(super) fn rows_of_group(
        table: &Tensor,
        groups: &Tensor,
        group: i64,
    ) -> Result<Tensor> {
        let groups: Vec<i64> = Vec::try_from(groups)?;
        let pairs = (0..).zip(groups).filter(|pair| pair.1 == group);
        let places: Vec<i64> = pairs.map(|(place, _)| place).collect();
        Ok(table.index_select(0, &Tensor::from_slice(&places)))
    }

    pub(super) fn shrink(table: &Tensor) -> Tensor {
        let (height, width) = (table.size()[0] / 2, table.size()[1] / 2);
        let blocks: Tensor = table.view([height, 2, width, 2]);
        blocks.sum_dim_intlist([1i64, 3].as_slice(), false, None) / 4.0
    }

    pub(super) fn standardise(table: &Tensor) -> Tensor {
        let rows = table.size()[0] as f64;
        let down = [0i64].as_slice();
        let centred: Tensor =
            table - table.sum_dim_intlist(down, true, None) / rows;
        let squares: Tensor = &centred * &centred;
        let spread: Tensor =
            (squares.sum_dim_intlist(down, true, None) / rows).sqrt();
        // Where the spread is 0, divide by 1: the differences are 0, too.
        let zero: Tensor = spread.eq_tensor(&spread.zeros_like());
        centred / (spread + zero.to_kind(Kind::Float))
    }

    pub(super) fn without_row(table: &Tensor, row: i64) -> Tensor {
        let result: Tensor = table.copy();
        let _ = result.get(row).fill_(0.0);
        result
    }
}

/// The sums along a dimension.
fn sums(table: &Tensor, dimension: i64, keep: bool) -> Tensor {
    table.sum_dim_intlist([dimension].as_slice(), keep, None)
}

#[test]
fn the_solutions_are_right() {
    row_means(solutions::row_means).unwrap();
    centred_rows(solutions::centred_rows).unwrap();
    rows_of_group(solutions::rows_of_group).unwrap();
    shrink(solutions::shrink).unwrap();
    standardise(solutions::standardise).unwrap();
    without_row(solutions::without_row).unwrap();
}

#[test]
fn wrong_means_of_rows_are_told() {
    refused(row_means(|t| sums(t, 0, false) / t.size()[0] as f64), "means of the columns");
    refused(row_means(|t| sums(t, 1, false)), "not yet divided");
    refused(row_means(|t| sums(t, 1, false) / t.size()[0] as f64), "by the number of rows");
    refused(row_means(|t| sums(t, 1, true) / t.size()[1] as f64), "still a row of one");
    refused(row_means(|t| t.mean(None)), "all numbers of the table");
    refused(row_means(|t| t.amax([1], false)), "the largest");
    refused(row_means(Tensor::shallow_clone), "the shape [2, 3], expected [2]");
    // Answers that know the case that the message shows, and its shape.
    refused(row_means(|_| Tensor::from_slice(&[3.0f32, 6.0])), "[[0, 4], [6, -2]]");
    refused(row_means(|t| sums(t, 1, false) / 3.0), "[[0, 4], [6, -2]]");
}

#[test]
fn wrongly_centred_rows_are_told() {
    let broken = |t: &Tensor| t - sums(t, 1, false) / t.size()[1] as f64;
    refused(centred_rows(broken), "in column 0 of every row");
    refused(centred_rows(|t| t - sums(t, 0, true) / t.size()[0] as f64), "of the columns");
    refused(centred_rows(|t| t - t.mean(None)), "of the whole table");
    refused(centred_rows(|t| t - sums(t, 1, true)), "The sum of the row");
    refused(centred_rows(|t| sums(t, 1, true) / t.size()[1] as f64 - t), "wrong way round");
    // Right for square tables alone.
    let square = |t: &Tensor| (t.tr() - sums(t, 1, false) / t.size()[0] as f64).tr();
    refused(centred_rows(square), "[[1, 2, 3], [4, 5, 9]]");
}

#[test]
fn wrong_rows_of_a_group_are_told() {
    let places = |groups: &Tensor, group: i64| groups.eq(group).nonzero().view([-1]);
    let wrong = |f: fn(&Tensor, &Tensor, i64) -> Tensor| {
        rows_of_group(move |table, groups, group| Ok(f(table, groups, group)))
    };
    refused(rows_of_group(move |_, groups, group| Ok(places(groups, group))), "the places");
    let first = move |table: &Tensor, groups: &Tensor, group| {
        Ok(table.index_select(0, &places(groups, group).narrow(0, 0, 1)))
    };
    refused(rows_of_group(first), "only the first row");
    let others = |table: &Tensor, groups: &Tensor, group: i64| {
        table.index_select(0, &groups.ne(group).nonzero().view([-1]))
    };
    refused(wrong(others), "all other groups");
    refused(wrong(|t, groups, group| t * groups.eq(group).view([-1, 1])), "as zeros");
    refused(wrong(|t, _, group| t.narrow(0, group, 1)), "not a place");
    let next = move |table: &Tensor, groups: &Tensor, group| {
        Ok(table.index_select(0, &(places(groups, group) + 1)))
    };
    refused(rows_of_group(next), "counted from 0");
    refused(wrong(|table, _, _| table.shallow_clone()), "the shape [5, 2], expected [2, 2]");
    // None is no error.
    let none = move |table: &Tensor, groups: &Tensor, group| {
        let places = places(groups, group);
        anyhow::ensure!(places.numel() > 0, "no such group");
        Ok(table.index_select(0, &places))
    };
    refused(rows_of_group(none), "gave the error: no such group");
}

#[test]
fn wrongly_shrunk_tables_are_told() {
    let sizes = |t: &Tensor| (t.size()[0] / 2, t.size()[1] / 2);
    let blocks = move |t: &Tensor| t.view([sizes(t).0, 2, sizes(t).1, 2]);
    let strips = move |t: &Tensor| sums(&t.view([sizes(t).0, sizes(t).1, 4]), 2, false) / 4.0;
    refused(shrink(strips), "four numbers in a row");
    let overlaid = move |t: &Tensor| {
        let view = t.view([2, sizes(t).0, 2, sizes(t).1]);
        view.sum_dim_intlist([0i64, 2].as_slice(), false, None) / 4.0
    };
    refused(shrink(overlaid), "half a table apart");
    refused(shrink(move |t| blocks(t).select(1, 0).select(-1, 0)), "Only the first number");
    refused(shrink(move |t| sums(&sums(&blocks(t), 3, false), 1, false)), "not yet divided");
    refused(shrink(move |t| blocks(t).amax([1, 3], false)), "the largest");
    refused(shrink(move |t| sums(&blocks(t), 3, false).view([-1, sizes(t).1]) / 2.0), "same row");
    let quarter = move |t: &Tensor| t.narrow(0, 0, sizes(t).0).narrow(1, 0, sizes(t).1);
    refused(shrink(quarter), "first quarter");
}

#[test]
fn wrongly_standardised_columns_are_told() {
    let mean = |t: &Tensor| sums(t, 0, true) / t.size()[0] as f64;
    let centred = move |t: &Tensor| t - mean(t);
    let variance = move |t: &Tensor| mean(&(centred(t) * centred(t)));
    refused(standardise(move |t| centred(t) / variance(t).sqrt()), "0/0 is NaN");
    refused(standardise(centred), "nothing is divided");
    refused(standardise(move |t| t / variance(t).sqrt()), "means are still in");
    refused(standardise(move |t| centred(t) / variance(t)), "The spread is its root");
    refused(standardise(|t| (t - t.mean(None)) / t.std(false)), "the whole table");
    let fewer = move |t: &Tensor| centred(t) / (sums(&centred(t).square(), 0, true) / 3.0).sqrt();
    refused(standardise(fewer), "one less");
    // What hides the 0/0 and changes the rest.
    refused(standardise(move |t| centred(t) / (variance(t).sqrt() + 0.01)), "the spread 1");
}

#[test]
fn tables_with_a_wrong_row_are_told() {
    let broken = |table: &Tensor, row: i64| {
        let result = table.shallow_clone();
        let _ = result.get(row).fill_(0.0);
        result
    };
    refused(without_row(broken), "changed the tensor that it was given");
    refused(without_row(|table, row| table.get(row).zeros_like()), "the row alone");
    let unchanged = |table: &Tensor, row: i64| {
        let _ = table.get(row).copy().fill_(0.0);
        table.shallow_clone()
    };
    refused(without_row(unchanged), "Nothing has become 0");
    let column = |table: &Tensor, row: i64| {
        let result = table.copy();
        let _ = result.narrow(1, row, 1).fill_(0.0);
        result
    };
    refused(without_row(column), "A column");
    refused(without_row(|table, _| table.zeros_like()), "the rest as it was");
}
