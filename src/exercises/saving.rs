//! Checks of the exercises on notebook 5, saving.

use anyhow::{Error, Result};

use super::reader::{Reader, Right, right};
use super::reference::{self, Case};

const REFERENCE: &str = include_str!("reference/saving.json");

/// Exercise 5.1: `fn numbers_begin(file: &[u8]) -> Result<usize, String>`, at which byte of a
/// safetensors file the numbers begin; an error if the file ends before that.
///
/// # Errors
/// The function is unfinished, fails, or gives something else; the same for the others.
pub fn numbers_begin<F>(numbers_begin: F) -> Result<Right>
where
    F: Fn(&[u8]) -> Result<usize, String> + Send + Sync + 'static,
{
    let reader = Reader::new("numbers_begin", numbers_begin);
    for case in reference::cases(REFERENCE, "numbers_begin")? {
        let (file, length) = (bytes(&case, "file")?, case.count("length")?);
        let first = &file[..8];
        let call = format!("numbers_begin, for a file that begins with the bytes {first:?},");
        let why = format!(
            "These eight bytes say that the header has {length} bytes, and the file ends behind \
             them or later. The lowest byte comes first; a file that ends exactly there is whole"
        );
        let again = file.clone();
        reader.judged(&call, move |f| judge(f(&again)), true, &why)?;
        let given = reader.asked(call, move |f| f(&file))?;
        let mistakes = case.mistakes(&[
            (
                "length_alone",
                "This is the length of the header. Before it stand the eight bytes that say so",
            ),
            ("big_endian", "The bytes are read in the wrong order: the lowest comes first"),
            (
                "first_byte",
                "Only the first of the eight bytes is read. Each of the others counts 256 times \
                 as much as the one before it",
            ),
            ("end", "There the file ends"),
            ("eight", "There the header begins. The numbers come behind it"),
            ("twice", "The eight bytes at the beginning are counted twice"),
        ])?;
        given.expect(&case.numbers("begin")?, &why, &mistakes)?;
    }
    for case in reference::cases(REFERENCE, "refused")? {
        let file = bytes(&case, "file")?;
        let (call, why) = match case.count("kind")? {
            0 => (
                format!("numbers_begin, for a file of {} bytes,", file.len()),
                "Even the length of the header takes eight bytes",
            ),
            1 => (
                format!("numbers_begin, for a file cut off after {} bytes,", file.len()),
                "The first eight bytes promise a longer header than the file has",
            ),
            _ => (
                format!("numbers_begin, for a file that begins with {:?},", &file[..8]),
                "These eight bytes promise a header of a length that no file has. A damaged \
                 file may hold anything",
            ),
        };
        reader.judged(&call, move |f| judge(f(&file)), false, why)?;
    }
    right("A whole file is read, and a damaged one is refused.")
}

/// Exercise 5.2: `fn tensor_values(numbers: &[u8], offsets: [usize; 2]) -> Vec<f32>`, the numbers
/// of one tensor.
///
/// # Errors
/// As [`numbers_begin`].
pub fn tensor_values<F>(tensor_values: F) -> Result<Right>
where
    F: Fn(&[u8], [usize; 2]) -> Vec<f32> + Send + Sync + 'static,
{
    let reader = Reader::new("tensor_values", tensor_values);
    for case in reference::cases(REFERENCE, "tensor_values")? {
        let (numbers, offsets) = (bytes(&case, "bytes")?, pair(&case, "offsets")?);
        let call = format!("tensor_values, for {} bytes and {offsets:?},", numbers.len());
        let given = reader.asked(call, move |f| f(&numbers, offsets))?;
        let mistakes = case.mistakes(&[
            ("all", "These are the numbers of all tensors"),
            ("from_start", "These stand at the beginning, not where the first offset says"),
            ("big_endian", "The four bytes of each number are read in the wrong order"),
            ("single", "Each byte is taken for a number. A number of the kind F32 has four"),
            (
                "whole_numbers",
                "The four bytes are read as a whole number. They are those of an `f32`",
            ),
            ("doubles", "Eight bytes are taken for a number. One of the kind F32 has four"),
            ("as_numbers", "The offsets count bytes, not numbers"),
            ("length", "The second offset says where the tensor ends, not how long it is"),
        ])?;
        let why = format!(
            "The tensor goes from byte {} to before byte {}, and each number has four bytes, the \
             lowest first",
            offsets[0], offsets[1]
        );
        given.expect(&case.numbers("values")?, &why, &mistakes)?;
    }
    right("`Network::load` reads the four tensors of a network in this way.")
}

