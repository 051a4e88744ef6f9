//! `bundle-and-upload`: bundles an image, and sends every part as soon as it is complete.
//!
//! ```text
//! image ─► bundle_streaming ─► part ─► server has it? ─► Uploader ─► removed here
//!              ▲                             ▲
//!              └── key of the last run ──────┘      state: sealed key, removed at the end
//! ```

mod bucket_sink;
mod report;
mod resume;

use std::num::NonZeroUsize;
use std::time::Instant;

use clap::Arg;

use self::bucket_sink::{BucketSink, Done};
use self::resume::Resume;
use super::bundle_image::{self, options};
use super::destination::{self, Destination};
use super::upload_bundle::{self, REQUESTS, place_args};
use crate::aws::s3::{PostForm, S3};
use crate::bundle::{
    BundleOptions, StreamedBundle, StreamingError, StreamingOptions, bundle_streaming,
};
use crate::cli::cloud;
use crate::cli::dialect::Family;
use crate::cli::failure::{Exit, Failure};
use crate::cli::progress::Watcher;
use crate::cli::session::Session;
use crate::cli::spec::{CommandSpec, Outcome, flag, option};
use crate::progress::{Progress as _, Stage};
use crate::upload::{
    BucketLocation, BucketPath, BucketState, CannedAcl, InOrder, UploadError, UploadNote, Uploader,
    ensure_bucket,
};

/// The command.
pub static SPEC: CommandSpec = CommandSpec {
    name: "bundle-and-upload",
    about: "Bundle a disk image and upload it, part by part, without a copy on disk",
    details: "A part is sent as soon as it is complete and removed when the server has it; at \
              most --max-pending-parts exist at once. The manifest is sent last.\n\n\
              The same command again sends only what is missing, if the image is an unchanged \
              file and both --privatekey and --cert are given: the key of the first run is kept \
              until then, sealed for the certificate, in .PREFIX.amikit-bundle-upload in the \
              directory of the parts.",
    examples: &[
        "amikit bundle-and-upload -i disk.img -b images/debian -r x86_64 --region admin@cloud",
        "zcat disk.img.gz | amikit bundle-and-upload -i - -p disk --image-size 2g -r x86_64 -b images",
    ],
    args,
    sources: bundle_image::SOURCES,
    rows: false,
    run,
};

fn args() -> Vec<Arg> {
    let mut args = transfer_args();
    args.extend(cloud::s3_args());
    args
}

/// The options of every command that bundles and uploads, those of the cloud excepted.
pub(super) fn transfer_args() -> Vec<Arg> {
    let mut args: Vec<Arg> = bundle_image::image_args()
        .into_iter()
        .map(|arg| match arg.get_id().as_str() {
            "destination" => {
                arg.help("Directory of the parts until they are sent (default: $TMPDIR)")
            }
            _ => arg,
        })
        .collect();
    args.extend(place_args());
    args.extend([
        flag("preserve-bundle", "Keep the bundle in --destination too"),
        option(
            "max-pending-parts",
            "N",
            "Most parts on disk at once (default: one more than requests)",
        ),
        option("upload-jobs", "N", "Requests at the same time (default: 6)"),
        flag(
            "no-resume",
            "Take a new key, and send everything, whatever the server has already",
        ),
    ]);
    args
}

fn run(session: &Session<'_>) -> Result<Outcome, Failure> {
    let bucket = upload_bundle::bucket(session)?;
    let watcher = Watcher::new(session)?;
    let watcher = match session.manner.family {
        Family::Euca if session.values.flag("debug") => {
            watcher.telling(report::steps(bucket.bucket()))
        }
        _ => watcher,
    };
    let transfer = Transfer::read(session, &watcher)?;
    let started = Instant::now();
    let (bundled, upload) = transfer.run(session, &watcher)?;
    report::end(session, &bundled, &upload, started.elapsed())?;
    Ok(Outcome::Done)
}

/// A bundle that is to be made and sent.
pub(super) struct Transfer {
    /// The bucket's service.
    pub s3: S3,
    /// Where it goes.
    pub to: BucketPath,
    /// What is bundled.
    pub bundle: BundleOptions,
    acl: Option<CannedAcl>,
    location: BucketLocation,
    form: Option<PostForm>,
    streaming: StreamingOptions,
    destination: Destination,
}

