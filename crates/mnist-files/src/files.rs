//! What a data set is: four files, what they hold, their checksums, and where they are published; and MNIST.
//!
//! All in the IDX format (<http://yann.lecun.com/exdb/mnist/>, "The IDX file format"): a header of
//! big-endian numbers (magic, count and, for images, rows and columns), then one byte a pixel or label.

/// Rows and columns of an image.
pub const SIDE: usize = 28;
/// Pixels of an image, 28 x 28.
pub const PIXELS: usize = SIDE * SIDE;
/// How many different digits there are; classes, in another data set.
pub const DIGITS: usize = 10;
/// Images to train with.
pub const TRAIN_COUNT: usize = 60_000;
/// Images to test with.
pub const TEST_COUNT: usize = 10_000;

/// Four files in the IDX format, where they are published and where they are kept.
///
/// The files' names are MNIST's, in every data set: the parser looks for those.
#[derive(Debug, PartialEq, Eq)]
pub struct Dataset {
    /// What it is called.
    pub name: &'static str,
    /// The variable that names a folder with the four files.
    pub folder_variable: &'static str,
    /// The variable that lists other addresses to download from.
    pub mirrors_variable: &'static str,
    /// Its folder below the project's `data/`; empty for that folder itself.
    pub subfolder: &'static str,
    /// The command that downloads it.
    pub command: &'static str,
    /// Addresses of folders that hold the four `.gz` files, tried in this order.
    pub mirrors: [&'static str; 2],
    /// Training images and labels, test images and labels: the order in which everything here lists them.
    pub files: [IdxFile; 4],
}

/// What an IDX file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Images of 28 x 28 bytes, 0 background, 255 full ink.
    Images,
    /// One byte for each image, 0 to 9.
    Labels,
}

/// One of the four files.
#[derive(Debug, PartialEq, Eq)]
pub struct IdxFile {
    /// The unpacked file's name; the packed one's ends in `.gz`.
    pub name: &'static str,
    /// Images or labels.
    pub content: Content,
    /// How many images or labels it holds.
    pub count: usize,
    /// Size of the `.gz` as it is distributed, in bytes.
    pub packed_bytes: u64,
    /// SHA-256 of the `.gz` as it is distributed, in hexadecimal (`data/SHA256SUMS`).
    pub packed_sha256: &'static str,
    /// SHA-256 of the unpacked file, in hexadecimal.
    pub unpacked_sha256: &'static str,
    /// SHA-256 of the unpacked file that [`look_alike`](crate::look_alike) draws in its place, in
    /// hexadecimal; `None` where nothing is drawn.
    pub look_alike_sha256: Option<&'static str>,
}

impl Dataset {
    /// Whether look-alikes take its place where it cannot be had.
    pub fn has_look_alikes(&self) -> bool {
        self.files.iter().all(|file| file.look_alike_sha256.is_some())
    }
}

impl IdxFile {
    /// The packed file's name.
    pub fn packed_name(&self) -> String {
        format!("{}.gz", self.name)
    }

    /// The number that the file starts with: `0x08` for bytes, then the number of dimensions.
    pub fn magic(&self) -> u32 {
        match self.content {
            Content::Images => 0x0803,
            Content::Labels => 0x0801,
        }
    }

    /// The header: magic number and sizes, four bytes each.
    pub fn header(&self) -> Vec<u8> {
        let sizes: &[usize] = match self.content {
            Content::Images => &[self.count, SIDE, SIDE],
            Content::Labels => &[self.count],
        };
        let numbers = [self.magic()].into_iter().chain(sizes.iter().map(|&size| size as u32));
        numbers.flat_map(u32::to_be_bytes).collect()
    }

    /// Length of the unpacked file, in bytes.
    pub fn unpacked_bytes(&self) -> usize {
        match self.content {
            Content::Images => 16 + self.count * PIXELS,
            Content::Labels => 8 + self.count,
        }
    }
}

/// MNIST. Another data set in the same format is another table like this.
pub static MNIST: Dataset = Dataset {
    name: "MNIST",
    folder_variable: "MNIST_DIR",
    mirrors_variable: "MNIST_MIRRORS",
    subfolder: "",
    command: "cargo xtask data",
    mirrors: [
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ],
    files: [
        IdxFile {
            name: "train-images-idx3-ubyte",
            content: Content::Images,
            count: TRAIN_COUNT,
            packed_bytes: 9_912_422,
            packed_sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            unpacked_sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            look_alike_sha256: Some(
                "868f109a217e3837e83c1b1d47fd64fec60fc020faa4b3e55a248113f453126b",
            ),
        },
        IdxFile {
            name: "train-labels-idx1-ubyte",
            content: Content::Labels,
            count: TRAIN_COUNT,
            packed_bytes: 28_881,
            packed_sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            unpacked_sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            look_alike_sha256: Some(
                "cc1a81560709f2527dee0c15dc656a9222dc6692182fda8acd6874dfc1478964",
            ),
        },
        IdxFile {
            name: "t10k-images-idx3-ubyte",
            content: Content::Images,
            count: TEST_COUNT,
            packed_bytes: 1_648_877,
            packed_sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            unpacked_sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            look_alike_sha256: Some(
                "99ba589556842559608b1788c68700b2b4fdd35ba0e54a0d8de35ff714c51100",
            ),
        },
        IdxFile {
            name: "t10k-labels-idx1-ubyte",
            content: Content::Labels,
            count: TEST_COUNT,
            packed_bytes: 4_542,
            packed_sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            unpacked_sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            look_alike_sha256: Some(
                "e1d270ea3fd2edfda2d912a6a2dfb438e75450805500f20573bb28b519cf96cd",
            ),
        },
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unpacked_sizes_are_the_well_known_ones() {
        let sizes: Vec<usize> = MNIST.files.iter().map(IdxFile::unpacked_bytes).collect();
        assert_eq!(sizes, [47_040_016, 60_008, 7_840_016, 10_008]);
    }
}
