//! Who sent a request: the signature is checked here, and nowhere else.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::Walrus;
use super::error::{Code, S3Error, S3Result};
use super::request::Target;
use crate::aws::sign::verify::{Expected, Verified};
use crate::aws::sign::{Claim, Payload, SignableRequest, SignatureError};
use crate::cloud::state::accounts::{self, AccessKey, Account};
use crate::units::Timestamp;

/// How long an access key that was looked up is believed, in ms. A key that was taken away by
/// another program opens things for as long.
const BELIEVED_MS: i64 = 1_000;

/// Most access keys that are remembered.
const REMEMBERED: usize = 1_000;

/// Who sent a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Nobody signed it.
    Anonymous,
    /// An account.
    Account(Account),
}

impl Caller {
    /// The account, if there is one.
    ///
    /// # Errors
    /// `AccessDenied` for nobody.
    pub fn account(&self) -> S3Result<&Account> {
        match self {
            Self::Account(account) => Ok(account),
            Self::Anonymous => Err(S3Error::access_denied()),
        }
    }

    /// Whether it may do anything.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        matches!(self, Self::Account(account) if account.is_admin)
    }
}

/// Access keys that were looked up a moment ago.
#[derive(Default)]
pub struct Signers(Mutex<HashMap<String, (i64, Account, AccessKey)>>);

impl Signers {
    fn recall(&self, id: &str, now_ms: i64) -> Option<(Account, AccessKey)> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (when, account, key) = known.get(id)?;
        let is_fresh = now_ms.abs_diff(*when) < BELIEVED_MS.unsigned_abs();
        is_fresh.then(|| (account.clone(), key.clone()))
    }

    fn remember(&self, now_ms: i64, account: Account, key: AccessKey) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(key.id.clone(), (now_ms, account, key));
    }
}

impl Walrus {
    /// Who sent a request, and what was signed about its body.
    ///
    /// # Errors
    /// When it is signed, but not rightly.
    pub(super) async fn identify(
        &self,
        method: &str,
        host: &str,
        target: &Target,
        headers: &[(String, String)],
        now_ms: i64,
    ) -> S3Result<(Caller, Option<Verified>)> {
        let request = SignableRequest {
            method,
            host,
            path: &target.path,
            service_path: &target.service_path,
            virtual_bucket: target.bucket.as_deref().filter(|_| target.is_virtual),
            query: &target.query,
            headers,
        };
        let refused = |error: SignatureError| refusal(&error, self.settings.skew_s);
        let claim = Claim::read(&request).map_err(refused)?;
        let Some(claim) = claim else {
            return Ok((Caller::Anonymous, None));
        };
        let (account, key) = self.signer(claim.access_key_id(), now_ms).await?;
        let expected = Expected {
            now: Timestamp(now_ms.div_euclid(1000)),
            service: "s3",
            region: None,
            skew: self.settings.skew_s,
        };
        if claim.session_token().is_some() {
            return Err(no_session());
        }
        let verified = claim.verify(&key.secret, &request, &expected, &Payload::Unsigned);
        let verified = verified.map_err(refused)?;
        Ok((Caller::Account(account), Some(verified)))
    }

    /// The account and secret behind an access key.
    ///
    /// # Errors
    /// `InvalidAccessKeyId` when there is none.
    pub(super) async fn signer(&self, id: &str, now_ms: i64) -> S3Result<(Account, AccessKey)> {
        if let Some(known) = self.signers.recall(id, now_ms) {
            return Ok(known);
        }
        let mut db = self.state.reader().await?;
        let found = accounts::signer(&mut db, id).await?;
        let (account, key) = found.ok_or_else(|| {
            let message = "there is no such access key, or it is not active";
            let id: String = id.chars().take(128).collect();
            S3Error::new(Code::InvalidAccessKeyId, message).with("AWSAccessKeyId", id)
        })?;
        self.signers.remember(now_ms, account.clone(), key.clone());
        Ok((account, key))
    }
}

/// There are no temporary credentials here.
pub(super) fn no_session() -> S3Error {
    S3Error::new(
        Code::InvalidAccessKeyId,
        "this service gives out no session tokens: sign with the access key alone",
    )
}

/// A refused signature as S3 words it.
pub(super) fn refusal(error: &SignatureError, skew_s: i64) -> S3Error {
    let code = Code::from_name(error.code()).unwrap_or(Code::AccessDenied);
    let refusal = S3Error::new(code, error.to_string());
    match error {
        SignatureError::Skewed { requested, now } => refusal
            .with("RequestTime", requested.iso8601())
            .with("ServerTime", now.iso8601())
            .with(
                "MaxAllowedSkewMilliseconds",
                skew_s.saturating_mul(1000).to_string(),
            ),
        _ => refusal,
    }
}