/// Exercise 5.3: `fn offsets(shapes: &[Vec<usize>]) -> Vec<[usize; 2]>`, from which byte to which
/// each tensor goes if all are stored one behind the other as `f32`.
///
/// # Errors
/// As [`numbers_begin`].
pub fn offsets<F>(offsets: F) -> Result<Right>
where
    F: Fn(&[Vec<usize>]) -> Vec<[usize; 2]> + Send + Sync + 'static,
{
    let reader = Reader::new("offsets", offsets);
    for case in reference::cases(REFERENCE, "offsets")? {
        let shapes: Vec<Vec<usize>> = case.rows("shapes")?.into_iter().map(whole).collect();
        let call = format!("offsets(&{shapes:?})");
        let given = reader.asked(call, move |f| {
            f(&shapes).into_iter().map(Vec::from).collect::<Vec<Vec<usize>>>()
        })?;
        let mistakes = case.mistakes(&[
            ("numbers", "These offsets count numbers. Each has four bytes"),
            ("doubles", "An `f32` has four bytes, not eight"),
            ("from_zero", "Every tensor begins at 0, but they stand one behind the other"),
            ("lengths", "The second of a pair is where the tensor ends, not how long it is"),
            (
                "last",
                "The second of a pair is the first byte behind the tensor, so it is also where \
                 the next one begins",
            ),
            ("gap", "There are gaps between the tensors"),
            ("sums", "A tensor of the shape [2, 3] has 6 numbers, not 5"),
            (
                "no_plain",
                "A tensor of the shape [] holds one number. `sum` returned such a tensor in \
                 notebook 0",
            ),
        ])?;
        let why = "The first tensor begins at 0, each other one where that before it ends, and \
                   each is as long as its numbers take";
        given.expect(&case.numbers("offsets")?, why, &mistakes)?;
    }
    right("The last offset for a network's four tensors is the 1,558,240 of the notebook.")
}

/// A tensor's name and shape.
type Named = (String, Vec<i64>);

/// Exercise 5.4: `fn fits(file: &[(String, Vec<i64>)], network: &[(String, Vec<i64>)]) ->
/// Result<(), String>`, an error unless both have the same names with the same shapes.
///
/// # Errors
/// As [`numbers_begin`].
pub fn fits<F>(fits: F) -> Result<Right>
where
    F: Fn(&[Named], &[Named]) -> Result<(), String> + Send + Sync + 'static,
{
    const OURS: [(&str, &[i64]); 4] = [
        ("0.weight", &[490, 784]),
        ("0.bias", &[490]),
        ("2.weight", &[10, 490]),
        ("2.bias", &[10]),
    ];
    const EXCHANGED: [(&str, &[i64]); 4] = [
        ("2.bias", &[10]),
        ("0.bias", &[490]),
        ("0.weight", &[490, 784]),
        ("2.weight", &[10, 490]),
    ];
    const MOMENTUM: (&str, &[i64]) = ("optimizer.momentum_buffer.0.bias", &[490]);
    let reader = Reader::new("fits", fits);
    let changed = |place: usize, name: &'static str, shape: &'static [i64]| {
        let mut tensors = OURS;
        tensors[place] = (name, shape);
        tensors.to_vec()
    };
    let cases = [
        ("the network's own tensors", OURS.to_vec(), true, "It has the same names and shapes"),
        (
            "the network's tensors in another order",
            EXCHANGED.to_vec(),
            true,
            "A tensor is found by its name, so the order does not matter",
        ),
        (
            "no `2.bias`",
            OURS[..3].to_vec(),
            false,
            "The network would keep random numbers for its tensor `2.bias`",
        ),
        ("no tensor at all", Vec::new(), false, "Every tensor of the network is missing in it"),
        (
            "one tensor more, an optimiser's",
            [&OURS[..], &[MOMENTUM]].concat(),
            false,
            "The network has no tensor of this name. It would be left out in silence",
        ),
        (
            "the shape [784, 490] for `0.weight`",
            changed(0, "0.weight", &[784, 490]),
            false,
            "That is as many numbers as in [490, 784], but in other places",
        ),
        (
            "the shape [1] for `2.bias`",
            changed(3, "2.bias", &[1]),
            false,
            "Broadcasting would repeat this one number for all ten neurons",
        ),
        (
            "the shape [490, 784, 1] for `0.weight`",
            changed(0, "0.weight", &[490, 784, 1]),
            false,
            "The shapes begin alike, but one has a dimension more",
        ),
        (
            "`1.bias` in place of `0.bias`",
            changed(1, "1.bias", &[490]),
            false,
            "There are as many tensors of the same shapes, but one has another name",
        ),
    ];
    for (what, file, accepts, why) in cases {
        let (file, network) = (named(&file), named(&OURS));
        let call = format!("fits, for a file with {what},");
        reader.judged(&call, move |f| judge(f(&file, &network)), accepts, why)?;
    }
    let small = [("a", &[2_i64, 3][..])];
    for (what, network, accepts, why) in [
        ("of its own", small, true, "Other networks have other names and shapes"),
        (
            "of the shape [3, 2]",
            [("a", &[3, 2][..])],
            false,
            "The shape of the network's tensor counts, whatever it is",
        ),
    ] {
        let (file, network) = (named(&small), named(&network));
        let call = format!("fits, for a file with `a` of the shape [2, 3] and a network {what},");
        reader.judged(&call, move |f| judge(f(&file, &network)), accepts, why)?;
    }
    right("PyTorch calls this strict: nothing missing, nothing left over, every shape the same.")
}

