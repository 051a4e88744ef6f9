//! Brings the cloud up.
//!
//! ```text
//! sockets ─► database ─► store ─► admin, credentials folder ─► Walrus ─► listeners
//! ```
//!
//! Sockets come first: what cannot listen changes nothing. What was left by a crash is put in
//! order before anything is answered.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::Surroundings;
use super::accounts::{self, ADMIN, Office, endpoints as told};
use super::config::{BucketNames, Config, ObjectsUrl};
use super::error::CloudError;
use super::front::{
    self, Bound, Health, Limits, Listener, Metrics, Operator, Rate, Service, Switch, Tls,
};
use super::identity::folder::Endpoints;
use super::identity::{CloudIdentity, canonical_id, files};
use super::objects::{BlobStore, DirectoryStore, S3Store};
use super::s3_front::S3Front;
use super::state::{State, StateError, facts};
use super::walrus::body::Pace;
use super::walrus::names::BucketRule;
use super::walrus::recover::Recovery;
use super::walrus::{Settings, Walrus};
use crate::aws::s3::S3;
use crate::units::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the cloud is made of.
pub struct Cloud {
    /// What the operator decided.
    pub config: Config,
    /// Where everything is kept.
    pub data: PathBuf,
    /// What the machine gives.
    pub surroundings: Surroundings,
    /// The S3 that objects are kept in, where the configuration names one.
    pub outer: Option<S3>,
}

/// A cloud that answers.
pub struct Running {
    /// Where it is.
    pub endpoints: Endpoints,
    /// The administrator's credentials folder.
    pub credentials: PathBuf,
    data: PathBuf,
    front: front::Running,
    state: State,
    sweeper: JoinHandle<()>,
    sweep_stop: watch::Sender<bool>,
}

