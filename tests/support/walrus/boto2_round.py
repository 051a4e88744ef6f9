"""The round of boto 2, euca2ools' own S3 library, with signature version 2: `boto2_round.py`."""

import base64
import hashlib
import io
import time
from urllib.parse import urlsplit

from boto2 import boto
from boto.s3.connection import Location, OrdinaryCallingFormat, S3Connection
from boto.s3.cors import CORSConfiguration
from boto.s3.deletemarker import DeleteMarker
from boto.s3.tagging import Tags, TagSet

from rounds import (ACCESS_KEY, MIB, ODD_KEYS, SECRET_KEY, URL, Round, fetch, noise, post_form, refused,
                    same)

place = urlsplit(URL)
boto.config.add_section("Boto")
boto.config.set("Boto", "num_retries", "0")
s3 = S3Connection(ACCESS_KEY, SECRET_KEY, is_secure=False, host=place.hostname, port=place.port,
                  path=place.path or "/", calling_format=OrdinaryCallingFormat())
round = Round()
NAME = "boto2"
KEYS = [key for key in ODD_KEYS if "//" not in key]  # boto makes one slash of two
bucket = other = None


def put(name, body, **options):
    key = bucket.new_key(name)
    key.set_contents_from_string(body, **options)
    return key


def read(name, **options):
    return bucket.new_key(name).get_contents_as_string(**options)


def grants(policy):
    return sorted(((grant.uri or "owner").rpartition("/")[2], grant.permission) for grant in policy.acl.grants)


with round.operation("CreateBucket"):
    bucket = s3.create_bucket(NAME)
with round.operation("CreateBucket again"):
    s3.create_bucket(NAME)
with round.operation("CreateBucket with a location"):
    other = s3.create_bucket(f"{NAME}-other", location=Location.EU)
    same(other.get_location(), "EU")
with round.operation("HeadBucket"):
    s3.head_bucket(NAME)
with round.operation("HeadBucket of none"):
    refused(lambda: s3.head_bucket("no-such-bucket-here"), "404")
with round.operation("ListBuckets"):
    names = [found.name for found in s3.get_all_buckets()]
    assert {NAME, f"{NAME}-other"} <= set(names), names
with round.operation("GetBucketLocation"):
    same(bucket.get_location(), "")
with round.operation("PutBucketAcl, GetBucketAcl"):
    same(grants(bucket.get_acl()), [("owner", "FULL_CONTROL")])
    bucket.set_acl("public-read")
    same(grants(bucket.get_acl()), [("AllUsers", "READ"), ("owner", "FULL_CONTROL")])
    bucket.set_acl("private")
with round.operation("PutBucketCors, GetBucketCors, DeleteBucketCors"):
    cors = CORSConfiguration()
    cors.add_rule(["GET", "PUT"], ["http://example.com"], allowed_header=["*"], max_age_seconds=300)
    bucket.set_cors(cors)
    rule = bucket.get_cors()[0]
    same((rule.allowed_method, rule.allowed_origin, rule.max_age_seconds), (["GET", "PUT"], ["http://example.com"], 300))
    bucket.delete_cors()
    refused(bucket.get_cors, "NoSuchCORSConfiguration")
with round.operation("PutBucketTagging, GetBucketTagging, DeleteBucketTagging"):
    tags, group = Tags(), TagSet()
    group.add_tag("purpose", "images and more")
    tags.add_tag_set(group)
    bucket.set_tags(tags)
    same([(tag.key, tag.value) for tag in bucket.get_tags()[0]], [("purpose", "images and more")])
    bucket.delete_tags()
    refused(bucket.get_tags, "NoSuchTagSet")

small, large = b"the first object\n", noise(6 * MIB + 5)
with round.operation("PutObject"):
    same(put("one", small).etag, f'"{hashlib.md5(small).hexdigest()}"')
with round.operation("PutObject, empty"):
    put("empty", b"")
    same(read("empty"), b"")
with round.operation("PutObject, 6 MiB"):
    put("large", large)
with round.operation("GetObject"):
    same(read("one"), small)
    same(read("large"), large)
with round.operation("GetObject of none"):
    refused(lambda: read("none"), "NoSuchKey")
with round.operation("GetObject, a range"):
    same(read("large", headers={"Range": "bytes=1000000-3000000"}), large[1000000:3000001])
    refused(lambda: read("one", headers={"Range": "bytes=100-200"}), "InvalidRange")
with round.operation("GetObject, If-None-Match and If-Match"):
    etag = f'"{hashlib.md5(small).hexdigest()}"'
    refused(lambda: read("one", headers={"If-None-Match": etag}), "304")
    refused(lambda: read("one", headers={"If-Match": '"0123"'}), "PreconditionFailed")
    same(read("one", headers={"If-Match": etag}), small)
with round.operation("GetObject, response overrides"):
    key = bucket.new_key("one")
    key.open_read(override_num_retries=0, query_args="response-content-type=text/x-odd")
    same((key.content_type, key.read()), ("text/x-odd", small))
