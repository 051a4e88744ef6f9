-- Accounts, and what Walrus keeps. {name} is a text that sorts by its bytes, in both engines.
-- Times are milliseconds since 1970, UTC. Sizes are bytes. Truth values are 0 or 1.

CREATE TABLE accounts (
    id           {name} PRIMARY KEY,      -- 12 digits
    name         {name} NOT NULL UNIQUE,
    canonical_id {name} NOT NULL UNIQUE,  -- 64 hex digits
    email        TEXT,
    is_admin     BIGINT NOT NULL,
    created_ms   BIGINT NOT NULL
);

CREATE TABLE access_keys (
    id         {name} PRIMARY KEY,
    account_id {name} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    secret     TEXT NOT NULL,
    is_active  BIGINT NOT NULL,
    created_ms BIGINT NOT NULL
);
CREATE INDEX access_keys_of_account ON access_keys (account_id);

-- Every certificate that an account ever had: bundles signed with old ones stay good.
CREATE TABLE certificates (
    fingerprint {name} PRIMARY KEY,       -- SHA-256 of the DER, hex
    account_id  {name} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    pem         TEXT NOT NULL,
    created_ms  BIGINT NOT NULL,
    revoked_ms  BIGINT
);
CREATE INDEX certificates_of_account ON certificates (account_id);

CREATE TABLE buckets (
    name       {name} PRIMARY KEY,
    account_id {name} NOT NULL REFERENCES accounts (id),
    location   TEXT NOT NULL,
    versioning TEXT NOT NULL,             -- off, enabled, suspended
    acl        TEXT NOT NULL,
    cors       TEXT,
    tags       TEXT,
    created_ms BIGINT NOT NULL,
    sequence   BIGINT NOT NULL,           -- of the newest change; whoever changes a bucket counts it up first
    bytes      BIGINT NOT NULL            -- of all versions and parts
);
CREATE INDEX buckets_of_account ON buckets (account_id, name);

-- Versions of objects. Without versioning there is one, whose id is "null".
CREATE TABLE versions (
    bucket      {name} NOT NULL REFERENCES buckets (name),
    object_key  {name} NOT NULL,
    sequence    BIGINT NOT NULL,          -- the bucket's at the time: newer is larger
    version_id  {name} NOT NULL,
    is_latest   BIGINT NOT NULL,
    is_marker   BIGINT NOT NULL,          -- a delete marker
    size        BIGINT NOT NULL,
    etag        TEXT NOT NULL,            -- without quotes
    modified_ms BIGINT NOT NULL,
    account_id  {name} NOT NULL,          -- the owner's
    acl         TEXT NOT NULL,
    headers     TEXT NOT NULL,            -- JSON: Content-Type and its like, and x-amz-meta-*
    tags        TEXT,
    checksum    TEXT,                     -- ALGORITHM TYPE VALUE
    pieces      TEXT NOT NULL             -- the blobs that its bytes are in; last, so that lists pass it by
);
-- The primary key, in the order of lists: newest first.
CREATE UNIQUE INDEX versions_in_order ON versions (bucket, object_key, sequence DESC);
CREATE UNIQUE INDEX versions_by_id ON versions (bucket, object_key, version_id);
CREATE INDEX latest_versions ON versions (bucket, object_key) WHERE is_latest = 1;
-- What lists of objects walk along: a million deleted keys are not in their way.
CREATE INDEX listed_versions ON versions (bucket, object_key) WHERE is_latest = 1 AND is_marker = 0;

-- Multipart uploads that are neither complete nor aborted.
CREATE TABLE uploads (
    id         {name} PRIMARY KEY,
    bucket     {name} NOT NULL REFERENCES buckets (name),
    object_key {name} NOT NULL,
    account_id {name} NOT NULL,           -- who began it
    created_ms BIGINT NOT NULL,
    acl        TEXT NOT NULL,
    headers    TEXT NOT NULL,
    tags       TEXT,
    checksum   TEXT                       -- ALGORITHM TYPE that the object is to have
);
CREATE INDEX uploads_of_bucket ON uploads (bucket, object_key, id);
CREATE INDEX uploads_by_age ON uploads (created_ms, id);

-- Uploads that were completed lately, for clients that did not hear of it and ask again.
CREATE TABLE completions (
    upload       {name} PRIMARY KEY,
    bucket       {name} NOT NULL REFERENCES buckets (name) ON DELETE CASCADE,
    object_key   {name} NOT NULL,
    sequence     BIGINT NOT NULL,         -- of the version that it made
    account_id   {name} NOT NULL,         -- who began it
    completed_ms BIGINT NOT NULL
);
CREATE INDEX completions_by_age ON completions (completed_ms);
CREATE INDEX completions_of_bucket ON completions (bucket);

CREATE TABLE parts (
    upload      {name} NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    number      BIGINT NOT NULL,
    blob        {name} NOT NULL,
    size        BIGINT NOT NULL,
    md5         TEXT NOT NULL,            -- hex; the part's ETag
    checksum    TEXT,                     -- ALGORITHM VALUE
    modified_ms BIGINT NOT NULL,
    PRIMARY KEY (upload, number)
);
CREATE INDEX parts_by_blob ON parts (blob);

-- Blobs that nothing points to any more and that are still to be deleted.
CREATE TABLE garbage (
    blob     {name} PRIMARY KEY,
    since_ms BIGINT NOT NULL,
    failures BIGINT NOT NULL DEFAULT 0,   -- of deleting it, one after the other
    due_ms   BIGINT NOT NULL              -- when to try it, again if it failed
);
CREATE INDEX garbage_by_due ON garbage (due_ms, blob);

-- What there is once: the cloud's own id and the like.
CREATE TABLE facts (
    name  {name} PRIMARY KEY,
    value TEXT NOT NULL
);
