"""The round of boto3: `boto3_round.py path|virtual`."""

import base64
import hashlib
import sys
import tempfile
from pathlib import Path

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

from rounds import (MIB, ODD_KEYS, REGION, URL, Round, fetch, loopback_domains, noise, post_form,
                    refused, same)

style = sys.argv[1]
bucket, other = f"boto3-{style}", f"boto3-{style}-other"
loopback_domains()
s3 = boto3.client("s3", endpoint_url=URL, config=Config(
    s3={"addressing_style": style}, retries={"total_max_attempts": 1}, signature_version="s3v4"))
round = Round()


def read(key, **options):
    return s3.get_object(Bucket=bucket, Key=key, **options)["Body"].read()


def put(key, body, **options):
    return s3.put_object(Bucket=bucket, Key=key, Body=body, **options)


def grants(answer):
    return sorted((grant["Grantee"].get("URI", "").rpartition("/")[2] or "owner", grant["Permission"])
                  for grant in answer["Grants"])


def keys(pages):
    return [found["Key"] for page in pages for found in page.get("Contents", [])]


# Service and buckets
with round.operation("CreateBucket"):
    s3.create_bucket(Bucket=bucket)
with round.operation("CreateBucket again"):
    s3.create_bucket(Bucket=bucket)  # by its owner, in us-east-1: the same again
