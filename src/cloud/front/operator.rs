//! What the front answers for those who run it: `/healthz`, `/readyz`, `/metrics`.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::get;
use http_body_util::BodyExt as _;
use hyper::service::Service as _;
use hyper::{Request, Response, StatusCode};
use hyper_util::service::TowerToHyperService;

use super::asked::Asked;
use super::health::Health;
use super::metrics::{self, Metrics};
use super::service::{Answering, Body, BoxError, Operation, Refusal, Service, body_of};

/// The paths, as they are written: nothing else is an operator's.
const PATHS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// The operator's service.
pub struct Operator {
    routes: TowerToHyperService<Router>,
}

impl Operator {
    /// Answers from these; `more` are routes of the program's own, which limits hold for.
    #[must_use]
    pub fn new(health: Arc<Health>, metrics: Arc<Metrics>, more: Router) -> Arc<Self> {
        let router = Router::new()
            .route(
                "/healthz",
                get(async || plain("ok\n".to_owned(), "text/plain")),
            )
            .route("/readyz", get(ready).with_state(health))
            .route("/metrics", get(count).with_state(metrics))
            .merge(more);
        Arc::new(Self {
            routes: TowerToHyperService::new(router),
        })
    }

    /// Whether the request's path is one of the operator's own three.
    #[must_use]
    pub fn owns(request: &Request<Asked>) -> bool {
        PATHS.contains(&request.uri().path())
    }
}

/// Probes want to know how it is now.
fn plain(text: String, kind: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-store")], text)
}

async fn ready(State(health): State<Arc<Health>>) -> impl IntoResponse {
    let readiness = health.readiness().await;
    let status = if readiness.is_ready() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, plain(readiness.json() + "\n", "application/json"))
}

async fn count(State(metrics): State<Arc<Metrics>>) -> impl IntoResponse {
    plain(metrics.text(), metrics::CONTENT_TYPE)
}

impl Service for Operator {
    fn answer(&self, request: Request<Asked>) -> Answering {
        let path = request.uri().path();
        let name = PATHS.iter().find(|known| **known == path);
        let name = name.map_or("other", |path| path.trim_start_matches('/'));
        let answering = self.routes.call(request);
        Box::pin(async move {
            let Ok(response) = answering.await;
            let mut response = response.map(|body| body.map_err(BoxError::from).boxed_unsync());
            let operation = Operation {
                service: "operator",
                name,
                account: None,
            };
            response.extensions_mut().insert(operation);
            response
        })
    }

    fn refuse(&self, refusal: &Refusal) -> Response<Body> {
        let text = format!("{} (request {})\n", refusal.why, refusal.request_id);
        let mut response = Response::new(body_of(text));
        *response.status_mut() = refusal.why.status();
        response
    }

    fn is_exempt(&self, request: &Request<Asked>) -> bool {
        Self::owns(request)
    }
}
