//! Where accounts are made: the database, and what credentials folders are written from.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use super::super::config::Config;
use super::super::error::CloudError;
use super::super::identity::folder::{self, Credentials, Endpoints};
use super::super::identity::{IdentityError, Trust, files, wrong_user_name};
use super::super::state::accounts::{self, AccessKey, Account, Certificate};
use super::super::state::overview::{self, Overview};
use super::super::state::{State, StateError};
use super::super::{Cloud, Surroundings};
use super::{ADMIN, AccountError, MOST_KEYS, endpoints, leaving, new_account, new_key, newest};
use crate::crypto::x509;
use crate::units::Timestamp;

/// Where accounts are made, listed and ended.
pub struct Office {
    state: State,
    surroundings: Surroundings,
    data: PathBuf,
    config: Config,
    endpoints: Endpoints,
    trust: Trust,
}

impl fmt::Debug for Office {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Office")
            .field("data", &self.data)
            .finish_non_exhaustive()
    }
}

/// A user to be.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The name.
    pub name: String,
    /// E-mail address, by which others may grant it something.
    pub email: Option<String>,
    /// Whether it may do everything.
    pub is_admin: bool,
}

/// What a user is given.
#[derive(Debug, Clone)]
pub struct Given {
    /// The account.
    pub account: Account,
    /// The key in the folder.
    pub key: AccessKey,
    /// The credentials folder, absolute.
    pub folder: PathBuf,
    /// Whether key and certificate for signing bundles were made anew.
    pub is_new_pair: bool,
}

/// What is left when an access key is gone.
#[derive(Debug, Clone)]
pub struct Removed {
    /// The id of the key that credentials have now; none if it was the last.
    pub left_id: Option<String>,
    /// The folder that was written.
    pub folder: Option<PathBuf>,
}

/// An account that is gone.
#[derive(Debug, Clone)]
pub struct Deleted {
    /// The account.
    pub account: Account,
    /// How many buckets went with it.
    pub buckets: usize,
    /// How many versions of objects were in them.
    pub versions: usize,
    /// Where its credentials folder is now.
    pub folder: Option<PathBuf>,
}

impl Office {
    /// Opens the database and identity of a cloud, which may be running or not.
    ///
    /// # Errors
    /// When one of them is of no use.
    pub async fn open(cloud: &Cloud) -> Result<Self, CloudError> {
        files::make_folder(&cloud.data)?;
        let state = cloud.state().await?;
        let now = Timestamp((cloud.surroundings.now_ms)().div_euclid(1000));
        let (data, config) = (cloud.data.clone(), cloud.config.clone());
        let random = cloud.surroundings.random;
        let trust = Trust::read(&data, &config, now, random)?;
        let listen = &config.listen;
        let ports = [listen.cloud_port, listen.s3_port, listen.tls_port];
        let running = endpoints::read(&data)?;
        let endpoints = running.unwrap_or_else(|| Endpoints::new(&config, ports));
        Ok(Self::of(cloud, state, endpoints, trust))
    }

    /// That of a cloud which starts.
    pub(in crate::cloud) fn of(
        cloud: &Cloud,
        state: State,
        endpoints: Endpoints,
        trust: Trust,
    ) -> Self {
        Self {
            state,
            surroundings: cloud.surroundings,
            data: cloud.data.clone(),
            config: cloud.config.clone(),
            endpoints,
            trust,
        }
    }

    /// Makes an account with an access key and a credentials folder.
    ///
    /// # Errors
    /// When name or address cannot be, or are taken; when database or folder fail.
    pub async fn add(&self, user: &NewUser) -> Result<Given, CloudError> {
        let name = user.name.clone();
        if let Some(why) = wrong_user_name(&name) {
            return Err(IdentityError::UserName { name, why }.into());
        }
        if let Some(email) = user.email.as_deref().filter(|email| !is_address(email)) {
            let email = email.chars().take(80).collect();
            return Err(AccountError::Email { email }.into());
        }
        let is_admin = user.is_admin || name == ADMIN;
        let account = new_account(&name, user.email.as_deref(), is_admin, self.surroundings);
        let key = new_key(&account.id, self.surroundings);
        let made = (account.clone(), key.clone());
        let change = self.state.write::<_, CloudError>(move |db| {
            Box::pin(async move {
                if let Some(there) = accounts::by_name(db, &account.name).await? {
                    let (name, id) = (there.name, there.id);
                    return Err(AccountError::Taken { name, id }.into());
                }
                if let Some(email) = account.email.clone()
                    && let Some(there) = accounts::by_email(db, &email).await?
                {
                    let name = there.name;
                    return Err(AccountError::EmailTaken { email, name }.into());
                }
                accounts::insert(db, &account).await?;
                accounts::insert_key(db, &key).await?;
                Ok(())
            })
        });
        change.await?;
        self.give(made.0, made.1, None).await
    }