with round.operation("CreateBucket with a location"):
    s3.create_bucket(Bucket=other, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
with round.operation("HeadBucket"):
    s3.head_bucket(Bucket=bucket)
with round.operation("HeadBucket of none"):
    refused(lambda: s3.head_bucket(Bucket="no-such-bucket-here"), "404")
with round.operation("ListBuckets"):
    names = [found["Name"] for found in s3.list_buckets()["Buckets"]]
    assert {bucket, other} <= set(names), names
with round.operation("GetBucketLocation"):
    same(s3.get_bucket_location(Bucket=bucket)["LocationConstraint"], None)
    same(s3.get_bucket_location(Bucket=other)["LocationConstraint"], "eu-west-1")
with round.operation("PutBucketAcl, GetBucketAcl"):
    same(grants(s3.get_bucket_acl(Bucket=bucket)), [("owner", "FULL_CONTROL")])
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    same(grants(s3.get_bucket_acl(Bucket=bucket)), [("AllUsers", "READ"), ("owner", "FULL_CONTROL")])
with round.operation("GetBucketPolicyStatus"):
    try:
        same(s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"], {"IsPublic": True})
    except s3.exceptions.ClientError as error:  # what Amazon's says of a bucket with an ACL only
        same(error.response["Error"]["Code"], "NoSuchBucketPolicy")
s3.put_bucket_acl(Bucket=bucket, ACL="private")
with round.operation("PutBucketCors, GetBucketCors, DeleteBucketCors"):
    rule = {"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["http://example.com"],
            "AllowedHeaders": ["*"], "MaxAgeSeconds": 300}
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    same(s3.get_bucket_cors(Bucket=bucket)["CORSRules"], [rule])
    s3.delete_bucket_cors(Bucket=bucket)
    refused(lambda: s3.get_bucket_cors(Bucket=bucket), "NoSuchCORSConfiguration")
with round.operation("PutBucketTagging, GetBucketTagging, DeleteBucketTagging"):
    tags = [{"Key": "purpose", "Value": "images + ü"}]
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    same(s3.get_bucket_tagging(Bucket=bucket)["TagSet"], tags)
    s3.delete_bucket_tagging(Bucket=bucket)
    refused(lambda: s3.get_bucket_tagging(Bucket=bucket), "NoSuchTagSet")

# Objects
small, large = b"the first object\n", noise(6 * MIB + 5)
with round.operation("PutObject"):
    same(put("one", small)["ETag"], f'"{hashlib.md5(small).hexdigest()}"')
with round.operation("PutObject, empty"):
    put("empty", b"")
    same(read("empty"), b"")
with round.operation("PutObject, 6 MiB"):
    same(put("large", large)["ETag"], f'"{hashlib.md5(large).hexdigest()}"')
with round.operation("GetObject"):
    same(read("one"), small)
    same(read("large"), large)
with round.operation("GetObject of none"):
    refused(lambda: read("none"), "NoSuchKey")
with round.operation("GetObject, a range"):
    answer = s3.get_object(Bucket=bucket, Key="large", Range="bytes=1000000-3000000")
    same(answer["Body"].read(), large[1000000:3000001])
    same(answer["ContentRange"], f"bytes 1000000-3000000/{len(large)}")
    same(read("one", Range="bytes=-7"), small[-7:])
    same(read("one", Range="bytes=4-"), small[4:])
    refused(lambda: read("one", Range="bytes=100-200"), "InvalidRange")
with round.operation("GetObject, If-None-Match and If-Match"):
    head = s3.head_object(Bucket=bucket, Key="one")
    etag, modified = head["ETag"], head["LastModified"]
    refused(lambda: read("one", IfNoneMatch=etag), "304")
    refused(lambda: read("one", IfModifiedSince=modified), "304")
    refused(lambda: read("one", IfMatch='"00000000000000000000000000000000"'), "PreconditionFailed")
    same(read("one", IfMatch=etag, IfUnmodifiedSince=modified), small)
with round.operation("GetObject, response overrides"):
    answer = s3.get_object(Bucket=bucket, Key="one", ResponseContentType="text/x-odd",
                           ResponseContentDisposition="attachment; filename=x", ResponseCacheControl="no-store")
    same((answer["ContentType"], answer["ContentDisposition"], answer["CacheControl"]),
         ("text/x-odd", "attachment; filename=x", "no-store"))
with round.operation("HeadObject"):
    head = s3.head_object(Bucket=bucket, Key="large")
    same((head["ContentLength"], head["ETag"], head["AcceptRanges"]),
         (len(large), f'"{hashlib.md5(large).hexdigest()}"', "bytes"))
    refused(lambda: s3.head_object(Bucket=bucket, Key="none"), "404")
with round.operation("metadata and content type"):
    wanted = {"image-id": "emi-12345678", "note": "a b"}
    put("described", small, Metadata=wanted, ContentType="text/plain", CacheControl="max-age=5",
        ContentDisposition="inline", ContentLanguage="en", ContentEncoding="identity")
    head = s3.head_object(Bucket=bucket, Key="described")
    same((head["Metadata"], head["ContentType"], head["CacheControl"]), (wanted, "text/plain", "max-age=5"))
    same((head["ContentDisposition"], head["ContentLanguage"]), ("inline", "en"))
with round.operation("keys of every kind"):
    for key in ODD_KEYS:
        put(f"odd/{key}", key.encode())
    for key in ODD_KEYS:
        same(read(f"odd/{key}"), key.encode())
    found = keys([s3.list_objects_v2(Bucket=bucket, Prefix="odd/")])
    same(found, sorted((f"odd/{key}" for key in ODD_KEYS), key=str.encode))
    for key in found:
        s3.delete_object(Bucket=bucket, Key=key)
with round.operation("CopyObject"):
    answer = s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "described"})
    same(answer["CopyObjectResult"]["ETag"], f'"{hashlib.md5(small).hexdigest()}"')
    same((read("copy"), s3.head_object(Bucket=bucket, Key="copy")["Metadata"]), (small, wanted))
with round.operation("CopyObject, metadata replaced"):
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/described", Metadata={"new": "1"},
                   MetadataDirective="REPLACE", ContentType="text/html")
    head = s3.head_object(Bucket=bucket, Key="copy")
    same((head["Metadata"], head["ContentType"]), ({"new": "1"}, "text/html"))
    refused(lambda: s3.copy_object(Bucket=bucket, Key="one", CopySource=f"{bucket}/one"), "InvalidRequest")
with round.operation("CopyObject, another bucket"):
    s3.copy_object(Bucket=other, Key="large", CopySource={"Bucket": bucket, "Key": "large"})
    same(s3.get_object(Bucket=other, Key="large")["Body"].read(), large)
with round.operation("CopyObject, conditions"):
    source, wrong = {"Bucket": bucket, "Key": "one"}, '"00000000000000000000000000000000"'
    refused(lambda: s3.copy_object(Bucket=bucket, Key="two", CopySource=source, CopySourceIfMatch=wrong),
            "PreconditionFailed")
    s3.copy_object(Bucket=bucket, Key="two", CopySource=source, CopySourceIfNoneMatch=wrong)
    same(read("two"), small)
