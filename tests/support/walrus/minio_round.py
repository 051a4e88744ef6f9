"""The round of minio-py: `minio_round.py`. It knows no path in the endpoint."""

import hashlib
import io
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlsplit

from minio import Minio
from minio.commonconfig import CopySource, ComposeSource, Tags
from minio.commonconfig import REPLACE
from minio.datatypes import PostPolicy
from minio.deleteobjects import DeleteObject
from minio.versioningconfig import ENABLED, SUSPENDED, VersioningConfig

from rounds import ACCESS_KEY, MIB, ODD_KEYS, REGION, SECRET_KEY, URL, Round, fetch, noise, post_form, refused, same

BUCKET, OTHER = "minio", "minio-other"
s3 = Minio(urlsplit(URL).netloc, ACCESS_KEY, SECRET_KEY, secure=False, region=REGION)
round = Round()


def put(key, body, bucket=BUCKET, **options):
    return s3.put_object(bucket, key, io.BytesIO(body), len(body), **options)


def read(key, bucket=BUCKET, **options):
    answer = s3.get_object(bucket, key, **options)
    try:
        return answer.read()
    finally:
        answer.close()
        answer.release_conn()


small, large = b"the first object\n", noise(6 * MIB + 5)
with round.operation("CreateBucket"):
    s3.make_bucket(BUCKET)
with round.operation("CreateBucket again"):
    s3.make_bucket(BUCKET)  # in us-east-1 that is fine for its owner
with round.operation("CreateBucket with a location"):
    s3.make_bucket(OTHER, location=REGION)
with round.operation("HeadBucket"):
    same(s3.bucket_exists(BUCKET), True)
with round.operation("HeadBucket of none"):
    same(s3.bucket_exists("no-such-bucket-here"), False)
with round.operation("ListBuckets"):
    assert {BUCKET, OTHER} <= {found.name for found in s3.list_buckets()}
with round.operation("PutBucketTagging, GetBucketTagging, DeleteBucketTagging"):
    tags = Tags.new_bucket_tags()
    tags["purpose"] = "images and more"
    s3.set_bucket_tags(BUCKET, tags)
    same(dict(s3.get_bucket_tags(BUCKET)), {"purpose": "images and more"})
    s3.delete_bucket_tags(BUCKET)
    same(s3.get_bucket_tags(BUCKET), None)

with round.operation("PutObject"):
    same(put("one", small).etag, hashlib.md5(small).hexdigest())
with round.operation("PutObject, empty"):
    put("empty", b"")
    same(read("empty"), b"")
with round.operation("PutObject, 6 MiB"):
    put("large", large, part_size=10 * MIB)
with round.operation("GetObject"):
    same(read("one"), small)
    same(read("large"), large)
with round.operation("GetObject of none"):
    refused(lambda: read("none"), "NoSuchKey")
with round.operation("GetObject, a range"):
    same(read("large", offset=1_000_000, length=2_000_001), large[1_000_000:3_000_001])
with round.operation("GetObject, If-None-Match and If-Match"):
    etag = hashlib.md5(small).hexdigest()
    same(read("one", request_headers={"If-Match": etag}), small)
    refused(lambda: read("one", request_headers={"If-Match": "0123"}), "PreconditionFailed")
with round.operation("GetObject, response overrides"):
    answer = s3.get_object(BUCKET, "one", extra_query_params={"response-content-type": "text/x-odd"})
    same(answer.headers["Content-Type"], "text/x-odd")
    answer.close()
with round.operation("HeadObject"):
    found = s3.stat_object(BUCKET, "large")
    same((found.size, found.etag), (len(large), hashlib.md5(large).hexdigest()))
with round.operation("metadata and content type"):
    put("described", small, metadata={"image-id": "emi-1"}, content_type="text/plain")
    found = s3.stat_object(BUCKET, "described")
    same((found.metadata["x-amz-meta-image-id"], found.content_type), ("emi-1", "text/plain"))
with round.operation("keys of every kind"):
    names = [key for key in ODD_KEYS if "//" not in key]  # minio-py refuses to sign for those
    for key in names:
        put(f"odd/{key}", key.encode())
    for key in names:
        same(read(f"odd/{key}"), key.encode())
    found = [entry.object_name for entry in s3.list_objects(BUCKET, "odd/", recursive=True)]
    same(found, sorted((f"odd/{key}" for key in names), key=str.encode))
with round.operation("CopyObject"):
    s3.copy_object(BUCKET, "copy", CopySource(BUCKET, "described"))
    same((read("copy"), s3.stat_object(BUCKET, "copy").metadata["x-amz-meta-image-id"]), (small, "emi-1"))
with round.operation("CopyObject, metadata replaced"):
    s3.copy_object(BUCKET, "copy", CopySource(BUCKET, "described"), metadata={"new": "1"}, metadata_directive=REPLACE)
    same(s3.stat_object(BUCKET, "copy").metadata["x-amz-meta-new"], "1")
with round.operation("CopyObject, another bucket"):
    s3.copy_object(OTHER, "large", CopySource(BUCKET, "large"))
    same(read("large", OTHER), large)
with round.operation("CopyObject, conditions"):
    refused(lambda: s3.copy_object(BUCKET, "two", CopySource(BUCKET, "one", match_etag="0123")), "PreconditionFailed")
    past = datetime.now(timezone.utc) - timedelta(days=1)
    s3.copy_object(BUCKET, "two", CopySource(BUCKET, "one", modified_since=past))
with round.operation("DeleteObject"):
    s3.remove_object(BUCKET, "two")
    refused(lambda: read("two"), "NoSuchKey")
