//! What one client, and all of them together, may ask of the front.

use std::time::Duration;

/// Every limit of the front. Plain data; [`Limits::default`] suits one machine of a small team.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Connections in total, on all listeners. More are answered 503, or closed where TLS would
    /// have to be spoken first. Default 1024: with buffers full it bounds the front to 128 MiB.
    pub connections: usize,
    /// Connections of one client address; of IPv6 one /64, since a single host commands as many
    /// addresses. Default 512: a client that opens as many as it can leaves half to others. Raise
    /// it behind a proxy, which is one address.
    pub connections_per_address: usize,
    /// Bytes of a request line with all headers, and of trailers. More are answered 431. Default
    /// 32 KiB: S3 takes 8 KiB of headers, and a presigned query with a session token is as long.
    pub header_bytes: usize,
    /// Headers of a request. More are answered 431. Default 100.
    pub headers: usize,
    /// The most that a connection buffers each way, at least 8 KiB. It begins with 8 KiB and grows
    /// while reads fill it. Default 64 KiB: more makes no faster uploads, but more memory.
    pub buffer_bytes: usize,
    /// From connecting to the end of the TLS handshake. Default 10 s.
    pub handshake_time: Duration,
    /// From the first byte of a request's head to its last, however the bytes drip. Default 15 s.
    pub header_time: Duration,
    /// Without a request on an open connection. Default 75 s: longer than clients keep connections
    /// in their pools, so that they close first and none is lost between two requests.
    pub idle_time: Duration,
    /// Within a request, without a byte where the client is to send or to take some. What the
    /// service needs for itself does not count. Default 60 s.
    pub stall_time: Duration,
    /// How long what a client still sends is thrown away after an answer that ends the connection.
    /// Closing at once would make its system drop the answer unread. Default 5 s.
    pub linger_time: Duration,
    /// Requests worked on at the same time. More are refused at once. Default 512: twice what one
    /// address may have by the configuration's default, so that no single one keeps others out.
    pub requests_in_flight: usize,
    /// Requests of one client address over time. Default none.
    pub request_rate: Option<Rate>,
    /// What running requests get when the front stops. Default 20 s: less than the 30 s and 90 s
    /// after which Kubernetes and systemd kill.
    pub stop_time: Duration,
}

/// A token bucket: so many requests at once, and so many each second after.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Requests per second in the long run, above 0.
    pub per_second: f64,
    /// Requests at once after a pause, at least 1.
    pub burst: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            connections_per_address: 512,
            header_bytes: 32 << 10,
            headers: 100,
            buffer_bytes: 64 << 10,
            handshake_time: Duration::from_secs(10),
            header_time: Duration::from_secs(15),
            idle_time: Duration::from_secs(75),
            stall_time: Duration::from_mins(1),
            linger_time: Duration::from_secs(5),
            requests_in_flight: 512,
            request_rate: None,
            stop_time: Duration::from_secs(20),
        }
    }
}