with round.operation("DeleteObject"):
    s3.delete_object(Bucket=bucket, Key="two")
    s3.delete_object(Bucket=bucket, Key="two")  # nothing to delete is no failure
    refused(lambda: read("two"), "NoSuchKey")
with round.operation("DeleteObjects"):
    for number in range(5):
        put(f"many/{number} & <{number}>", b"x")
    doomed = [{"Key": f"many/{number} & <{number}>"} for number in range(5)] + [{"Key": "many/none"}]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": doomed})
    same((len(answer["Deleted"]), answer.get("Errors")), (6, None))
    put("many/quiet", b"x")
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "many/quiet"}], "Quiet": True})
    same((answer.get("Deleted"), keys([s3.list_objects_v2(Bucket=bucket, Prefix="many/")])), (None, []))
with round.operation("PutObjectAcl, GetObjectAcl"):
    same(grants(s3.get_object_acl(Bucket=bucket, Key="one")), [("owner", "FULL_CONTROL")])
    s3.put_object_acl(Bucket=bucket, Key="one", ACL="authenticated-read")
    same(grants(s3.get_object_acl(Bucket=bucket, Key="one")),
         [("AuthenticatedUsers", "READ"), ("owner", "FULL_CONTROL")])
with round.operation("ACLs of images"):
    put("image", small, ACL="aws-exec-read")  # ec2-bundle-read is older than boto3's list of ACLs
    answer = s3.get_object_acl(Bucket=bucket, Key="image")
    owner = answer["Owner"]["ID"]
    same([(grant["Grantee"]["ID"] == owner, grant["Permission"]) for grant in answer["Grants"]],
         [(True, "FULL_CONTROL"), (False, "READ")])
with round.operation("grants"):
    everybody = 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'
    put("granted", small, GrantRead=everybody, GrantReadACP=everybody)
    given = grants(s3.get_object_acl(Bucket=bucket, Key="granted"))
    assert {("AllUsers", "READ"), ("AllUsers", "READ_ACP")} <= set(given), given
    answer = s3.get_object_acl(Bucket=bucket, Key="one")
    policy = {"Owner": answer["Owner"], "Grants": [
        {"Grantee": {"Type": "CanonicalUser", "ID": answer["Owner"]["ID"]}, "Permission": "READ_ACP"}]}
    s3.put_object_acl(Bucket=bucket, Key="one", AccessControlPolicy=policy)
    same(grants(s3.get_object_acl(Bucket=bucket, Key="one")), [("owner", "READ_ACP")])
with round.operation("anonymous GetObject"):
    place = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "open"}).partition("?")[0]
    put("open", small)
    same(fetch(place)[0], 403)
    s3.put_object_acl(Bucket=bucket, Key="open", ACL="public-read")
    status, _, body = fetch(place)
    same((status, body), (200, small))
with round.operation("PutObjectTagging, GetObjectTagging, DeleteObjectTagging"):
    tags = [{"Key": "kind", "Value": "manifest"}, {"Key": "os", "Value": "debian"}]
    s3.put_object_tagging(Bucket=bucket, Key="one", Tagging={"TagSet": tags})
    found = s3.get_object_tagging(Bucket=bucket, Key="one")["TagSet"]
    same(sorted(found, key=lambda tag: tag["Key"]), tags)
    same(s3.get_object(Bucket=bucket, Key="one")["TagCount"], 2)
    s3.delete_object_tagging(Bucket=bucket, Key="one")
    same(s3.get_object_tagging(Bucket=bucket, Key="one")["TagSet"], [])
    put("tagged", small, Tagging="a=1&b=x%20y")
    found = s3.get_object_tagging(Bucket=bucket, Key="tagged")["TagSet"]
    same(sorted((tag["Key"], tag["Value"]) for tag in found), [("a", "1"), ("b", "x y")])