with round.operation("HeadObject"):
    key = bucket.get_key("large")
    same((key.size, key.etag), (len(large), f'"{hashlib.md5(large).hexdigest()}"'))
    same(bucket.get_key("none"), None)
with round.operation("metadata and content type"):
    key = bucket.new_key("described")
    key.set_metadata("image-id", "emi-12345678")
    key.set_metadata("Content-Type", "text/plain")
    key.set_contents_from_string(small)
    key = bucket.get_key("described")
    same((key.metadata, key.content_type), ({"image-id": "emi-12345678"}, "text/plain"))
with round.operation("keys of every kind"):
    for name in KEYS:
        put(f"odd/{name}", name.encode())
    for name in KEYS:
        same(read(f"odd/{name}"), name.encode())
    found = [key.name for key in bucket.list("odd/")]
    same(found, sorted((f"odd/{name}" for name in KEYS), key=str.encode))
    for name in found:
        bucket.delete_key(name)
with round.operation("CopyObject"):
    key = bucket.copy_key("copy", NAME, "described")
    same((read("copy"), bucket.get_key("copy").metadata), (small, {"image-id": "emi-12345678"}))
with round.operation("CopyObject, metadata replaced"):
    bucket.copy_key("copy", NAME, "described", metadata={"new": "1"})
    same(bucket.get_key("copy").metadata, {"new": "1"})
with round.operation("CopyObject, another bucket"):
    other.copy_key("large", NAME, "large")
    same(other.new_key("large").get_contents_as_string(), large)
with round.operation("CopyObject, conditions"):
    refused(lambda: bucket.copy_key("two", NAME, "one", headers={"x-amz-copy-source-if-match": '"0123"'}),
            "PreconditionFailed")
    bucket.copy_key("two", NAME, "one", headers={"x-amz-copy-source-if-none-match": '"0123"'})
with round.operation("DeleteObject"):
    bucket.delete_key("two")
    bucket.delete_key("two")
    refused(lambda: read("two"), "NoSuchKey")
with round.operation("DeleteObjects"):
    for number in range(5):
        put(f"many/{number} & <{number}>", b"x")
    answer = bucket.delete_keys([f"many/{number} & <{number}>" for number in range(5)] + ["many/none"])
    same((len(answer.deleted), answer.errors), (6, []))
    same(list(bucket.list("many/")), [])
with round.operation("PutObjectAcl, GetObjectAcl"):
    same(grants(bucket.get_acl("one")), [("owner", "FULL_CONTROL")])
    bucket.new_key("one").set_acl("authenticated-read")
    same(grants(bucket.get_acl("one")), [("AuthenticatedUsers", "READ"), ("owner", "FULL_CONTROL")])
with round.operation("ACLs of images"):
    for acl in ("aws-exec-read", "ec2-bundle-read"):
        put("image", small, headers={"x-amz-acl": acl})
        assert ("owner", "FULL_CONTROL") in grants(bucket.get_acl("image"))
with round.operation("grants"):
    owner = bucket.get_acl("one").owner.id
    bucket.new_key("one").add_user_grant("READ_ACP", owner)
    same(grants(bucket.get_acl("one")),
         [("AuthenticatedUsers", "READ"), ("owner", "FULL_CONTROL"), ("owner", "READ_ACP")])
with round.operation("anonymous GetObject"):
    url = f"{URL}/{NAME}/open"
    key = put("open", small)
    same(fetch(url)[0], 403)
    key.make_public()
    same((fetch(url)[0], fetch(url)[2]), (200, small))
with round.operation("PutObject, If-None-Match"):
    put("once", small, headers={"If-None-Match": "*"})
    refused(lambda: put("once", small, headers={"If-None-Match": "*"}), "PreconditionFailed")
with round.operation("checksum that is wrong"):
    wrong = bucket.new_key("wrong")
    md5 = wrong.get_md5_from_hexdigest(hashlib.md5(b"other").hexdigest())
    refused(lambda: wrong.set_contents_from_string(small, md5=md5), "BadDigest")

listed = [f"list/{name}" for name in sorted(["a", "b/1", "b/2", "b/c/3", "d e", "f+g", "z"])]
for name in listed:
    other.new_key(name).set_contents_from_string(b"x")
with round.operation("ListObjects"):
    found = list(other.get_all_keys(prefix="list/"))
    same(([key.name for key in found], found[0].size), (listed, 1))
with round.operation("ListObjects, prefix and delimiter"):
    found = [entry.name for entry in other.list("list/", "/")]
    same(sorted(found), ["list/a", "list/b/", "list/d e", "list/f+g", "list/z"])
with round.operation("ListObjects, pages"):
    found, marker = [], ""
    while True:
        page = other.get_all_keys(prefix="list/", max_keys=2, marker=marker)
        found += [key.name for key in page]
        if not page.is_truncated:
            break
        marker = found[-1]
    same(found, listed)

