//! What a tag gets at a step, in the form that TensorBoard's plugins expect.

use anyhow::{Context, Result};

use super::messages::{
    Content, Dimension, FLOAT, Image, Metadata, PluginData, STRING, Shape, Tensor, Value,
};
use crate::plot::Figure;

/// Colours of three bytes, from `summary.proto`.
const RGB: i32 = 3;

/// A number. TensorBoard keeps scalars as f32.
pub(super) fn scalar(tag: &str, value: f64) -> Value {
    Value { tag: tag.to_owned(), metadata: None, content: Some(Content::Scalar(value as f32)) }
}

/// A picture as PNG.
///
/// # Errors
/// It is too large for the format.
pub(super) fn image(tag: &str, figure: &Figure) -> Result<Value> {
    let size = |pixels: u32| i32::try_from(pixels).context("the picture is too large");
    let image = Image {
        height: size(figure.height())?,
        width: size(figure.width())?,
        colorspace: RGB,
        encoded: figure.png().to_vec(),
    };
    Ok(Value { tag: tag.to_owned(), metadata: None, content: Some(Content::Image(image)) })
}

/// Markdown, as a tensor of no dimension that holds one string.
pub(super) fn text(tag: &str, markdown: &str) -> Value {
    let tensor = Tensor {
        dtype: STRING,
        shape: Some(shape(&[])),
        strings: vec![markdown.as_bytes().to_vec()],
        ..Tensor::default()
    };
    of_plugin(tag, "text", Vec::new(), tensor)
}

/// No number at all, for a value that has everything in its metadata.
pub(super) fn empty_tensor() -> Tensor {
    Tensor { dtype: FLOAT, shape: Some(shape(&[0])), ..Tensor::default() }
}

/// A tensor that one of TensorBoard's plugins shows.
pub(super) fn of_plugin(tag: &str, plugin: &str, content: Vec<u8>, tensor: Tensor) -> Value {
    let plugin_data = PluginData { plugin_name: plugin.to_owned(), content };
    Value {
        tag: tag.to_owned(),
        metadata: Some(Metadata { plugin_data: Some(plugin_data) }),
        content: Some(Content::Tensor(tensor)),
    }
}

/// The shape of a tensor.
pub(super) fn shape(sizes: &[i64]) -> Shape {
    Shape { dim: sizes.iter().map(|&size| Dimension { size }).collect() }
}
