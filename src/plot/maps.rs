//! Small tensors as images: filters, feature maps, gradients.

use anyhow::{Context, Result, bail, ensure};
use tch::{Device, Kind, Tensor};

use super::canvas::render;
use super::chart;
use super::figure::Figure;
use super::grid::{Grid, MOST_COLUMNS};
use super::numbers::{counted, ends, value};
use super::weights::{HEAD, KEY_WIDTH, diverging, key};

/// Most columns or rows of an image.
const LARGEST: i64 = 280;

/// The images of a tensor `[n, height, width]` side by side, all by the same scale: positive
/// numbers orange, negative ones blue, 0 white; below each its caption, if there are any.
///
/// # Errors
/// The tensor hasn't three dimensions or one of them is 0, there are more than 100 images or one
/// is larger than 280 x 280, a number is NaN, infinite or complex, or there are neither `n`
/// captions nor none.
pub fn maps<S: AsRef<str>>(tensor: &Tensor, captions: &[S]) -> Result<Figure> {
    let (shape, numbers) = read(tensor).context("maps")?;
    let [count, rows, columns] = shape;
    ensure!(
        captions.is_empty() || captions.len() == count,
        "maps: {} captions for {count} images; give one each, or none",
        captions.len()
    );
    let captions: Vec<&str> = match captions {
        [] => vec![""; count],
        _ => captions.iter().map(AsRef::as_ref).collect(),
    };
    let grid = Grid::new(HEAD, MOST_COLUMNS, (columns, rows), &captions).context("maps")?;
    let (low, high) = ends(numbers.iter().copied());
    let largest = high.max(-low);
    let title = format!("{} of {rows} x {columns} numbers", counted(count, "image", "images"));
    let images: Vec<&[f64]> = numbers.chunks_exact(rows * columns).collect();
    let each = images.iter().zip(&captions).zip(0..).map(|((image, caption), number)| {
        let name =
            if caption.is_empty() { format!("number {number}") } else { caption.to_string() };
        let (low, high) = ends(image.iter().copied());
        format!("{name} from {} to {}", value(low), value(high))
    });
    let alt_text = format!(
        "{title}, coloured from -{} (blue) over 0 (white) to {} (orange): {}.",
        value(largest),
        value(largest),
        each.collect::<Vec<_>>().join(", ")
    );
    let (width, height) = grid.size();
    render((width.max(KEY_WIDTH), height), alt_text, |area| {
        chart::title(area, &title)?;
        key(area, largest, "blue: negative, orange: positive")?;
        for (place, (image, caption)) in images.iter().zip(&captions).enumerate() {
            grid.cell(area, place, |pixel| diverging(image[pixel], largest), caption)?;
        }
        Ok(())
    })
}

/// Number, height and width of the images, and all their numbers.
fn read(tensor: &Tensor) -> Result<([usize; 3], Vec<f64>)> {
    ensure!(tensor.defined(), "the tensor is undefined; give it a value first");
    let [count, height, width] = tensor.size()[..] else {
        bail!(
            "a tensor of shape {:?}; expected [n, height, width], so use `view` or `squeeze`",
            tensor.size()
        );
    };
    ensure!(
        (1..=100).contains(&count),
        "{count} images to draw; a figure shows 1 to 100, so choose some of them"
    );
    for (what, size) in [("height", height), ("width", width)] {
        ensure!((1..=LARGEST).contains(&size), "{what} {size}; expected 1 to {LARGEST}");
    }
    let kind = tensor.f_kind()?;
    ensure!(
        !matches!(kind, Kind::ComplexHalf | Kind::ComplexFloat | Kind::ComplexDouble),
        "numbers of kind {kind:?}; expected real numbers, such as Float"
    );
    let plain = tensor.f_detach()?.f_to_device(Device::Cpu)?.f_to_kind(Kind::Double)?;
    let numbers = Vec::<f64>::try_from(plain.f_reshape([-1])?)?;
    if let Some(place) = numbers.iter().position(|number| !number.is_finite()) {
        let image = place as i64 / (height * width);
        bail!("a number of image {image} is NaN or infinite, which has no colour");
    }
    Ok(([count, height, width].map(|size| size as usize), numbers))
}
