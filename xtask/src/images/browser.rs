//! A Chromium without a window, led through the pipe of its DevTools.
//!
//! Its own `--screenshot` takes the picture before TensorBoard has drawn its curves; here the
//! page itself is asked. Each message is JSON with a zero byte behind it
//! (`--remote-debugging-pipe`), and Chromium ends when the pipe closes, whichever way this
//! program ends.

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Width and height of the page.
const SIZE: (u32, u32) = (1400, 900);

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(60);

/// How long a page may take to be ready, and how often it is opened anew.
const READY: Duration = Duration::from_secs(15);
const ATTEMPTS: usize = 12;

/// How long it then gets to come to rest.
const REST: Duration = Duration::from_secs(2);

/// How often a page is asked.
const LOOK: Duration = Duration::from_millis(250);

/// Chromium speaks through the descriptors 3 and 4, which these lines make of what it has.
const THROUGH_THE_PIPE: &str = r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#;

/// A running browser, which ends with this value.
pub struct Browser {
    child: Child,
    questions: Option<ChildStdin>,
    answers: Receiver<Value>,
    asked: u64,
    /// The page that questions are about.
    session: Option<String>,
    _profile: TempDir,
}

impl Browser {
    /// Starts it with a profile of its own.
    pub fn start(program: &Path) -> Result<Browser> {
        let profile = tempfile::tempdir().context("cannot make a folder for the browser")?;
        let mut command = Command::new("sh");
        command.args(["-c", THROUGH_THE_PIPE]).arg(program);
        command.args(["--headless=new", "--remote-debugging-pipe", "--hide-scrollbars"]);
        // Without WebGL TensorBoard's curves are part of the page, which can be asked for them.
        command.args(["--disable-gpu", "--disable-3d-apis", "--no-first-run", "--mute-audio"]);
        command.arg(format!("--user-data-dir={}", profile.path().display()));
        if rustix::process::geteuid().is_root() {
            // Containers have no other user; it opens nothing but a page of this machine.
            command.arg("--no-sandbox");
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let questions = child.stdin.take();
        let answers = answers_of(child.stdout.take().context("the browser has no output")?);
        let mut browser =
            Browser { child, questions, answers, asked: 0, session: None, _profile: profile };
        browser.begin()?;
        Ok(browser)
    }

    /// Makes the page that everything else is about.
    fn begin(&mut self) -> Result<()> {
        let page = self.ask("Target.createTarget", json!({ "url": "about:blank" }))?;
        let attached = self.ask(
            "Target.attachToTarget",
            json!({ "targetId": page["targetId"], "flatten": true }),
        )?;
        self.session = attached["sessionId"].as_str().map(str::to_owned);
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": SIZE.0, "height": SIZE.1, "deviceScaleFactor": 1, "mobile": false }),
        )?;
        Ok(())
    }

    /// Opens a page, and again, until the JavaScript `ready` is true in it: one whose server is
    /// still reading stays empty.
    pub fn open(&mut self, address: &str, ready: &str) -> Result<()> {
        for _ in 0..ATTEMPTS {
            // From another page: with the same address alone it would not be loaded again.
            for address in ["about:blank", address] {
                self.ask("Page.navigate", json!({ "url": address }))?;
            }
            if self.is_ready(ready)? {
                return Ok(());
            }
        }
        bail!("{address} was opened, but does not show what it should")
    }

    /// A PNG of the page, once `ready` is true in it again after `tidy` was run.
    pub fn photograph(&mut self, tidy: &str, ready: &str) -> Result<Vec<u8>> {
        self.evaluate(tidy)?;
        ensure!(self.is_ready(ready)?, "the page has changed and shows no longer what it should");
        thread::sleep(REST);
        let shot = self.ask("Page.captureScreenshot", json!({ "format": "png" }))?;
        let data = shot["data"].as_str().context("the browser sent no picture")?;
        STANDARD.decode(data).context("the browser's picture cannot be read")
    }

    /// Waits until `ready` is true in the page; whether it is.
    fn is_ready(&mut self, ready: &str) -> Result<bool> {
        let start = Instant::now();
        while start.elapsed() < READY {
            if self.evaluate(ready)? == Value::Bool(true) {
                return Ok(true);
            }
            thread::sleep(LOOK);
        }
        Ok(false)
    }

    fn evaluate(&mut self, script: &str) -> Result<Value> {
        let parameters = json!({ "expression": script, "returnByValue": true });
        Ok(self.ask("Runtime.evaluate", parameters)?["result"]["value"].take())
    }

    /// Sends one question and waits for its answer; what else the browser says is left out.
    fn ask(&mut self, method: &str, parameters: Value) -> Result<Value> {
        self.asked += 1;
        let mut question = json!({ "id": self.asked, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            question["sessionId"] = json!(session);
        }
        let pipe = self.questions.as_mut().context("the browser is gone")?;
        let sent = write!(pipe, "{question}\0").and_then(|()| pipe.flush());
        sent.context("the browser ended")?;
        let start = Instant::now();
        loop {
            let left = ANSWER.saturating_sub(start.elapsed());
            let mut answer = self
                .answers
                .recv_timeout(left)
                .with_context(|| format!("the browser does not answer {method}"))?;
            if answer["id"] == json!(self.asked) {
                if let Some(error) = answer["error"]["message"].as_str() {
                    bail!("the browser refuses {method}: {error}");
                }
                return Ok(answer["result"].take());
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.session = None;
        // It closes its children with it, where killing would leave them to find out.
        let _ = self.ask("Browser.close", json!({}));
        self.questions = None;
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(10) {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Everything the browser says, as it comes.
fn answers_of(pipe: impl Read + Send + 'static) -> Receiver<Value> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for message in BufReader::new(pipe).split(0).map_while(Result::ok) {
            let Ok(message) = serde_json::from_slice(&message) else { continue };
            if sender.send(message).is_err() {
                return;
            }
        }
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_that_ends_at_once_is_said() {
        let error = Browser::start(Path::new("/bin/false")).err().unwrap();
        assert!(format!("{error:#}").starts_with("the browser "), "{error:#}");
    }
}
