//! A server's answer: asked for, and looked at before any of the file is read.

use super::expected::{Expected, Timeouts};
use crate::thousands::thousands;
use std::io;
use ureq::http::Response;
use ureq::http::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderName};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body, Error, Timeout};

/// Why an address did not deliver.
pub(super) struct Failure {
    /// In words.
    pub reason: String,
    /// Whether asking the same address again may help.
    pub again: bool,
}

impl Failure {
    pub fn new(reason: impl Into<String>, again: bool) -> Failure {
        Failure { reason: reason.into(), again }
    }
}

/// Where the body of an answer belongs.
pub(super) struct Extent {
    /// Offset of its first byte in the file.
    pub start: u64,
    /// Length of the whole file in bytes, where the server says so.
    pub total: Option<u64>,
}

/// Sends the request, for what follows the first `have` bytes.
pub(super) fn ask(url: &str, have: u64, timeouts: &Timeouts) -> Result<Response<Body>, Error> {
    let mut settings = Agent::config_builder()
        .http_status_as_error(false)
        .tls_config(TlsConfig::builder().root_certs(authorities()).build())
        .user_agent(concat!("mnist_tutorial/", env!("CARGO_PKG_VERSION")))
        .timeout_resolve(Some(timeouts.connect))
        .timeout_connect(Some(timeouts.connect))
        .timeout_recv_response(Some(timeouts.stall))
        .timeout_per_read(Some(timeouts.stall));
    if url.starts_with("http://127.0.0.1") || url.starts_with("http://localhost") {
        settings = settings.proxy(None);
    }
    let mut request = Agent::new_with_config(settings.build()).get(url);
    if have > 0 {
        request = request.header("Range", format!("bytes={have}-"));
    }
    request.call()
}

/// The certificate authorities that this machine trusts, or those that `SSL_CERT_FILE` and
/// `SSL_CERT_DIR` name; Mozilla's where there are none, as in a small container.
///
/// Not Mozilla's alone: the proxy of a company or school may sign all traffic with its own.
fn authorities() -> RootCerts {
    let found = rustls_native_certs::load_native_certs().certs;
    match found.is_empty() {
        true => RootCerts::WebPki,
        false => found.iter().map(|one| Certificate::from_der(one).to_owned()).into(),
    }
}

/// Where an answer's body belongs, when what follows `have` bytes was asked for; or why it is not
/// taken. Asking again helps where what an earlier download left is the cause.
pub(super) fn extent(
    answer: &Response<Body>,
    have: u64,
    expected: &Expected,
) -> Result<Extent, Failure> {
    let start = start_of(answer, have)?;
    if header(answer, CONTENT_TYPE).is_some_and(|kind| kind.starts_with("text/html")) {
        let page = "a web page came instead of the file (does the network ask for a sign-in?)";
        return Err(Failure::new(page, false));
    }
    let length = header(answer, CONTENT_LENGTH).and_then(|text| text.parse::<u64>().ok());
    let total = length.map(|length| start.saturating_add(length));
    match (total, expected.bytes) {
        (Some(total), Some(bytes)) if total != bytes => {
            let (total, bytes) = (thousands(total), thousands(bytes));
            Err(Failure::new(format!("it offers {total} bytes instead of {bytes}"), false))
        }
        (Some(total), None) if total > expected.at_most => {
            let (total, limit) = (thousands(total), thousands(expected.at_most));
            Err(Failure::new(format!("it offers {total} bytes, more than {limit}"), false))
        }
        _ => Ok(Extent { start, total }),
    }
}

/// The offset at which an answer's body starts.
fn start_of(answer: &Response<Body>, have: u64) -> Result<u64, Failure> {
    match answer.status().as_u16() {
        200 => Ok(0),
        206 => {
            let range = header(answer, CONTENT_RANGE).unwrap_or_default();
            let start = range.strip_prefix("bytes ").and_then(|range| range.split('-').next());
            if start.and_then(|start| start.parse().ok()) == Some(have) {
                return Ok(have);
            }
            let reason = format!("it sends another part ({range}) than the one asked for");
            Err(Failure::new(reason, true))
        }
        416 => Err(Failure::new("it has no more than an earlier download left", true)),
        status => Err(Failure::new(format!("HTTP status {status}"), false)),
    }
}

/// A header's text.
fn header(answer: &Response<Body>, name: HeaderName) -> Option<&str> {
    answer.headers().get(name)?.to_str().ok()
}

/// What to do where a proxy that inspects traffic, or a server, shows a certificate of its own.
fn unknown_authority() -> String {
    let unread = rustls_native_certs::load_native_certs().errors;
    let unread = unread.first().map(|error| format!("; {error}")).unwrap_or_default();
    format!(
        "its certificate is signed by an authority that this machine does not trust (a proxy's?): \
         set SSL_CERT_FILE to a PEM file with that authority's certificate{unread}"
    )
}

/// A network error in words.
pub(super) fn explain(error: &io::Error, timeouts: &Timeouts) -> String {
    let Timeouts { connect, stall } = timeouts;
    let no_host = "no such host, or no network".to_string();
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::Timeout(Timeout::Connect | Timeout::Resolve)) => {
            format!("no connection within {connect:?}")
        }
        Some(Error::Timeout(_)) => format!("nothing came for {stall:?}"),
        Some(Error::HostNotFound) => no_host,
        _ if error.to_string().contains("UnknownIssuer") => unknown_authority(),
        // The system's own words for it, from the standard library.
        _ if error.to_string().contains("failed to lookup address") => no_host,
        _ => error.to_string(),
    }
}
