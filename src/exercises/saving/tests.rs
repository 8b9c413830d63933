#![allow(clippy::unwrap_used)]

use super::super::reader::tests::refused;
use super::*;

// The answers of `exercises/solutions/05-saving.ipynb`, and wrong ones.

fn right_begin(file: &[u8]) -> Result<usize, String> {
    let Some(first) = file.first_chunk() else {
        return Err(format!("a file of {} bytes", file.len()));
    };
    let length = u64::from_le_bytes(*first) as usize;
    if length > file.len() - 8 {
        return Err(format!("a header of {length} bytes"));
    }
    Ok(8 + length)
}

#[test]
fn beginnings_are_told() {
    numbers_begin(right_begin).unwrap();
    refused(numbers_begin(|f| right_begin(f).map(|begin| begin - 8)), "length of the header");
    refused(numbers_begin(|f| Ok(8 + f[0] as usize)), "Only the first of the eight bytes");
    refused(
        numbers_begin(|f| Ok(8 + u64::from_be_bytes(f[..8].try_into().unwrap()) as usize)),
        "in the wrong order",
    );
    refused(
        numbers_begin(|f| {
            let length = u64::from_be_bytes(f[..8].try_into().unwrap()) as usize;
            if length > f.len() { Err("too short".to_owned()) } else { Ok(8 + length) }
        }),
        "The lowest byte comes first",
    );
    let length = |f: &[u8]| u64::from_le_bytes(f[..8].try_into().unwrap()) as usize;
    refused(numbers_begin(move |f| Ok(8 + length(f))), "for a file of 0 bytes, panicked");
    refused(
        numbers_begin(move |f| match f.len() {
            ..8 => Err("too short".to_owned()),
            _ => Ok(8 + length(f)),
        }),
        "promise a longer header",
    );
    refused(
        numbers_begin(move |f| match f.len() {
            ..8 => Err("too short".to_owned()),
            all if 8 + length(f) > all => Err("too short".to_owned()),
            _ => Ok(8 + length(f)),
        }),
        "a file that begins with [255",
    );
    refused(
        numbers_begin(|f| match f.len() {
            ..8 => Err("too short".to_owned()),
            all if f[0] as usize + 256 * f[1] as usize + 8 > all => Err("too short".to_owned()),
            _ => Ok(8 + f[0] as usize + 256 * f[1] as usize),
        }),
        "of a length that no file has",
    );
}

fn right_values(numbers: &[u8], offsets: [usize; 2]) -> Vec<f32> {
    let fours = numbers[offsets[0]..offsets[1]].chunks_exact(4);
    fours.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

#[test]
fn values_are_told() {
    tensor_values(right_values).unwrap();
    refused(tensor_values(|n, _| right_values(n, [0, n.len()])), "of all tensors");
    refused(tensor_values(|n, [a, b]| right_values(n, [0, b - a])), "stand at the beginning");
    refused(
        tensor_values(|n, [a, b]| n[a..b].iter().map(|byte| f32::from(*byte)).collect()),
        "Each byte is taken for a number",
    );
    refused(
        tensor_values(|n, [a, b]| {
            let fours = n[a..b].chunks_exact(4);
            fours.map(|b| f32::from_be_bytes([b[0], b[1], b[2], b[3]])).collect()
        }),
        "in the wrong order",
    );
    refused(tensor_values(|n, [a, b]| right_values(n, [a, a + b])), "not how long it is");
    refused(
        tensor_values(|n, [a, b]| {
            let fours = n[a..b].chunks_exact(4);
            fours.map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as f32).collect()
        }),
        "as a whole number",
    );
    refused(tensor_values(|n, [a, b]| right_values(n, [4 * a, 4 * b])), "panicked");
}

fn right_offsets(shapes: &[Vec<usize>]) -> Vec<[usize; 2]> {
    let (mut begin, mut offsets) = (0, Vec::new());
    for shape in shapes {
        let end = begin + 4 * shape.iter().product::<usize>();
        offsets.push([begin, end]);
        begin = end;
    }
    offsets
}