    /// Every account, by name, with what it has.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&self) -> Result<Vec<Overview>, CloudError> {
        let mut db = self.state.reader().await?;
        Ok(overview::all(&mut db).await?)
    }

    /// One account with its keys, oldest first.
    ///
    /// # Errors
    /// When there is none of this name, or the database fails.
    pub async fn keys(&self, name: &str) -> Result<(Account, Vec<AccessKey>), CloudError> {
        let mut db = self.state.reader().await?;
        let found = accounts::by_name(&mut db, name).await?;
        let account = found.ok_or_else(|| unknown(name))?;
        let keys = accounts::keys(&mut db, &account.id).await?;
        Ok((account, keys))
    }

    /// Every certificate that an account has or had, oldest first.
    ///
    /// # Errors
    /// When there is no such account, or the database fails.
    pub async fn certificates(&self, name: &str) -> Result<Vec<Certificate>, CloudError> {
        let (account, _) = self.keys(name).await?;
        let mut db = self.state.reader().await?;
        Ok(accounts::certificates(&mut db, &account.id).await?)
    }

    /// Gives an account one more access key, and puts it into its folder.
    ///
    /// # Errors
    /// When it has as many as it may have; when database or folder fail.
    pub async fn add_key(&self, name: &str) -> Result<Given, CloudError> {
        let name = name.to_owned();
        let fresh = new_key("", self.surroundings);
        let change = self.state.write::<_, CloudError>(move |db| {
            Box::pin(async move {
                let found = accounts::by_name(db, &name).await?;
                let account = found.ok_or_else(|| unknown(&name))?;
                accounts::lock(db, &account.id).await?;
                let keys = accounts::keys(db, &account.id).await?;
                if keys.len() >= MOST_KEYS {
                    let ids = keys.into_iter().map(|key| key.id).collect();
                    return Err(AccountError::TooManyKeys { name, ids }.into());
                }
                let latest = keys.iter().map(|key| key.created_ms).max();
                let key = AccessKey {
                    account_id: account.id.clone(),
                    // The newest also when the clock went back.
                    created_ms: fresh.created_ms.max(latest.unwrap_or(0).saturating_add(1)),
                    ..fresh
                };
                accounts::insert_key(db, &key).await?;
                Ok((account, key))
            })
        });
        let (account, key) = change.await?;
        self.give(account, key, None).await
    }

    /// Takes an access key away. A folder in its usual place gets the one that is left.
    ///
    /// # Errors
    /// When the account has no such key; when database or folder fail.
    pub async fn remove_key(&self, name: &str, id: &str) -> Result<Removed, CloudError> {
        let (owner, removed) = (name.to_owned(), id.to_owned());
        let change = self.state.write::<_, CloudError>(move |db| {
            Box::pin(async move {
                let found = accounts::by_name(db, &owner).await?;
                let account = found.ok_or_else(|| unknown(&owner))?;
                accounts::lock(db, &account.id).await?;
                let mut keys = accounts::keys(db, &account.id).await?;
                if !keys.iter().any(|key| key.id == removed) {
                    let (name, id) = (owner, removed.chars().take(128).collect());
                    let ids = keys.into_iter().map(|key| key.id).collect();
                    return Err(AccountError::NoSuchKey { name, id, ids }.into());
                }
                overview::delete_key(db, &removed).await?;
                keys.retain(|key| key.id != removed);
                Ok((account, newest(keys)))
            })
        });
        let (account, left) = change.await?;
        let left_id = left.as_ref().map(|key| key.id.clone());
        let is_here = folder::path_of(&self.data, &account.name)?.exists();
        let folder = match left.filter(|_| is_here) {
            Some(key) => Some(self.give(account, key, None).await?.folder),
            None => None,
        };
        Ok(Removed { left_id, folder })
    }

    /// Writes the credentials folder of an account again, or one of its own in `to`. Keys stay.
    ///
    /// # Errors
    /// When there is no such account, it has no key, or the folder cannot be written.
    pub async fn credentials(&self, name: &str, to: Option<&Path>) -> Result<Given, CloudError> {
        let (account, keys) = self.keys(name).await?;
        let name = account.name.clone();
        let key = newest(keys).ok_or(AccountError::NoKey { name })?;
        self.give(account, key, to).await
    }

    /// Deletes an account; with its buckets, if that is wished.
    ///
    /// # Errors
    /// When it may not go; when the database fails, and then the same again does the rest.
    pub async fn delete(&self, name: &str, with_buckets: bool) -> Result<Deleted, CloudError> {
        let account = leaving::disarm(&self.state, name, with_buckets).await?;
        let now_ms = (self.surroundings.now_ms)();
        let (buckets, versions) = leaving::remove(&self.state, &account, now_ms).await?;
        let folder = leaving::put_aside(&self.data, &account)?;
        Ok(Deleted {
            account,
            buckets,
            versions,
            folder,
        })
    }

    /// Brings every folder that is in its usual place up to date: endpoints follow the cloud.
    /// One that cannot be written is logged, and keeps nobody from starting.
    ///
    /// # Errors
    /// When the database fails.
    pub(in crate::cloud) async fn renew_folders(&self) -> Result<(), CloudError> {
        let mut db = self.state.reader().await?;
        let all = overview::all(&mut db).await?;
        drop(db);
        for Overview { account, .. } in all {
            let is_here = folder::path_of(&self.data, &account.name).is_ok_and(|it| it.exists());
            if !is_here || account.name == ADMIN {
                continue;
            }
            match self.credentials(&account.name, None).await {
                Ok(_) | Err(CloudError::Account(AccountError::NoKey { .. })) => {}
                Err(error) => {
                    let causes = crate::cloud::causes(&error);
                    tracing::warn!(user = account.name, %causes, "a credentials folder stays old");
                }
            }
        }
        Ok(())
    }

    /// Writes a folder, and notes the certificate in it.
    pub(in crate::cloud) async fn give(
        &self,
        account: Account,
        key: AccessKey,
        to: Option<&Path>,
    ) -> Result<Given, CloudError> {
        let now_ms = (self.surroundings.now_ms)();
        let now = Timestamp(now_ms.div_euclid(1000));
        let usual = folder::path_of(&self.data, &account.name)?;
        match to {
            Some(folder) => may_become_folder(folder)?,
            None => files::make_folder(&self.data.join("credentials"))?,
        }
        let place = to.unwrap_or(&usual);
        // The private key is in folders only: in the one to be written, or in the usual one.
        let random = self.surroundings.random;
        let source = if folder::has_pair(place, &account.name) {
            place
        } else {
            &usual
        };
        let (pair, is_new_pair) = folder::pair(source, &account.name, &account.id, now, random)?;
        let credentials = Credentials {
            user: &account.name,
            account: &account.id,
            access_key_id: &key.id,
            secret_key: &key.secret,
            pair: &pair,
            cloud_certificate: &self.trust.cloud,
            tls_authority: &self.trust.tls_authority,
            endpoints: &self.endpoints,
            region: self.config.cloud.region.as_str(),
        };
        let (folder, _) = folder::write(place, &credentials)?;
        let parsed = x509::Certificate::from_pem(&pair.certificate, &folder);
        let parsed = parsed.map_err(|error| IdentityError::Make {
            what: "certificate",
            why: error.to_string(),
        })?;
        let certificate = Certificate {
            fingerprint: hex::encode(parsed.fingerprint()),
            account_id: account.id.clone(),
            pem: pair.certificate.clone(),
            created_ms: now_ms,
            revoked_ms: None,
        };
        let change = self.state.write::<_, StateError>(move |db| {
            Box::pin(async move { accounts::insert_certificate(db, &certificate).await })
        });
        change.await?;
        Ok(Given {
            account,
            key,
            folder,
            is_new_pair,
        })
    }

    /// Ends all connections.
    pub async fn close(self) {
        self.state.close().await;
    }
}

/// Whether credentials may be written here: the folder is new, empty, or has some already. Another
/// would be closed to everybody else, whatever is in it.
fn may_become_folder(folder: &Path) -> Result<(), AccountError> {
    let is_free = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none() || folder.join("eucarc").exists(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    };
    if is_free {
        return Ok(());
    }
    let folder = folder.to_owned();
    Err(AccountError::Occupied { folder })
}

/// Whether a text has the form of an e-mail address.
fn is_address(text: &str) -> bool {
    let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    let parts = text.split_once('@');
    plain && parts.is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty())
}

fn unknown(name: &str) -> AccountError {
    AccountError::Unknown {
        name: name.chars().take(80).collect(),
    }
}
