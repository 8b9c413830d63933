//! Fashion-MNIST: articles of clothing in MNIST's format, so that what reads MNIST reads them too.
//!
//! Names, addresses, classes and MD5 sums are those of its README
//! (<https://github.com/zalandoresearch/fashion-mnist>, "Get the Data"). The SHA-256 sums are of files that
//! have those MD5 sums.

use crate::files::{Content, Dataset, IdxFile, TEST_COUNT, TRAIN_COUNT};

/// What the labels 0 to 9 of Fashion-MNIST mean, as its README's "Labels" lists them.
pub const FASHION_CLASSES: [&str; 10] = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
];

/// Fashion-MNIST by Zalando: 70,000 images of clothes, shoes and bags. Nothing is drawn in its place.
pub static FASHION_MNIST: Dataset = Dataset {
    name: "Fashion-MNIST",
    folder_variable: "FASHION_MNIST_DIR",
    mirrors_variable: "FASHION_MNIST_MIRRORS",
    subfolder: "fashion",
    command: "cargo xtask data --fashion",
    mirrors: [
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ],
    files: [
        IdxFile {
            name: "train-images-idx3-ubyte",
            content: Content::Images,
            count: TRAIN_COUNT,
            packed_bytes: 26_421_880,
            packed_sha256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            unpacked_sha256: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            look_alike_sha256: None,
        },
        IdxFile {
            name: "train-labels-idx1-ubyte",
            content: Content::Labels,
            count: TRAIN_COUNT,
            packed_bytes: 29_515,
            packed_sha256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            unpacked_sha256: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            look_alike_sha256: None,
        },
        IdxFile {
            name: "t10k-images-idx3-ubyte",
            content: Content::Images,
            count: TEST_COUNT,
            packed_bytes: 4_422_102,
            packed_sha256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            unpacked_sha256: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            look_alike_sha256: None,
        },
        IdxFile {
            name: "t10k-labels-idx1-ubyte",
            content: Content::Labels,
            count: TEST_COUNT,
            packed_bytes: 5_148,
            packed_sha256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            unpacked_sha256: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
            look_alike_sha256: None,
        },
    ],
};
