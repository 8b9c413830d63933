//! How many threads libtorch computes with.

/// Sets libtorch's number of threads and puts the old one back when dropped.
pub(crate) struct Threads {
    before: i32,
}

impl Threads {
    pub(crate) fn set(threads: usize) -> Self {
        let before = tch::get_num_threads();
        tch::set_num_threads(i32::try_from(threads).unwrap_or(i32::MAX));
        Self { before }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        tch::set_num_threads(self.before);
    }
}
