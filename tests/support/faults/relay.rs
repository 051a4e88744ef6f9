//! One connection through the proxy: request after request, until one of them ends it.
//!
//! ```text
//! request head ─► fault before? ─► body in blocks ─► answer head ─► answer body in blocks
//! ```

use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use super::http::Head;
use super::{Fault, Shared};

/// Bytes that pass at once.
const BLOCK: usize = 16 * 1024;

/// How a body passes.
#[derive(Default)]
struct Course {
    /// It ends after so many bytes.
    limit: Option<u64>,
    /// The byte here is changed.
    corrupt: Option<u64>,
    /// Bytes in a second.
    rate: Option<u64>,
}

/// Serves a client until it or a fault closes the connection.
pub(super) fn serve(shared: &Shared, client: &TcpStream) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut reader = BufReader::new(client.try_clone()?);
    let served = (|| {
        while let Some(head) = Head::read(&mut reader)? {
            if !request(shared, head, &mut reader, client)? {
                break;
            }
        }
        Ok(())
    })();
    // The list of open connections holds another handle: dropping ours would not close it.
    let _ = client.shutdown(Shutdown::Both);
    served
}

/// Serves one request; returns whether another can follow.
fn request(
    shared: &Shared,
    mut head: Head,
    reader: &mut BufReader<TcpStream>,
    mut client: &TcpStream,
) -> io::Result<bool> {
    let method = head.method().to_owned();
    let (number, fault) = shared.note(&method, head.path());
    match fault {
        Some(Fault::DropBeforeBody) => return Ok(false),
        Some(Fault::Stall) => {
            shared.wait(None);
            return Ok(false);
        }
        _ => {}
    }
    if head.get("expect").is_some() {
        client.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        head.remove("expect");
    }
    let prefix = shared.state().prefix.clone();
    let inside = head.path().strip_prefix(prefix.as_str());
    let path = inside.map(|path| format!("/{}", path.trim_start_matches('/')));
    let outside = || Fault::error(404, "NotBelowThePrefix");
    let fault = if path.is_none() {
        Some(outside())
    } else {
        fault
    };

    let (length, mut body) = head.body(reader, false)?;
    if let Some(Fault::Answer {
        status,
        headers,
        body: words,
    }) = fault
    {
        pass(
            shared,
            number,
            &mut body,
            &mut io::sink(),
            &Course::default(),
        )?;
        let mut answer = Head::answer(status, &headers);
        answer.set("Content-Length", &words.len().to_string());
        shared.record(number, |passed| passed.status = Some(status));
        answer.write(&mut client)?;
        if method != "HEAD" {
            client.write_all(words.as_bytes())?;
        }
        return Ok(true);
    }

    if let Some(path) = path {
        head.set_path(&path);
    }
    let mut server = TcpStream::connect(shared.target)?;
    server.set_nodelay(true)?;
    shared.keep(&server)?;
    head.write(&mut server)?;
    let course = match fault {
        Some(Fault::DropInBody(limit) | Fault::StallInBody(limit)) => Course {
            limit: Some(limit),
            ..Course::default()
        },
        Some(Fault::CorruptRequest(place)) => Course {
            corrupt: Some(place),
            ..Course::default()
        },
        Some(Fault::Slow(rate)) => Course {
            rate: Some(rate),
            ..Course::default()
        },
        _ => Course::default(),
    };
    let sent = pass(shared, number, &mut body, &mut server, &course);
    drop(body);
    match fault {
        Some(Fault::DropInBody(_)) => {
            server.shutdown(Shutdown::Both)?;
            return Ok(false);
        }
        Some(Fault::StallInBody(_)) => {
            shared.wait(None);
            return Ok(false);
        }
        _ => {}
    }
    // A server may answer before it has read everything, and close.
    let complete = sent.is_ok_and(|count| count == length);
    let kept = answer(shared, number, &method, fault.as_ref(), (&server, client))?;
    let _ = server.shutdown(Shutdown::Both); // it may have closed already
    Ok(kept && complete)
}

/// Brings the server's answer to the client; returns whether the connection can go on.
fn answer(
    shared: &Shared,
    number: usize,
    method: &str,
    fault: Option<&Fault>,
    (server, mut client): (&TcpStream, &TcpStream),
) -> io::Result<bool> {
    let mut reader = BufReader::new(server);
    let mut head = Head::read(&mut reader)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    while head.status() == Some(100) {
        head = Head::read(&mut reader)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    }
    let bodiless = method == "HEAD" || matches!(head.status(), Some(204 | 304));
    let (length, mut body) = head.body(&mut reader, bodiless)?;
    let mut course = Course::default();
    match fault {
        Some(Fault::LoseReply) => {
            io::copy(&mut body, &mut io::sink())?; // the server has done its work
            return Ok(false);
        }
        Some(Fault::TruncateReply(limit) | Fault::StallInReply(limit)) => {
            course.limit = Some(*limit);
        }
        Some(Fault::CorruptReply(place)) => course.corrupt = Some(*place),
        Some(Fault::WrongEtag) => {
            head.remove("x-amz-checksum-");
            head.set("ETag", "\"0123456789abcdef0123456789abcdef\"");
        }
        Some(Fault::WithoutHeader(name)) => head.remove(name),
        _ => {}
    }
    shared.record(number, |passed| passed.status = head.status());
    head.remove("connection");
    head.write(&mut client)?;
    let count = copy(shared, &mut body, &mut client, &course, |_| {})?;
    if let Some(Fault::StallInReply(_)) = fault {
        shared.wait(None);
    }
    Ok(count == length)
}

/// Passes a request's body on and notes its bytes; returns how many there were.
fn pass(
    shared: &Shared,
    number: usize,
    from: &mut impl Read,
    to: &mut impl Write,
    course: &Course,
) -> io::Result<u64> {
    copy(shared, from, to, course, |count| {
        shared.record(number, |passed| passed.body += count);
    })
}

/// Copies a body block by block, told of each.
fn copy(
    shared: &Shared,
    from: &mut impl Read,
    to: &mut impl Write,
    course: &Course,
    mut told: impl FnMut(u64),
) -> io::Result<u64> {
    let mut block = vec![0; BLOCK];
    let mut total = 0;
    loop {
        let left = course.limit.map_or(u64::MAX, |limit| limit - total);
        let wanted = usize::try_from(left).unwrap_or(BLOCK).min(BLOCK);
        let count = from.read(&mut block[..wanted])?;
        if count == 0 {
            to.flush()?;
            return Ok(total);
        }
        let place = course.corrupt.and_then(|place| place.checked_sub(total));
        if let Some(byte) =
            place.and_then(|place| block[..count].get_mut(usize::try_from(place).ok()?))
        {
            *byte ^= 1;
        }
        to.write_all(&block[..count])?;
        total += count as u64;
        told(count as u64);
        if let Some(rate) = course.rate {
            let nanoseconds = 1_000_000_000 * count as u64 / rate;
            shared.wait(Some(Duration::from_nanos(nanoseconds)));
        }
    }
}