with round.operation("checksums"):
    for algorithm in ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"):
        sent = put("summed", large, ChecksumAlgorithm=algorithm)
        head = s3.head_object(Bucket=bucket, Key="summed", ChecksumMode="ENABLED")
        same(head[f"Checksum{algorithm}"], sent[f"Checksum{algorithm}"])
        same(read("summed", ChecksumMode="ENABLED"), large)
    want = base64.b64encode(hashlib.sha256(small).digest()).decode()
    same(put("summed", small, ChecksumSHA256=want)["ChecksumSHA256"], want)
with round.operation("checksum that is wrong"):
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    refused(lambda: put("wrong", small, ChecksumSHA256=wrong), "BadDigest", "InvalidRequest")
    wrong = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    refused(lambda: put("wrong", small, ContentMD5=wrong), "BadDigest")
    refused(lambda: read("wrong"), "NoSuchKey")
with round.operation("PutObject, If-None-Match"):
    put("once", small, IfNoneMatch="*")
    refused(lambda: put("once", b"again", IfNoneMatch="*"), "PreconditionFailed")
    same(read("once"), small)
with round.operation("PutObject, If-Match"):
    etag = s3.head_object(Bucket=bucket, Key="once")["ETag"]
    refused(lambda: put("once", b"x", IfMatch='"00000000000000000000000000000000"'), "PreconditionFailed")
    put("once", b"second", IfMatch=etag)
    same(read("once"), b"second")

# Lists
listed = sorted(["a", "b/1", "b/2", "b/c/3", "d e", "f+g", "z"])
for key in listed:
    s3.put_object(Bucket=other, Key=f"list/{key}", Body=b"x")
listed = [f"list/{key}" for key in listed]
for name, operation in (("ListObjects", "list_objects"), ("ListObjectsV2", "list_objects_v2")):
    call, pages = getattr(s3, operation), s3.get_paginator(operation)
    with round.operation(name):
        answer = call(Bucket=other, Prefix="list/")
        same((keys([answer]), answer["IsTruncated"]), (listed, False))
        same((answer["Contents"][0]["Size"], answer["Contents"][0]["StorageClass"]), (1, "STANDARD"))
    with round.operation(f"{name}, prefix and delimiter"):
        answer = call(Bucket=other, Prefix="list/", Delimiter="/")
        same(keys([answer]), ["list/a", "list/d e", "list/f+g", "list/z"])
        same([found["Prefix"] for found in answer["CommonPrefixes"]], ["list/b/"])
    with round.operation(f"{name}, pages"):
        found = list(pages.paginate(Bucket=other, Prefix="list/", PaginationConfig={"PageSize": 2}))
        same((keys(found), len(found)), (listed, 4))
        found = list(pages.paginate(Bucket=other, Prefix="list/", Delimiter="/", PaginationConfig={"PageSize": 1}))
        same((len(keys(found)), len(found)), (4, 5))
        after = {"Marker": "list/b/2"} if operation == "list_objects" else {"StartAfter": "list/b/2"}
        same(keys([call(Bucket=other, Prefix="list/", **after)]), listed[3:])

# Versions
with round.operation("PutBucketVersioning, GetBucketVersioning"):
    same(s3.get_bucket_versioning(Bucket=other).get("Status"), None)
    s3.put_bucket_versioning(Bucket=other, VersioningConfiguration={"Status": "Enabled"})
    same(s3.get_bucket_versioning(Bucket=other)["Status"], "Enabled")
versions = []
with round.operation("GetObject of a version"):
    versions = [s3.put_object(Bucket=other, Key="v", Body=body)["VersionId"] for body in (b"1", b"2")]
    for version, body in zip(versions, (b"1", b"2")):
        same(s3.get_object(Bucket=other, Key="v", VersionId=version)["Body"].read(), body)
    same(s3.get_object(Bucket=other, Key="v")["VersionId"], versions[1])
with round.operation("DeleteObject, marker"):
    answer = s3.delete_object(Bucket=other, Key="v")
    same(answer["DeleteMarker"], True)
    marker = answer["VersionId"]
    refused(lambda: s3.get_object(Bucket=other, Key="v"), "NoSuchKey")