#[test]
fn offsets_are_told() {
    offsets(right_offsets).unwrap();
    let map = |shapes: &[Vec<usize>], change: fn([usize; 2]) -> [usize; 2]| -> Vec<[usize; 2]> {
        right_offsets(shapes).into_iter().map(change).collect()
    };
    refused(offsets(move |s| map(s, |[a, b]| [a / 4, b / 4])), "Each has four bytes");
    refused(offsets(move |s| map(s, |[a, b]| [0, b - a])), "one behind the other");
    refused(offsets(move |s| map(s, |[a, b]| [a, b - a])), "not how long it is");
    refused(offsets(move |s| map(s, |[a, b]| [a, b - 1])), "first byte behind the tensor");
    refused(offsets(move |s| map(s, |[a, b]| [2 * a, 2 * b])), "not eight");
    refused(
        offsets(|s| {
            let counts: Vec<Vec<usize>> = s.iter().map(|shape| vec![shape.iter().sum()]).collect();
            right_offsets(&counts)
        }),
        "has 6 numbers, not 5",
    );
    refused(
        offsets(|s| {
            let counts =
                s.iter().map(|shape| vec![shape.iter().copied().reduce(|a, b| a * b).unwrap_or(0)]);
            right_offsets(&counts.collect::<Vec<_>>())
        }),
        "holds one number",
    );
}

fn right_fits(file: &[Named], network: &[Named]) -> Result<(), String> {
    for (name, shape) in network {
        match file.iter().find(|tensor| tensor.0 == *name) {
            None => return Err(format!("`{name}` is missing")),
            Some((_, found)) if found != shape => {
                return Err(format!("`{name}` is {found:?}, not {shape:?}"));
            }
            Some(_) => {}
        }
    }
    if file.len() > network.len() {
        return Err(format!("{} tensors too many", file.len() - network.len()));
    }
    Ok(())
}

#[test]
fn misfits_are_told() {
    let wrong = || Err("does not fit".to_owned());
    fits(right_fits).unwrap();
    refused(fits(|_, _| Ok(())), "no `2.bias`, gave no error");
    refused(fits(move |_, _| wrong()), "\"does not fit\", expected none");
    refused(fits(move |f, n| if f == n { Ok(()) } else { wrong() }), "the order does not matter");
    refused(
        fits(move |f, n| if n.iter().all(|one| f.contains(one)) { Ok(()) } else { wrong() }),
        "left out in silence",
    );
    refused(
        fits(move |f, n| if f.iter().all(|one| n.contains(one)) { Ok(()) } else { wrong() }),
        "random numbers",
    );
    refused(
        fits(move |f, n| {
            let count = |one: &Named| (one.0.clone(), one.1.iter().product::<i64>());
            let (mut f, mut n): (Vec<_>, Vec<_>) =
                (f.iter().map(count).collect(), n.iter().map(count).collect());
            f.sort();
            n.sort();
            if f == n { Ok(()) } else { wrong() }
        }),
        "in other places",
    );
    refused(
        fits(move |f, n| {
            let shapes = |named: &[Named]| {
                let mut shapes: Vec<_> = named.iter().map(|(_, shape)| shape.clone()).collect();
                shapes.sort();
                shapes
            };
            if shapes(f) == shapes(n) { Ok(()) } else { wrong() }
        }),
        "one has another name",
    );
}

fn right_place(shape: [usize; 2], row: usize, column: usize) -> usize {
    4 * (row * shape[1] + column)
}

#[test]
fn places_are_told() {
    place(right_place).unwrap();
    // The function that the exercise shows.
    refused(place(|shape, row, column| 4 * (row * shape[0] + column)), "only in a square tensor");
    refused(place(|shape, row, column| row * shape[1] + column), "Bytes are asked for");
    refused(place(|shape, row, column| 4 * (column * shape[0] + row)), "column by column");
    refused(place(|shape, row, column| 4 * row * shape[1] + column), "of its own row");
}

fn right_continued(saved: [f64; 2], gradients: &[f64]) -> [f64; 2] {
    let [mut weight, mut velocity] = saved;
    for gradient in gradients {
        velocity = 0.9 * velocity + gradient;
        weight -= 0.1 * velocity;
    }
    [weight, velocity]
}

#[test]
fn continuations_are_told() {
    continued(right_continued).unwrap();
    refused(
        continued(|[weight, _], g| right_continued([weight, 0.0], g)),
        "begins with the velocity 0",
    );
    refused(continued(|s, g| [right_continued(s, g)[0], s[1]]), "new velocity is missing");
    refused(
        continued(|s, g| {
            let [weight, velocity] = right_continued(s, g);
            [2.0 * s[0] - weight, velocity]
        }),
        "up the slope",
    );
    refused(
        continued(|[mut weight, mut velocity], g| {
            for gradient in g {
                velocity = 0.9 * velocity + 0.1 * gradient;
                weight -= velocity;
            }
            [weight, velocity]
        }),
        "belongs to the step",
    );
    refused(
        continued(|[mut weight, mut velocity], g| {
            for gradient in g {
                weight -= 0.1 * velocity;
                velocity = 0.9 * velocity + gradient;
            }
            [weight, velocity]
        }),
        "before the new gradient",
    );
}
