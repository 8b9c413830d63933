use super::*;
use std::net::TcpListener;

/// A server that does as JupyterLab: says where it is, and ends with its parent.
fn server(jupyter: &Jupyter, listener: &TcpListener, last: &str) -> Child {
    let port = listener.local_addr().unwrap().port();
    let place = r#"{"url": "http://127.0.0.1/", "token": "t", "port": PORT}"#;
    let script = format!(
        "echo '{}' > \"$FOLDER/jpserver-$$.json\"; {last}",
        place.replace("PORT", &port.to_string())
    );
    let mut command = Command::new("sh");
    command.args(["-c", &script]).env("FOLDER", jupyter.runtime());
    command.stdin(Stdio::piped()).process_group(0).spawn().unwrap()
}

fn set_up() -> (tempfile::TempDir, Jupyter, TcpListener) {
    let folder = tempfile::tempdir().unwrap();
    let jupyter = Jupyter::open(&Home::at(folder.path()).unwrap(), folder.path().into()).unwrap();
    (folder, jupyter, TcpListener::bind("127.0.0.1:0").unwrap())
}

fn no_errors() -> Errors {
    Errors::of(Path::new("/dev/null")).unwrap()
}

#[test]
fn a_launchers_last_words_are_found_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("lab.log");
    fs::write(&log, "[I] Kernel started\nerror: there is no tem").unwrap();
    let mut errors = Errors::of(&log).unwrap();
    assert!(errors.new_lines().is_empty());
    let mut more = File::options().append(true).open(&log).unwrap();
    io::Write::write_all(&mut more, b"plate\n[W] restarting\n").unwrap();
    assert_eq!(errors.new_lines(), ["there is no template"]);
    io::Write::write_all(&mut more, b"error: there is no template\n").unwrap();
    assert!(errors.new_lines().is_empty());
}

#[test]
fn a_stop_ends_the_server() {
    let (_folder, jupyter, listener) = set_up();
    let mut child = server(&jupyter, &listener, "cat > /dev/null; exit 7");
    let stop = AtomicBool::new(true);
    serve(&mut child, jupyter.runtime(), &stop, &mut no_errors(), |_| {}).unwrap();
    end(&mut child);
    assert_eq!(child.try_wait().unwrap().unwrap().code(), Some(7));
}

#[test]
fn a_server_that_ends_by_itself_is_no_error_and_one_that_fails_is() {
    let (_folder, jupyter, listener) = set_up();
    let stop = AtomicBool::new(false);
    let ends = "while [ ! -e \"$FOLDER/go\" ]; do sleep 0.05; done; exit 0";
    let mut child = server(&jupyter, &listener, ends);
    thread::scope(|scope| {
        let served =
            scope.spawn(|| serve(&mut child, jupyter.runtime(), &stop, &mut no_errors(), |_| {}));
        // It was announced once it was connected to.
        listener.accept().unwrap();
        fs::write(jupyter.runtime().join("go"), "").unwrap();
        served.join().unwrap().unwrap();
    });
    let mut child = server(&jupyter, &listener, "exit 3");
    let error = serve(&mut child, jupyter.runtime(), &stop, &mut no_errors(), |_| {}).unwrap_err();
    assert!(error.to_string().contains("JupyterLab ended"), "{error}");
}
