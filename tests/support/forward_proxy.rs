//! The proxy of a company's network: it alone knows where a host is.
//!
//! ```text
//! amikit ─► CONNECT HOST:443 HTTP/1.1 ──────► a tunnel ─┐
//!        └► PUT http://HOST/b/k HTTP/1.1 ──► relayed ───┴─► the one server behind it
//! ```
//!
//! Whatever host is asked for, its server is meant: a test can use a name that nobody but the
//! proxy knows, and so be sure that nothing went past it.

use std::io::{self, BufReader, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::faults::http::Head;

/// A running proxy. Its thread ends with the test program.
pub struct ForwardProxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

/// What each connection knows.
#[derive(Clone)]
struct Way {
    server: SocketAddr,
    /// The `Proxy-Authorization` to ask for, if any.
    wanted: Option<&'static str>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl ForwardProxy {
    /// Starts a proxy in front of a server.
    pub fn start(server: SocketAddr) -> Self {
        Self::with(server, None)
    }

    /// Starts one that lets in who sends this `Proxy-Authorization`.
    pub fn asking_for(server: SocketAddr, authorization: &'static str) -> Self {
        Self::with(server, Some(authorization))
    }

    fn with(server: SocketAddr, wanted: Option<&'static str>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("listen on the loopback");
        let address = listener.local_addr().expect("a listener has an address");
        let asked = Arc::default();
        let way = Way {
            server,
            wanted,
            asked: Arc::clone(&asked),
        };
        thread::spawn(move || {
            while let Ok((client, _)) = listener.accept() {
                let way = way.clone();
                // A client that goes away is no fault of the proxy.
                thread::spawn(move || serve(&way, &client).ok());
            }
        });
        Self { address, asked }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The method and target of every request so far: `CONNECT host:443`, `PUT http://host/b/k`.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("what was asked").clone()
    }
}

/// Serves the requests of a connection.
fn serve(way: &Way, mut client: &TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    while let Some(mut head) = Head::read(&mut reader)? {
        let target = format!("{} {}", head.method(), head.path());
        way.asked.lock().expect("what was asked").push(target);
        if way.wanted.is_some() && head.get("proxy-authorization") != way.wanted {
            let headers = [("Content-Length".to_owned(), "0".to_owned())];
            Head::answer(407, &headers).write(&mut client)?;
            return client.shutdown(Shutdown::Both);
        }
        if head.method() == "CONNECT" {
            let server = TcpStream::connect(way.server)?;
            client.write_all(b"HTTP/1.1 200 Established\r\n\r\n")?;
            return tunnel(reader, client, &server);
        }
        if !relay(way, &mut head, &mut reader, client)? {
            return client.shutdown(Shutdown::Both);
        }
    }
    Ok(())
}

/// Passes bytes in both directions until one side ends.
fn tunnel(
    mut from_client: BufReader<TcpStream>,
    client: &TcpStream,
    server: &TcpStream,
) -> io::Result<()> {
    thread::scope(|scope| {
        scope.spawn(|| {
            let (mut from, mut to) = (server, client);
            let _ = io::copy(&mut from, &mut to); // a side that ends, ends both
            let _ = client.shutdown(Shutdown::Both);
        });
        let mut to = server;
        let result = io::copy(&mut from_client, &mut to);
        let _ = server.shutdown(Shutdown::Both);
        result.map(|_| ())
    })
}

/// Passes a request to the server and the answer back; returns whether another can follow.
fn relay(
    way: &Way,
    head: &mut Head,
    reader: &mut BufReader<TcpStream>,
    mut client: &TcpStream,
) -> io::Result<bool> {
    let method = head.method().to_owned();
    let place = head.path().strip_prefix("http://");
    let path = place.and_then(|place| place.find('/').map(|slash| place[slash..].to_owned()));
    let Some(path) = path else {
        Head::answer(400, &[]).write(&mut client)?;
        return Ok(false);
    };
    head.set_path(&path);
    head.remove("proxy-");
    let (_, mut body) = head.body(reader, false)?;
    let mut server = TcpStream::connect(way.server)?;
    head.write(&mut server)?;
    io::copy(&mut body, &mut server)?;
    drop(body);
    let mut from_server = BufReader::new(server);
    let mut answer = Head::read(&mut from_server)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    while answer.status() == Some(100) {
        answer = Head::read(&mut from_server)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    }
    let bodiless = method == "HEAD" || matches!(answer.status(), Some(204 | 304));
    let (_, mut body) = answer.body(&mut from_server, bodiless)?;
    answer.remove("connection");
    answer.write(&mut client)?;
    io::copy(&mut body, &mut client)?;
    Ok(true)
}