with round.operation("PutBucketVersioning, GetBucketVersioning"):
    same(other.get_versioning_status(), {})
    other.configure_versioning(True)
    same(other.get_versioning_status(), {"Versioning": "Enabled"})
versions = []
with round.operation("GetObject of a version"):
    for body in (b"1", b"2"):
        key = other.new_key("v")
        key.set_contents_from_string(body)
        versions.append(key.version_id)
    for version, body in zip(versions, (b"1", b"2")):
        same(other.new_key("v").get_contents_as_string(version_id=version), body)
with round.operation("DeleteObject, marker"):
    same(other.delete_key("v").delete_marker, True)
    refused(lambda: other.new_key("v").get_contents_as_string(), "NoSuchKey")
with round.operation("ListObjectVersions"):
    found = list(other.list_versions("v"))
    same([type(entry) is DeleteMarker for entry in found], [True, False, False])
    same([entry.version_id for entry in found[1:]], versions[::-1])
with round.operation("DeleteObject of a version"):
    for entry in list(other.list_versions("v"))[:2]:
        other.delete_key("v", version_id=entry.version_id)
    same(other.new_key("v").get_contents_as_string(), b"1")
with round.operation("versioning suspended"):
    other.configure_versioning(False)
    same(other.get_versioning_status(), {"Versioning": "Suspended"})
    for body in (b"3", b"4"):
        other.new_key("v").set_contents_from_string(body)
    same([entry.version_id for entry in other.list_versions("v")], ["null", versions[0]])

first, last = noise(5 * MIB, 2), b"the end"
with round.operation("multipart upload"):
    upload = bucket.initiate_multipart_upload("parts", metadata={"a": "1"})
    for number, body in enumerate((first, last), 1):
        upload.upload_part_from_file(io.BytesIO(body), number)
    upload.complete_upload()
    same((read("parts"), bucket.get_key("parts").metadata), (first + last, {"a": "1"}))
    assert bucket.get_key("parts").etag.endswith('-2"')
with round.operation("UploadPartCopy"):
    upload = bucket.initiate_multipart_upload("copied-parts")
    upload.copy_part_from_key(NAME, "large", 1, start=1, end=5 * MIB)
    upload.upload_part_from_file(io.BytesIO(last), 2)
    upload.complete_upload()
    same(read("copied-parts"), large[1:5 * MIB + 1] + last)
upload = bucket.initiate_multipart_upload("pending/a b")
with round.operation("ListParts"):
    for number in (3, 1):
        upload.upload_part_from_file(io.BytesIO(first), number)
    same([(part.part_number, part.size) for part in upload], [(1, len(first)), (3, len(first))])
with round.operation("ListMultipartUploads"):
    same([(entry.key_name, entry.id) for entry in bucket.list_multipart_uploads()], [("pending/a b", upload.id)])
with round.operation("AbortMultipartUpload"):
    upload.cancel_upload()
    same(upload.get_all_parts(), None)
    same(list(bucket.list_multipart_uploads()), [])

with round.operation("presigned GetObject"):
    put("for others", small)
    url = bucket.new_key("for others").generate_url(60, response_headers={"response-content-type": "text/x-odd"})
    status, headers, body = fetch(url)
    same((status, headers["Content-Type"], body), (200, "text/x-odd", small))
    same(fetch(url.replace("for%20others", "one"))[0], 403)
with round.operation("presigned PutObject"):
    kind = {"Content-Type": "application/octet-stream"}
    url = s3.generate_url(60, "PUT", NAME, "by others", headers=kind)
    same(fetch(url, small, "PUT", kind)[0], 200)
    same(read("by others"), small)
with round.operation("POST policy"):
    # build_post_form_args() breaks on Python 3; the signer is boto's.
    until = time.gmtime(time.time() + 60)
    policy = s3.build_post_policy(until, [
        f'{{"bucket": "{NAME}"}}', '{"acl": "private"}', '["starts-with", "$key", "posted/"]',
        '["content-length-range", 1, 100]'])
    policy = base64.b64encode(policy.encode()).decode()
    fields = {"key": "posted/${filename}", "acl": "private", "AWSAccessKeyId": ACCESS_KEY, "policy": policy,
              "signature": s3._auth_handler.sign_string(policy)}
    status, body = post_form(f"{URL}/{NAME}/", fields, small)
    assert status in (200, 204), (status, body)
    same(read("posted/disk.img"), small)
    same(post_form(f"{URL}/{NAME}/", {**fields, "acl": "public-read"}, small)[0], 403)

with round.operation("DeleteBucket, not empty"):
    refused(lambda: s3.delete_bucket(NAME), "BucketNotEmpty")
with round.operation("DeleteBucket"):
    for name in (bucket, other):
        for entry in list(name.list_versions()):
            name.delete_key(entry.name, version_id=entry.version_id)
        s3.delete_bucket(name.name)
    refused(lambda: s3.head_bucket(NAME), "404")
round.end()
