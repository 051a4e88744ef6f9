//! Walrus behind the front's listeners.

use std::sync::Arc;

use http_body_util::BodyExt as _;
use hyper::{Request, Response};

use super::front::{Answering, Asked, Body, Refusal, RequestId, Service, Why};
use super::walrus::answer::BodyError;
use super::walrus::{Code, S3Error, Walrus};

/// Walrus at one listener.
pub(super) struct S3Front {
    walrus: Arc<Walrus>,
    at_root: bool,
}

impl S3Front {
    /// Walrus below its service paths, or `at_root`.
    pub(super) fn new(walrus: &Arc<Walrus>, at_root: bool) -> Arc<Self> {
        let walrus = Arc::clone(walrus);
        Arc::new(Self { walrus, at_root })
    }
}

impl Service for S3Front {
    fn answer(&self, request: Request<Asked>) -> Answering {
        let id = request.extensions().get::<RequestId>();
        let id = id.map(ToString::to_string).unwrap_or_default();
        let request = request.map(|body| body.map_err(BodyError::from).boxed());
        Box::pin(Arc::clone(&self.walrus).serve(request, id, self.at_root))
    }

    fn refuse(&self, refusal: &Refusal) -> Response<Body> {
        let code = match refusal.why {
            Why::Panicked => Code::InternalError,
            _ => Code::SlowDown,
        };
        let error = S3Error::new(code, refusal.why.to_string());
        let id = refusal.request_id.to_string();
        super::walrus::service::refusal(&error, refusal.uri.path(), &id)
    }
}