with round.operation("ListObjectVersions"):
    answer = s3.list_object_versions(Bucket=other, Prefix="v")
    same([found["VersionId"] for found in answer["Versions"]], versions[::-1])
    same([(found["VersionId"], found["IsLatest"]) for found in answer["DeleteMarkers"]], [(marker, True)])
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=other, PaginationConfig={"PageSize": 2})
    same(sum(len(page.get("Versions", [])) + len(page.get("DeleteMarkers", [])) for page in pages),
         len(listed) + 4)
with round.operation("DeleteObject of a version"):
    s3.delete_object(Bucket=other, Key="v", VersionId=marker)
    same(s3.get_object(Bucket=other, Key="v")["Body"].read(), b"2")
    s3.delete_object(Bucket=other, Key="v", VersionId=versions[1])
    same(s3.get_object(Bucket=other, Key="v")["Body"].read(), b"1")
with round.operation("versioning suspended"):
    s3.put_bucket_versioning(Bucket=other, VersioningConfiguration={"Status": "Suspended"})
    same(s3.get_bucket_versioning(Bucket=other)["Status"], "Suspended")
    for body in (b"3", b"4"):
        s3.put_object(Bucket=other, Key="v", Body=body)
    found = s3.list_object_versions(Bucket=other, Prefix="v")["Versions"]
    same([version["VersionId"] for version in found], ["null", versions[0]])

# Multipart uploads
first, last = noise(5 * MIB, 2), b"the end"
with round.operation("multipart upload"):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "large")
        path.write_bytes(large * 3)
        parts = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
        s3.upload_file(str(path), bucket, "parts", Config=parts, ExtraArgs={"Metadata": {"a": "1"}})
        s3.download_file(bucket, "parts", f"{path}.back", Config=parts)
        same(Path(f"{path}.back").read_bytes(), large * 3)
    head = s3.head_object(Bucket=bucket, Key="parts")
    assert head["ETag"].endswith('-4"'), head["ETag"]
    same(head["Metadata"], {"a": "1"})
with round.operation("multipart upload, checksums"):
    at = {"Bucket": bucket, "Key": "sums"}
    upload = s3.create_multipart_upload(**at, ChecksumAlgorithm="SHA256")["UploadId"]
    parts = []
    for number, body in enumerate((first, last), 1):
        sent = s3.upload_part(**at, UploadId=upload, PartNumber=number, Body=body, ChecksumAlgorithm="SHA256")
        parts.append({"PartNumber": number, "ETag": sent["ETag"], "ChecksumSHA256": sent["ChecksumSHA256"]})
    answer = s3.complete_multipart_upload(**at, UploadId=upload, MultipartUpload={"Parts": parts})
    sums = b"".join(hashlib.sha256(body).digest() for body in (first, last))
    want = base64.b64encode(hashlib.sha256(sums).digest()).decode()
    same(answer["ChecksumSHA256"], f"{want}-2")
    same(read("sums"), first + last)
with round.operation("GetObjectAttributes"):
    asked = ["ETag", "Checksum", "ObjectParts", "ObjectSize"]
    answer = s3.get_object_attributes(Bucket=bucket, Key="sums", ObjectAttributes=asked)
    same((answer["Checksum"]["ChecksumSHA256"], answer["ObjectSize"]), (want, len(first + last)))
    found = answer["ObjectParts"]["Parts"]
    same([(part["PartNumber"], part["Size"]) for part in found], [(1, len(first)), (2, len(last))])
    same(found[1]["ChecksumSHA256"], parts[1]["ChecksumSHA256"])
with round.operation("UploadPartCopy"):
    at = {"Bucket": bucket, "Key": "copied-parts"}
    upload = s3.create_multipart_upload(**at)["UploadId"]
    copied = s3.upload_part_copy(**at, UploadId=upload, PartNumber=1, CopySource=f"{bucket}/large",
                                 CopySourceRange=f"bytes=1-{5 * MIB}")["CopyPartResult"]["ETag"]
    sent = s3.upload_part(**at, UploadId=upload, PartNumber=2, Body=last)["ETag"]
    parts = [{"PartNumber": 1, "ETag": copied}, {"PartNumber": 2, "ETag": sent}]
    s3.complete_multipart_upload(**at, UploadId=upload, MultipartUpload={"Parts": parts})
    same(read("copied-parts"), large[1:5 * MIB + 1] + last)