impl Cloud {
    /// The database, brought up to date.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn state(&self) -> Result<State, CloudError> {
        let url = match &self.config.database.url {
            Some(url) => url.expose().to_owned(),
            None => State::url_below(&self.data),
        };
        Ok(State::open(&url, self.config.database.connections).await?)
    }

    /// The place of the objects. Blocks.
    ///
    /// # Errors
    /// When it is of no use, or belongs to another cloud.
    pub fn store(&self, cloud_id: &str) -> Result<Arc<dyn BlobStore>, CloudError> {
        match &self.config.objects.url {
            ObjectsUrl::Directory => {
                let root = self.data.join("objects");
                Ok(Arc::new(DirectoryStore::open(&root)?))
            }
            ObjectsUrl::S3 { bucket, prefix } => {
                let s3 = self.outer.clone().ok_or(CloudError::NoStore)?;
                Ok(Arc::new(S3Store::open(s3, bucket, prefix, cloud_id)?))
            }
        }
    }

    /// The cloud's own id, from its first start on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn id(&self, state: &State) -> Result<String, CloudError> {
        let fresh = canonical_id(self.surroundings.random);
        let settle = state.write::<_, StateError>(move |db| {
            Box::pin(async move { facts::settle(db, facts::CLOUD_ID, &fresh).await })
        });
        Ok(settle.await?)
    }

    /// Starts it. It answers until `stop` is ready.
    ///
    /// # Errors
    /// When a port is taken, or database, store or keys are of no use.
    pub async fn start(
        self: Arc<Self>,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<Running, CloudError> {
        let config = &self.config;
        files::make_folder(&self.data)?;
        let listen = &config.listen;
        let ports = [listen.cloud_port, listen.s3_port, listen.tls_port];
        let addresses = ports.map(|port| SocketAddr::new(listen.address, port));
        let sockets = front::bind(&addresses)?;
        let ports: Vec<u16> = sockets
            .iter()
            .map(|socket| socket.address().port())
            .collect();
        let endpoints = Endpoints::new(config, [ports[0], ports[1], ports[2]]);

        let state = self.state().await?;
        let id = self.id(&state).await?;
        let (cloud, now) = (Arc::clone(&self), self.now());
        let opened = tokio::task::spawn_blocking(move || {
            let store = cloud.store(&id)?;
            let (config, random) = (&cloud.config, cloud.surroundings.random);
            let identity = CloudIdentity::open(&cloud.data, config, now, random)?;
            Ok::<_, CloudError>((store, identity))
        });
        let (store, identity) = joined(opened.await, "opening the store")?;
        let (admin, key) = accounts::ensure(&state, self.surroundings, ADMIN, None).await?;
        let trust = identity.trust();
        let office = Office::of(&self, state.clone(), endpoints.clone(), trust);
        let credentials = office.give(admin, key, None).await?.folder;
        office.renew_folders().await?;
        told::write(&self.data, &endpoints)?;

        let walrus = Walrus::new(state.clone(), store, settings(config), self.surroundings);
        let walrus = Arc::new(walrus);
        let begun = Recovery::begin(&walrus).await;
        let recovery = begun.map_err(|_| CloudError::Failed {
            part: "looking for what a crash has left", // the log tells why
        })?;
        tokio::spawn(async move {
            if let Err(error) = recovery.run().await {
                tracing::warn!(%error, "what a crash has left is left to the next start");
            }
        });
        let front = self.serve(sockets, &identity, &state, &walrus, stop)?;
        let (sweep_stop, swept) = watch::channel(false);
        let sweeper = tokio::spawn(Arc::clone(&walrus).sweep_until(swept));
        Ok(Running {
            endpoints,
            credentials,
            data: self.data.clone(),
            front,
            state,
            sweeper,
            sweep_stop,
        })
    }

    fn now(&self) -> Timestamp {
        Timestamp((self.surroundings.now_ms)().div_euclid(1000))
    }

    fn serve(
        &self,
        sockets: Vec<Bound>,
        identity: &CloudIdentity,
        state: &State,
        walrus: &Arc<Walrus>,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<front::Running, CloudError> {
        let metrics = Metrics::new(env!("CARGO_PKG_VERSION"), (self.surroundings.now_ms)());
        let asked = state.clone();
        let health = Health::new().check("database", move || {
            let state = asked.clone();
            async move { Ok(state.ping().await?) }
        });
        let operator: Arc<dyn Service> =
            Operator::new(Arc::new(health), Arc::clone(&metrics), axum::Router::new());
        let below: Arc<dyn Service> = {
            let walrus: Arc<dyn Service> = S3Front::new(walrus, false);
            Arc::new(Switch::new(walrus).when(Operator::owns, operator))
        };
        let at_root: Arc<dyn Service> = S3Front::new(walrus, true);
        let tls = Tls::from_pem(
            identity.tls.certificate.as_bytes(),
            identity.tls.key.as_bytes(),
        )?;
        let services = [
            (Arc::clone(&below), None),
            (at_root, None),
            (below, Some(tls)),
        ];
        let listeners = sockets.into_iter().zip(services);
        let listeners = listeners.map(|(socket, (service, tls))| Listener {
            socket,
            tls,
            service,
        });
        let limits = limits(&self.config);
        let listeners = listeners.collect();
        Ok(front::serve(
            listeners,
            &limits,
            &metrics,
            self.surroundings,
            stop,
        ))
    }
}

impl Running {
    /// Waits until it has stopped, after its stop signal. Returns how many requests were cut.
    pub async fn stopped(self) -> usize {
        let stopped = self.front.stopped().await;
        told::remove(&self.data, &self.endpoints);
        self.sweep_stop.send_replace(true);
        if let Err(error) = self.sweeper.await {
            tracing::warn!(%error, "the sweeper has failed");
        }
        self.state.close().await;
        stopped.cut
    }
}

fn settings(config: &Config) -> Settings {
    let bytes = config.accounts.bytes_per_bucket.0;
    Settings {
        domains: config
            .cloud
            .domains
            .iter()
            .map(ToString::to_string)
            .collect(),
        region: config.cloud.region.to_string(),
        names: match config.s3.bucket_names {
            BucketNames::Dns => BucketRule::Dns,
            BucketNames::Legacy => BucketRule::Lax,
        },
        grace_ms: i64::try_from(config.s3.garbage_grace.0.as_millis()).unwrap_or(i64::MAX),
        upload_ms: i64::try_from(config.s3.multipart_expiry.0.as_millis()).unwrap_or(i64::MAX),
        buckets: i64::from(config.accounts.buckets),
        bucket_bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
        object_bytes: config.limits.put_bytes.0,
        list_bytes: config.limits.xml_bytes.0,
        skew_s: i64::try_from(config.s3.clock_skew.0.as_secs()).unwrap_or(i64::MAX),
        pace: Pace {
            stall: config.limits.body_timeout.0,
            ..Pace::default()
        },
    }
}

fn limits(config: &Config) -> Limits {
    let from = &config.limits;
    let whole = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    let unlimited = |number: u32| {
        if number == 0 {
            usize::MAX
        } else {
            whole(number)
        }
    };
    Limits {
        connections: whole(from.connections),
        connections_per_address: unlimited(from.connections_per_address),
        header_bytes: size(from.header_bytes.0),
        headers: whole(from.headers),
        header_time: from.header_timeout.0,
        idle_time: from.idle_timeout.0,
        stall_time: from.body_timeout.0 + Duration::from_secs(5),
        request_rate: (from.requests_per_second > 0).then(|| Rate {
            per_second: f64::from(from.requests_per_second),
            burst: from.requests_per_second.saturating_mul(2),
        }),
        stop_time: from.stop_timeout.0,
        ..Limits::default()
    }
}

fn joined<T>(
    result: Result<Result<T, CloudError>, tokio::task::JoinError>,
    part: &'static str,
) -> Result<T, CloudError> {
    result.unwrap_or(Err(CloudError::Failed { part }))
}
