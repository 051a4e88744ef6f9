//! Key pairs: made by the service, or imported.

use std::fmt;

use base64ct::{Base64, Encoding as _};
use serde::Serialize;
use zeroize::Zeroizing;

use super::{
    Done, Ec2Request, Fields, Filter, FromFields, Parameters, Tag, TagSpecification, Unreadable,
};

/// `CreateKeyPair`. The private key is in its answer and nowhere else.
#[derive(Debug, Clone, Default)]
pub struct CreateKeyPair {
    /// Its name.
    pub key_name: String,
    /// `rsa` or `ed25519`; old services know neither word.
    pub key_type: Option<String>,
    /// `pem` or `ppk`.
    pub key_format: Option<String>,
    /// Its tags.
    pub tags: Vec<Tag>,
}

/// `ImportKeyPair`.
#[derive(Debug, Clone, Default)]
pub struct ImportKeyPair {
    /// Its name.
    pub key_name: String,
    /// The public key, in a form that the service takes.
    pub public_key_material: Vec<u8>,
    /// Its tags.
    pub tags: Vec<Tag>,
}

/// `DeleteKeyPair`. That there is no such key pair is success, too.
#[derive(Debug, Clone)]
pub struct DeleteKeyPair {
    /// Its name.
    pub key_name: String,
}

/// `DescribeKeyPairs`.
#[derive(Debug, Clone, Default)]
pub struct DescribeKeyPairs {
    /// Their names; all if empty.
    pub names: Vec<String>,
    /// Conditions.
    pub filters: Vec<Filter>,
    /// Whether the public keys are asked for, too.
    pub include_public_key: bool,
}

/// A key pair, as the service knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyPair {
    /// Its name.
    pub key_name: String,
    /// Its fingerprint. What that is of depends on where it was made.
    pub key_fingerprint: Option<String>,
    /// Its id, at Amazon's.
    pub key_pair_id: Option<String>,
    /// `rsa` or `ed25519`.
    pub key_type: Option<String>,
    /// The line for `authorized_keys`, if it was asked for.
    pub public_key: Option<String>,
    /// When it was made.
    pub create_time: Option<String>,
    /// Its tags.
    pub tags: Vec<Tag>,
}

/// A key pair that was just made, with its private key.
pub struct CreatedKeyPair {
    /// The key pair.
    pub key_pair: KeyPair,
    /// The private key, as text.
    pub key_material: Zeroizing<String>,
}

/// Without the private key.
impl fmt::Debug for CreatedKeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CreatedKeyPair")
            .field(&self.key_pair)
            .finish()
    }
}

/// Tags of key pairs.
fn tagged(tags: &[Tag]) -> [TagSpecification; 1] {
    [TagSpecification {
        resource_type: "key-pair",
        tags: tags.to_vec(),
    }]
}

impl Ec2Request for CreateKeyPair {
    const ACTION: &'static str = "CreateKeyPair";
    // The second one is refused, and the key of the first is lost.
    const REPEATABLE: bool = false;
    type Response = CreatedKeyPair;

    fn write(&self, parameters: &mut Parameters) {
        parameters.set("KeyName", &self.key_name);
        parameters.set_some("KeyType", self.key_type.as_ref());
        parameters.set_some("KeyFormat", self.key_format.as_ref());
        parameters.tag_specifications(&tagged(&self.tags));
    }
}

impl Ec2Request for ImportKeyPair {
    const ACTION: &'static str = "ImportKeyPair";
    // The second one is refused although the first was done.
    const REPEATABLE: bool = false;
    type Response = KeyPair;

    fn write(&self, parameters: &mut Parameters) {
        parameters.set("KeyName", &self.key_name);
        let material = Base64::encode_string(&self.public_key_material);
        parameters.set("PublicKeyMaterial", material);
        parameters.tag_specifications(&tagged(&self.tags));
    }
}

impl Ec2Request for DeleteKeyPair {
    const ACTION: &'static str = "DeleteKeyPair";
    const REPEATABLE: bool = true;
    type Response = Done;

    fn write(&self, parameters: &mut Parameters) {
        parameters.set("KeyName", &self.key_name);
    }
}

impl Ec2Request for DescribeKeyPairs {
    const ACTION: &'static str = "DescribeKeyPairs";
    const REPEATABLE: bool = true;
    type Response = Vec<KeyPair>;

    fn write(&self, parameters: &mut Parameters) {
        parameters.list("KeyName", &self.names);
        parameters.filters(&self.filters);
        let include = self.include_public_key.then_some("true");
        parameters.set_some("IncludePublicKey", include);
    }
}

impl FromFields for Vec<KeyPair> {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        fields.list("keySet")
    }
}

impl FromFields for KeyPair {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            key_name: fields.required("keyName")?,
            key_fingerprint: fields.text("keyFingerprint"),
            key_pair_id: fields.text("keyPairId"),
            key_type: fields.text("keyType"),
            public_key: fields.text("publicKey"),
            create_time: fields.text("createTime"),
            tags: fields.list("tagSet")?,
        })
    }
}

impl FromFields for CreatedKeyPair {
    fn from_fields(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            key_pair: KeyPair::from_fields(fields)?,
            key_material: Zeroizing::new(fields.required("keyMaterial")?),
        })
    }
}
