//! Ctrl-C and SIGTERM while EC2 is waited for.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::support::ec2_server::{Answer, Ec2Server};
use crate::support::s3_server::{KEYS, environment};
use crate::support::sandbox::Sandbox;

/// Begins a command as a client of the EC2 at this URL.
fn begin(sandbox: &Sandbox, url: &str, arguments: &[&str]) -> Child {
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_amikit"));
    command.args(arguments).envs(environment(url, KEYS));
    command.env("EC2_URL", url).stderr(Stdio::piped());
    command.spawn().expect("run amikit")
}

/// Sends a signal, and returns the exit code and what was said.
fn stop(child: Child, signal: &str) -> (Option<i32>, String) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args([signal, &id]).status();
    assert!(sent.expect("run kill").success());
    let output = child.wait_with_output().expect("wait for amikit");
    let said = String::from_utf8(output.stderr).expect("text");
    (output.status.code(), said)
}

#[test]
fn who_stops_a_call_that_is_made_once_is_told_that_it_may_have_been_done() {
    let sandbox = Sandbox::new("ec2-stop-call");
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("listen on the loopback");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let arguments = ["create-snapshot", "vol-0123456789abcdef0"];
        let child = begin(&sandbox, &url, &arguments);
        let (stream, _) = listener.accept().expect("a connection");
        let mut request = BufReader::new(&stream);
        let mut length = 0;
        let mut line = String::new();
        while request.read_line(&mut line).expect("a request") > 2 {
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            }
            line.clear();
        }
        request
            .read_exact(&mut vec![0; length])
            .expect("the request's form");

        let (ended, said) = stop(child, signal);

        assert_eq!(ended, Some(code), "{said}");
        assert!(said.contains("CreateSnapshot"), "{said}");
        assert!(said.contains("it may have been done"), "{said}");
        assert!(said.contains("look whether it was done"), "{said}");
    }
}

#[test]
fn waiting_ends_with_the_signals_exit_code() {
    let sandbox = Sandbox::new("ec2-stop-wait");
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let server = Ec2Server::answering(&[("CreateSnapshot", "eucalyptus")]);
        let unknown = Answer::refusal(400, "InvalidSnapshot.NotFound", "not yet");
        server.answer("DescribeSnapshots", unknown);
        let arguments = ["create-snapshot", "vol-0123456789abcdef0", "--wait"];
        let child = begin(&sandbox, &server.url(), &arguments);
        while server.requests().len() < 2 {
            thread::sleep(Duration::from_millis(10));
        }

        let (ended, said) = stop(child, signal);

        assert_eq!(ended, Some(code), "{said}");
        assert!(said.contains("interrupted"), "{said}");
    }
}