at = {"Bucket": bucket, "Key": "pending/a b"}
upload = s3.create_multipart_upload(**at)["UploadId"]
with round.operation("ListParts"):
    tags = [s3.upload_part(**at, UploadId=upload, PartNumber=number, Body=first)["ETag"] for number in (3, 1)]
    found = s3.list_parts(**at, UploadId=upload)["Parts"]
    same([(part["PartNumber"], part["ETag"], part["Size"]) for part in found],
         [(1, tags[1], len(first)), (3, tags[0], len(first))])
    pages = s3.get_paginator("list_parts").paginate(**at, UploadId=upload, PaginationConfig={"PageSize": 1})
    same([part["PartNumber"] for page in pages for part in page["Parts"]], [1, 3])
with round.operation("ListMultipartUploads"):
    found = s3.list_multipart_uploads(Bucket=bucket, Prefix="pending/")["Uploads"]
    same([(entry["Key"], entry["UploadId"]) for entry in found], [("pending/a b", upload)])
with round.operation("AbortMultipartUpload"):
    s3.abort_multipart_upload(**at, UploadId=upload)
    refused(lambda: s3.list_parts(**at, UploadId=upload), "NoSuchUpload")
    same(s3.list_multipart_uploads(Bucket=bucket).get("Uploads"), None)

# Signed for others
with round.operation("presigned GetObject"):
    for version in ("s3v4", "s3"):
        signer = boto3.client("s3", endpoint_url=URL, region_name=REGION, config=Config(
            s3={"addressing_style": style}, signature_version=version))
        put("for others", small)
        url = signer.generate_presigned_url("get_object", Params={
            "Bucket": bucket, "Key": "for others", "ResponseContentType": "text/x-odd"}, ExpiresIn=60)
        status, headers, body = fetch(url)
        same((status, headers["Content-Type"], body), (200, "text/x-odd", small))
        same(fetch(url.replace("for%20others", "one"))[0], 403)
with round.operation("presigned PutObject"):
    url = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "by others"}, ExpiresIn=60)
    same(fetch(url, small, "PUT")[0], 200)
    same(read("by others"), small)
    signer = boto3.client("s3", endpoint_url=URL, region_name=REGION, config=Config(
        s3={"addressing_style": style}, signature_version="s3"))
    url = signer.generate_presigned_url("put_object", Params={  # boto3 puts such headers into the URL
        "Bucket": bucket, "Key": "by others", "ACL": "public-read", "Metadata": {"a": "1"}}, ExpiresIn=60)
    same(fetch(url, small, "PUT", {"Content-Type": ""})[0], 200)
    same(s3.head_object(Bucket=bucket, Key="by others")["Metadata"], {"a": "1"})
    assert ("AllUsers", "READ") in grants(s3.get_object_acl(Bucket=bucket, Key="by others"))
with round.operation("POST policy"):
    post = s3.generate_presigned_post(bucket, "posted/${filename}", Fields={"acl": "private"},
                                      Conditions=[{"acl": "private"}, ["content-length-range", 1, 100]])
    status, body = post_form(post["url"], post["fields"], small)
    assert status in (200, 204), (status, body)
    same(read("posted/disk.img"), small)
    status, body = post_form(post["url"], post["fields"], bytes(101))
    same((status, b"EntityTooLarge" in body), (400, True))
    status, body = post_form(post["url"], {**post["fields"], "acl": "public-read"}, small)
    same(status, 403)

# The end of it
with round.operation("DeleteBucket, not empty"):
    refused(lambda: s3.delete_bucket(Bucket=bucket), "BucketNotEmpty")
with round.operation("DeleteBucket"):
    for name in (bucket, other):
        pages = list(s3.get_paginator("list_object_versions").paginate(Bucket=name))
        doomed = [{"Key": found["Key"], "VersionId": found["VersionId"]} for page in pages
                  for kind in ("Versions", "DeleteMarkers") for found in page.get(kind, [])]
        s3.delete_objects(Bucket=name, Delete={"Objects": doomed})
        s3.delete_bucket(Bucket=name)
    refused(lambda: s3.head_bucket(Bucket=bucket), "404")
round.end()
