//! The settings: what each is, its unit, its default, and why that is the default.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use super::table::section;
use super::value::{BucketNames, Domain, LogFormat, LogLevel, ObjectsUrl, Region, Secret, Span};
use crate::units::Bytes;

section! {
    /// The cloud as a whole.
    General = "cloud" {
        /// Folder for everything that the cloud keeps: database, objects, keys, credentials.
        /// Not set: /var/lib/amikit-cloud for root, else ~/.local/share/amikit-cloud.
        /// Here and below, a path that is relative starts at the folder of this file.
        data: Option<PathBuf> = None, like "\"/var/lib/amikit-cloud\"";

        /// Name of the region. Requests signed for any other are taken too; this one stands in the
        /// credentials folders, and buckets say that they are in it. The default is what clients
        /// assume when nobody tells them, and needs no location when a bucket is made.
        region: Region = well_known("us-east-1");

        /// Domains whose names are virtual hosts: with "s3.example.org", bucket b is also
        /// http://b.s3.example.org:8773/. DNS must send those names here; *.localhost goes to this
        /// machine by itself in most programs.
        domains: Vec<Domain> =
            ["localhost", "s3.localhost", "walrus.localhost"].map(well_known).into();
    }
}

section! {
    /// Addresses and ports. Port 0 takes any free one, and is for tests.
    Listen = "listen" {
        /// Address to listen at. The default is reached from this machine only, so that trying the
        /// cloud opens nothing to anybody. "0.0.0.0" (or "::") opens it: set `host` as well, and
        /// have clients use the TLS port, since only that keeps what they send to themselves.
        address: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

        /// Name or address by which clients reach this machine: it goes into the credentials
        /// folders and the certificate. Not set: the address above, or 127.0.0.1 for all addresses.
        host: Option<String> = None, like "\"cloud.example.org\"";

        /// Port of the services, /services/Walrus among them, of virtual hosts, health and metrics:
        /// the port that Eucalyptus had.
        cloud_port: u16 = 8773;

        /// Port with S3 at its root, for clients that cannot have a path in an endpoint.
        s3_port: u16 = 9000;

        /// Port of the services through TLS: the port that Eucalyptus had.
        tls_port: u16 = 8443;
    }
}

section! {
    /// The certificate of the TLS port. With neither file, one is made that lasts 397 days and is
    /// renewed at a start in its last 30; clients trust it by tls-ca.pem of their credentials.
    Tls = "tls" {
        /// PEM file with the certificate and those between it and its authority.
        certificate: Option<PathBuf> = None, like "\"/etc/ssl/cloud.pem\"";

        /// PEM file with its private key.
        private_key: Option<PathBuf> = None, like "\"/etc/ssl/private/cloud.pem\"";
    }
}

section! {
    /// The database: accounts, keys, buckets, and which pieces each object has.
    Database = "database" {
        /// "postgres://USER:PASSWORD@HOST/NAME". Not set: SQLite, in cloud.db of the data
        /// directory, which needs nothing installed.
        /// May come from the environment: AMIKIT_CLOUD_DATABASE.
        url: Option<Secret> = None, like "\"postgres://cloud@localhost/cloud\"";

        /// Connections that are held at most. SQLite has one writer whatever this is; PostgreSQL
        /// by default allows 100 for all its clients.
        connections: u32 = 16;
    }
}

section! {
    /// Where the bytes of objects are.
    Objects = "objects" {
        /// "directory": the folder objects of the data directory. "s3://BUCKET/PREFIX": a bucket
        /// of another S3, which should hold nothing else below the prefix.
        url: ObjectsUrl = ObjectsUrl::Directory;

        /// URL of that S3. Not set: Amazon's, of the region below.
        /// May come from the environment: AMIKIT_CLOUD_OBJECTS_ENDPOINT.
        endpoint: Option<String> = None, like "\"https://s3.example.org\"";

        /// Region that requests to it are signed for.
        region: Region = well_known("us-east-1");

        /// Access key for it. Not the variable AWS_ACCESS_KEY_ID: whoever uses this cloud from the
        /// same shell has its own key there.
        /// May come from the environment: AMIKIT_CLOUD_OBJECTS_ACCESS_KEY_ID.
        access_key_id: Option<String> = None, like "\"AKIA…\"";

        /// Its secret. May come from the environment: AMIKIT_CLOUD_OBJECTS_SECRET_ACCESS_KEY.
        secret_access_key: Option<Secret> = None, like "\"…\"";
    }
}