/// What was uploaded.
pub(super) struct Upload {
    /// Where.
    pub to: BucketPath,
    /// The bucket's part; none with a policy.
    pub bucket: Option<BucketState>,
    /// Parts that were sent.
    pub sent: usize,
    /// Bytes that were sent, the manifest's among them.
    pub bytes_sent: u64,
    /// Whether the key of an earlier run was used.
    pub resumed: bool,
}

impl Transfer {
    /// Reads and checks everything that can be checked before the work begins.
    pub(super) fn read(session: &Session<'_>, watcher: &Watcher) -> Result<Self, Failure> {
        let to = upload_bundle::bucket(session)?;
        let acl = upload_bundle::acl(session)?;
        let location = upload_bundle::location(session)?;
        let form = upload_bundle::form(session, watcher, acl)?;
        let streaming = streaming(session)?;
        let s3 = if form.is_some() {
            cloud::s3_unsigned(session, watcher)?
        } else {
            cloud::s3(session, watcher)?
        };
        let place = if streaming.preserve {
            destination::of_bundle
        } else {
            destination::of_passing_parts
        };
        let (bundle, destination) = options::read(session, place)?;
        Ok(Self {
            s3,
            to,
            bundle,
            acl,
            location,
            form,
            streaming,
            destination,
        })
    }

    /// Whether the bucket may be looked into.
    pub(super) fn looks(&self) -> bool {
        self.form.is_none()
    }

    /// Takes the directory away again if it was made for nothing.
    pub(super) fn take_back(&self) {
        self.destination.take_back();
    }

    /// Bundles and uploads; the manifest is sent last.
    pub(super) fn run(
        mut self,
        session: &Session<'_>,
        watcher: &Watcher,
    ) -> Result<(StreamedBundle, Upload), Failure> {
        let (s3, to, form) = (&self.s3, &self.to, self.form);
        tracing::info!(
            prefix = self.bundle.prefix,
            bucket = to.bucket(),
            key_prefix = to.prefix(),
            max_pending = self.streaming.max_pending,
            "bundling and uploading"
        );
        let bucket = if form.is_none() {
            let ensured = ensure_bucket(s3, to.bucket(), &self.location);
            Some(ensured.inspect_err(|_| self.destination.take_back())?)
        } else {
            None // such a form does not allow to look
        };
        let resume = Resume::begin(session, &mut self.bundle, to);
        let sink = BucketSink {
            may_be_there: resume.may_be_there(session) && form.is_none(),
            uploader: Uploader::new(s3, to.clone(), self.acl, form),
            manifest: self.bundle.manifest_name(),
            progress: watcher,
            told: InOrder::new(watcher),
            done: Done::default(),
        };
        watcher.begin(Stage::Upload, None); // nobody knows yet how much it will be

        let result = bundle_streaming(self.bundle, self.streaming, &sink, watcher);

        let BucketSink { manifest, done, .. } = sink;
        let result = result.map_err(|error| failure(error, done.there()));
        let bundled = watcher.end(result).inspect_err(|_| {
            resume.keep_if(done.there() > 0);
            self.destination.take_back();
        })?;
        resume.done();
        if done.old_manifest_stayed() {
            let key = to.key(&manifest);
            session.warn(upload_bundle::words(&UploadNote::OldManifestStayed { key }));
        }
        let upload = Upload {
            bucket,
            sent: done.sent(),
            bytes_sent: done.bytes_sent(),
            resumed: resume.resumed(),
            to: self.to,
        };
        Ok((bundled, upload))
    }
}

fn streaming(session: &Session<'_>) -> Result<StreamingOptions, Failure> {
    let senders = session.parsed("upload-jobs")?.unwrap_or(REQUESTS);
    let most: Option<NonZeroUsize> = session.parsed("max-pending-parts")?;
    Ok(StreamingOptions {
        // One more, so that the next part is made while all requests are busy.
        max_pending: most.unwrap_or(senders.saturating_add(1)),
        senders,
        preserve: session.values.flag("preserve-bundle"),
    })
}

/// What went on well with the same command tells so.
fn failure(error: StreamingError<UploadError>, there: usize) -> Failure {
    let error = match error {
        StreamingError::Bundle(error) => return error.into(),
        StreamingError::Sink(error) => error,
    };
    let may_pass = error.may_pass();
    let failure = Failure::from(error);
    if !may_pass || there == 0 {
        return failure;
    }
    let mut partial = Failure::new(
        Exit::Partial,
        format!("the upload broke off when {there} parts were on the server"),
    );
    partial.chain.extend(failure.chain);
    partial.hint("run the same command again: it sends what is missing")
}
