//! A small HTTP server on 127.0.0.1 that answers as told, faults included.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The path, `/file.gz`.
    pub path: String,
    /// The first byte of a requested range.
    pub from: Option<usize>,
    /// How many requests came before.
    pub number: usize,
}

/// What is answered: the head without its last empty line, the body, and whether the line then stays open, silent.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub head: String,
    pub body: Vec<u8>,
    pub stall: bool,
}

impl Answer {
    /// `200 OK` with the whole body.
    pub fn whole(body: &[u8]) -> Answer {
        Answer::status("200 OK", body)
    }

    /// A status line with a body and its length.
    pub fn status(status: &str, body: &[u8]) -> Answer {
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}", body.len());
        Answer { head, body: body.to_vec(), stall: false }
    }

    /// What a good server says: the rest of the body if a range is asked for.
    pub fn ranged(body: &[u8], asked: &Asked) -> Answer {
        match asked.from {
            Some(from) if from < body.len() => {
                let mut answer = Answer::status("206 Partial Content", &body[from..]);
                answer.head +=
                    &format!("\r\nContent-Range: bytes {from}-{}/{}", body.len() - 1, body.len());
                answer
            }
            Some(_) => Answer::status("416 Range Not Satisfiable", b""),
            None => Answer::whole(body),
        }
    }

    /// Only the first bytes of the body, though the head promises all.
    pub fn cut(mut self, length: usize) -> Answer {
        self.body.truncate(length);
        self
    }

    /// The line stays open after what is sent.
    pub fn stalling(mut self) -> Answer {
        self.stall = true;
        self
    }
}

/// A running server; it ends when dropped.
pub struct Server {
    pub address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    end: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Answers every request as the function says.
    pub fn new(
        answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
    ) -> std::io::Result<Server> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let (asked, end) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (log, stop, answer) = (asked.clone(), end.clone(), Arc::new(answer));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let (log, answer) = (log.clone(), answer.clone());
                // A client that hangs up is part of the tests.
                std::thread::spawn(move || {
                    stream.and_then(|stream| serve(stream, &log, &*answer)).ok()
                });
            }
        });
        Ok(Server { address: format!("http://{address}"), asked, end, thread: Some(thread) })
    }

    /// The requests so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end.store(true, Ordering::SeqCst);
        TcpStream::connect(self.address.trim_start_matches("http://")).ok();
        self.thread.take().map(JoinHandle::join);
    }
}

/// Reads one request and answers it.
fn serve(
    mut stream: TcpStream,
    log: &Mutex<Vec<Asked>>,
    answer: &dyn Fn(&Asked) -> Answer,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let mut asked = Asked {
        path: first.split(' ').nth(1).unwrap_or_default().to_string(),
        from: None,
        number: 0,
    };
    for line in lines {
        let line = line?.to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(range) = line.strip_prefix("range: bytes=") {
            asked.from = range.trim_end_matches('-').parse().ok();
        }
    }
    {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        asked.number = log.len();
        log.push(asked.clone());
    }
    let answer = answer(&asked);
    if !answer.head.is_empty() {
        stream.write_all(format!("{}\r\nConnection: close\r\n\r\n", answer.head).as_bytes())?;
    }
    stream.write_all(&answer.body)?;
    if answer.stall {
        // Until the client gives up.
        stream.read_exact(&mut [0]).ok();
    }
    Ok(())
}