/// Exercise 5.5: `fn place(shape: [usize; 2], row: usize, column: usize) -> usize`, the byte of its
/// tensor at which a number begins.
///
/// # Errors
/// As [`numbers_begin`].
pub fn place<F>(place: F) -> Result<Right>
where
    F: Fn([usize; 2], usize, usize) -> usize + Send + Sync + 'static,
{
    let reader = Reader::new("place", place);
    for case in reference::cases(REFERENCE, "place")? {
        let (shape, row, column) =
            (pair(&case, "shape")?, case.count("row")?, case.count("column")?);
        let call = format!("place({shape:?}, {row}, {column})");
        let given = reader.asked(call, move |f| f(shape, row, column))?;
        let mistakes = case.mistakes(&[
            ("broken", TALL_ROWS),
            ("numbers", "So many numbers stand before it. Bytes are asked for"),
            ("broken_numbers", TALL_ROWS),
            (
                "columns_first",
                "This is right for a tensor that is stored column by column. Here a row is whole \
                 before the next begins",
            ),
            ("mixed", "Row and column are exchanged"),
            ("end", "There the number ends"),
            ("one_byte", "The numbers of its own row have four bytes as well"),
            ("rows_not_four", "The numbers of the rows before it have four bytes as well"),
        ])?;
        let why = format!(
            "Before it stand {row} whole rows and {column} numbers of its own row, with four \
             bytes for each number"
        );
        given.expect(&case.numbers("place")?, &why, &mistakes)?;
    }
    right("A square tensor would not have shown the mistake: test with unequal sides.")
}

const TALL_ROWS: &str = "This takes a row to hold as many numbers as there are rows, which is so \
                         only in a square tensor";

/// Exercise 5.6: `fn continued(saved: [f64; 2], gradients: &[f64]) -> [f64; 2]`, a weight and its
/// velocity after steps with momentum 0.9 and learning rate 0.1.
///
/// # Errors
/// As [`numbers_begin`].
pub fn continued<F>(continued: F) -> Result<Right>
where
    F: Fn([f64; 2], &[f64]) -> [f64; 2] + Send + Sync + 'static,
{
    let reader = Reader::new("continued", continued);
    for case in reference::cases(REFERENCE, "continued")? {
        let (saved, gradients) = (case.list("saved")?, case.list("gradients")?);
        let saved = [saved[0], saved[1]];
        let call = match gradients.len() {
            ..4 => format!("continued({saved:?}, &{gradients:?})"),
            many => format!("continued, from {saved:?} with {many} gradients,"),
        };
        let again = gradients.clone();
        let given = reader.asked(call, move |f| f(saved, &gradients))?;
        let mistakes = case.mistakes(&[
            ("rest", "It begins with the velocity 0, but the file holds another one"),
            ("old_velocity", "The new velocity is missing: the next part could not continue"),
            ("swapped", "The two are in the wrong order: first the weight, then its velocity"),
            ("late", "Each step is made with the velocity from before the new gradient"),
            ("uphill", "These steps go up the slope, where the loss grows"),
            ("no_momentum", "Nothing is left of the velocity from before"),
            ("full_momentum", "The whole velocity from before is kept, not nine tenths of it"),
            ("rate_inside", "The learning rate has gone into the velocity. It belongs to the step"),
            ("no_rate", "The learning rate is missing in the steps"),
            ("one_step", "Only the first gradient is used"),
        ])?;
        let why = "Each gradient makes a new velocity, nine tenths of the last one plus the \
                   gradient, and the weight then moves by a tenth of it, against its direction";
        let state = case.numbers("state")?;
        given.expect(&state, why, &mistakes)?;
        let half = again.len() / 2;
        let call = "continued, interrupted halfway and called again with what it had returned,";
        let given = reader.asked(call, move |f| f(f(saved, &again[..half]), &again[half..]))?;
        given.expect(&state, "An interruption is to change nothing", &[])?;
    }
    right("A checkpoint stores both numbers of every weight: the second is its momentum buffer.")
}

/// Whether a reader's function accepts its input.
fn judge<T>(outcome: Result<T, String>) -> Result<()> {
    outcome.map(|_| ()).map_err(Error::msg)
}

fn bytes(case: &Case, name: &str) -> Result<Vec<u8>> {
    Ok(case.list(name)?.into_iter().map(|byte| byte as u8).collect())
}

fn pair(case: &Case, name: &str) -> Result<[usize; 2]> {
    let pair = case.counts(name)?;
    Ok([pair[0], pair[1]])
}

fn whole(values: Vec<f64>) -> Vec<usize> {
    values.into_iter().map(|value| value as usize).collect()
}

fn named(tensors: &[(&str, &[i64])]) -> Vec<Named> {
    tensors.iter().map(|(name, shape)| ((*name).to_owned(), shape.to_vec())).collect()
}

#[cfg(test)]
mod tests;