with round.operation("DeleteObjects"):
    for number in range(3):
        put(f"many/{number} & <{number}>", b"x")
    doomed = [DeleteObject(entry.object_name) for entry in s3.list_objects(BUCKET, "many/", recursive=True)]
    same((len(doomed), list(s3.remove_objects(BUCKET, doomed))), (3, []))
    same(list(s3.list_objects(BUCKET, "many/")), [])
with round.operation("PutObjectTagging, GetObjectTagging, DeleteObjectTagging"):
    tags = Tags.new_object_tags()
    tags["kind"] = "manifest"
    s3.set_object_tags(BUCKET, "one", tags)
    same(dict(s3.get_object_tags(BUCKET, "one")), {"kind": "manifest"})
    s3.delete_object_tags(BUCKET, "one")
    same(s3.get_object_tags(BUCKET, "one"), None)

listed = [f"list/{name}" for name in sorted(["a", "b/1", "b/2", "d e", "f+g"])]
for key in listed:
    put(key, b"x", OTHER)
for name, old in (("ListObjects", True), ("ListObjectsV2", False)):
    with round.operation(name):
        found = s3.list_objects(OTHER, "list/", recursive=True, use_api_v1=old)
        same([entry.object_name for entry in found], listed)
    with round.operation(f"{name}, prefix and delimiter"):
        found = s3.list_objects(OTHER, "list/", use_api_v1=old)
        same(sorted(entry.object_name for entry in found), ["list/a", "list/b/", "list/d e", "list/f+g"])

with round.operation("PutBucketVersioning, GetBucketVersioning"):
    s3.set_bucket_versioning(OTHER, VersioningConfig(ENABLED))
    same(s3.get_bucket_versioning(OTHER).status, ENABLED)
versions = []
with round.operation("GetObject of a version"):
    versions = [put("v", body, OTHER).version_id for body in (b"1", b"2")]
    same([read("v", OTHER, version_id=version) for version in versions], [b"1", b"2"])
with round.operation("DeleteObject, marker"):
    s3.remove_object(OTHER, "v")
    refused(lambda: read("v", OTHER), "NoSuchKey")
with round.operation("ListObjectVersions"):
    found = list(s3.list_objects(OTHER, "v", include_version=True))
    marker = [entry.version_id for entry in found if entry.is_delete_marker]
    same((len(marker), sorted(entry.version_id for entry in found)), (1, sorted(versions + marker)))
with round.operation("DeleteObject of a version"):
    s3.remove_object(OTHER, "v", version_id=marker[0])
    same(read("v", OTHER), b"2")
with round.operation("versioning suspended"):
    s3.set_bucket_versioning(OTHER, VersioningConfig(SUSPENDED))
    same(s3.get_bucket_versioning(OTHER).status, SUSPENDED)

with round.operation("multipart upload"):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "huge")
        path.write_bytes(large * 3)
        s3.fput_object(BUCKET, "parts", str(path), part_size=5 * MIB, metadata={"a": "1"})
        s3.fget_object(BUCKET, "parts", f"{path}.back")
        same(Path(f"{path}.back").read_bytes(), large * 3)
    found = s3.stat_object(BUCKET, "parts")
    assert found.etag.endswith("-4"), found.etag
    same(found.metadata["x-amz-meta-a"], "1")
with round.operation("UploadPartCopy"):
    s3.compose_object(BUCKET, "composed", [ComposeSource(BUCKET, "large", offset=1, length=5 * MIB), ComposeSource(BUCKET, "one")])
    same(read("composed"), large[1:5 * MIB + 1] + small)

with round.operation("anonymous GetObject"):
    put("open", small, metadata={"x-amz-acl": "public-read"})
    nobody = Minio(urlsplit(URL).netloc, secure=False, region=REGION)
    same(nobody.get_object(BUCKET, "open").read(), small)
    refused(lambda: nobody.get_object(BUCKET, "one"), "AccessDenied")
with round.operation("presigned GetObject"):
    url = s3.presigned_get_object(BUCKET, "one", timedelta(minutes=1))
    same(fetch(url)[2], small)
    same(fetch(url.replace("/one?", "/large?"))[0], 403)
with round.operation("presigned PutObject"):
    url = s3.presigned_put_object(BUCKET, "by others", timedelta(minutes=1))
    same(fetch(url, small, "PUT")[0], 200)
    same(read("by others"), small)
with round.operation("POST policy"):
    policy = PostPolicy(BUCKET, datetime.now(timezone.utc) + timedelta(minutes=1))
    policy.add_starts_with_condition("key", "posted/")
    policy.add_content_length_range_condition(1, 100)
    fields = {"key": "posted/${filename}", **s3.presigned_post_policy(policy)}
    status, body = post_form(f"{URL}/{BUCKET}", fields, small)
    assert status in (200, 204), (status, body)
    same(read("posted/disk.img"), small)
    same(post_form(f"{URL}/{BUCKET}", {**fields, "key": "elsewhere"}, small)[0], 403)

with round.operation("DeleteBucket, not empty"):
    refused(lambda: s3.remove_bucket(BUCKET), "BucketNotEmpty")
with round.operation("DeleteBucket"):
    for name in (BUCKET, OTHER):
        found = s3.list_objects(name, recursive=True, include_version=True)
        same(list(s3.remove_objects(name, [DeleteObject(entry.object_name, entry.version_id) for entry in found])), [])
        s3.remove_bucket(name)
    same(s3.bucket_exists(BUCKET), False)
round.end()