section! {
    /// What one account may have. 0 is no limit.
    Accounts = "accounts" {
        /// Buckets of an account. Eucalyptus allowed 5, Amazon 100 at first; this only stops a
        /// program that has run wild.
        buckets: u32 = 1000;

        /// Bytes in one bucket. Eucalyptus allowed 5120 MiB, which few images fit into; the disk
        /// is the limit here, unless you set one.
        bytes_per_bucket: Bytes = Bytes(0);
    }
}

section! {
    /// How S3 behaves.
    S3 = "s3" {
        /// Names that new buckets may have: "dns", S3's rule of today, since others cannot be
        /// virtual hosts; or "legacy", with upper case and "_", for scripts of Eucalyptus' time.
        bucket_names: BucketNames = BucketNames::Dns;

        /// How far a client's clock may be off in a signed request: S3's own value. Whoever
        /// overhears a request can repeat it as long, as on S3: clients send the same one again
        /// when an answer is lost. The TLS port keeps requests from being overheard.
        clock_skew: Span = Span::seconds(15 * 60);

        /// Age at which a multipart upload that nobody completed is dropped. A week lets an upload
        /// go on after a weekend; 0s keeps them for ever.
        multipart_expiry: Span = Span::seconds(7 * 86_400);

        /// How long the bytes of a deleted or replaced object stay. Readers of this process keep
        /// what they read whatever this says; it is for other processes that share the database.
        garbage_grace: Span = Span::seconds(0);
    }
}

section! {
    /// What one client, or all together, may take from the machine.
    Limits = "limits" {
        /// Connections at once. Each costs some tens of KiB, so that idle ones cannot take the
        /// memory. Further ones wait to be accepted.
        connections: u32 = 1024;

        /// Connections at once from one address. 0 is no limit.
        connections_per_address: u32 = 256;

        /// Requests in a second from one address, on average; more are answered SlowDown, and
        /// clients wait and try again. 0 is no limit.
        requests_per_second: u32 = 0;

        /// Size of a request's line and headers. S3 allows 8 KiB of headers; presigned URLs and
        /// policies need some more.
        header_bytes: Bytes = Bytes::kib(32);

        /// Headers of a request.
        headers: u32 = 100;

        /// Time for the headers of a request to arrive.
        header_timeout: Span = Span::seconds(20);

        /// Time that a connection may stay open between requests.
        idle_timeout: Span = Span::seconds(75);

        /// Time that a body may stand still, in either direction.
        body_timeout: Span = Span::seconds(60);

        /// Size of a list in XML: a delete of 1000 keys of 1024 bytes and a complete of 10,000
        /// parts fit. Other documents have 64 KiB, a form's fields 20 KiB at most, as on S3.
        xml_bytes: Bytes = Bytes::mib(4);

        /// Size of one PUT or part: S3's own value. Objects of many parts may have 5 TiB.
        put_bytes: Bytes = Bytes::gib(5);

        /// Time that requests have to end when the cloud is stopped.
        stop_timeout: Span = Span::seconds(30);
    }
}

section! {
    /// The log, on stderr.
    Log = "log" {
        /// "error", "warn", "info", "debug" (each request) or "trace". AMIKIT_LOG is a finer filter.
        level: LogLevel = LogLevel::Info;

        /// "text" for people, "json" for programs: an object on each line.
        format: LogFormat = LogFormat::Text;
    }
}

/// A default that is written as in the file.
fn well_known<T: std::str::FromStr<Err = String>>(text: &str) -> T {
    text.parse().expect("defaults are checked by the tests")
}
