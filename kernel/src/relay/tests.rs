use super::*;
use serde_json::Value;
use std::collections::HashSet;

fn made_in(kernel: &Path) -> RelayFolder {
    RelayFolder::make(&Settings::of_test(kernel), kernel).unwrap()
}

#[test]
fn each_kernel_has_its_own_ports_and_key() {
    let both = [connection().unwrap(), connection().unwrap()];
    let [one, other] = both.map(|text| serde_json::from_slice::<Value>(&text).unwrap());
    let ports: HashSet<u64> = PORTS.iter().map(|name| one[name].as_u64().unwrap()).collect();
    assert_eq!(ports.len(), PORTS.len());
    assert_ne!(one["key"], other["key"]);
    assert_eq!(one["key"].as_str().unwrap().len(), 64);
}

#[test]
#[cfg(target_os = "linux")]
fn a_kernel_takes_no_port_from_those_that_jupyter_has_chosen() {
    let facts: Value = serde_json::from_slice(&connection().unwrap()).unwrap();
    let own: Ipv4Addr = facts["ip"].as_str().unwrap().parse().unwrap();
    assert!(own.is_loopback() && own != Ipv4Addr::LOCALHOST, "{own}");
    // Each of its ports is free where Jupyter's are.
    for name in PORTS {
        let port = u16::try_from(facts[name].as_u64().unwrap()).unwrap();
        let _jupyter = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
        TcpListener::bind((own, port)).unwrap();
    }
}

#[test]
fn nobody_else_can_read_the_key() {
    use std::os::unix::fs::PermissionsExt;
    let private = tempfile::tempdir().unwrap();
    let folder = made_in(private.path());
    assert!(folder.connection_file().is_file());
    let mode = fs::metadata(&folder.0).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
}

#[test]
fn a_stop_reaches_a_training_and_leaves_a_quiet_kernel_alone() {
    let private = tempfile::tempdir().unwrap();
    let folder = made_in(private.path());
    assert!(!stop_training(private.path()).unwrap());
    assert!(!folder.stop_file().exists());
    fs::write(private.path().join("relay/training"), "").unwrap();
    assert!(stop_training(private.path()).unwrap());
    assert!(folder.stop_file().exists());
}
