//! What the notebooks run in: JupyterLab, the runner without a browser, TensorBoard.

pub mod jupyter;
pub mod lab;
pub mod notebooks;
pub mod stop;
pub mod tensorboard;
