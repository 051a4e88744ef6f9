"""The round of awscli, `aws s3` and `aws s3api`: `awscli_round.py`.

Every command runs in a process of its own, forked from one that has loaded awscli already: half
a second each is saved.
"""

import base64
import hashlib
import json
import os
import sys
import tempfile
from pathlib import Path

from awscli.clidriver import create_clidriver

from rounds import MIB, ODD_KEYS, URL, Round, fetch, noise, refused, same

BUCKET, OTHER = "awscli", "awscli-other"
round = Round()
work = tempfile.TemporaryDirectory()
os.chdir(work.name)
os.environ["AWS_MAX_ATTEMPTS"] = "1"
driver = create_clidriver()
driver.session.create_client("s3", endpoint_url=URL)  # what every command loads is loaded once


class Failed(Exception):
    pass


def aws(*arguments):
    """Runs a command; its output."""
    read, write = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        status = 255
        try:
            os.dup2(write, 1)
            os.dup2(write, 2)
            status = driver.main([*arguments, "--endpoint-url", URL]) or 0
            sys.stdout.flush()
            sys.stderr.flush()
        finally:  # whatever happens, the child goes no further
            os._exit(status)
    os.close(write)
    with open(read, encoding="utf-8", errors="replace") as pipe:
        output = pipe.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise Failed(f"aws {' '.join(arguments[:3])}: {output.strip()}")
    return output


def api(operation, *arguments, bucket=BUCKET, key=None):
    """`aws s3api OPERATION`; its answer."""
    place = ["--bucket", bucket] if bucket else []
    place += ["--key", key] if key else []
    output = aws("s3api", operation, *place, *arguments)
    return json.loads(output) if output.strip() else {}


def read(key, *arguments, bucket=BUCKET):
    api("get-object", *arguments, "got", bucket=bucket, key=key)
    return Path("got").read_bytes()


def grants(answer):
    return sorted((grant["Grantee"].get("URI", "").rpartition("/")[2] or "owner", grant["Permission"])
                  for grant in answer["Grants"])


small, large = b"the first object\n", noise(6 * MIB + 5)
Path("small").write_bytes(small)
Path("large").write_bytes(large)
Path("empty").write_bytes(b"")

with round.operation("CreateBucket"):
    aws("s3", "mb", f"s3://{BUCKET}")
with round.operation("CreateBucket again"):
    api("create-bucket")
with round.operation("CreateBucket with a location"):
    api("create-bucket", "--create-bucket-configuration", "LocationConstraint=eu-west-1", bucket=OTHER)
with round.operation("HeadBucket"):
    api("head-bucket")
with round.operation("HeadBucket of none"):
    refused(lambda: api("head-bucket", bucket="no-such-bucket-here"), "404")
with round.operation("ListBuckets"):
    names = {line.split()[-1] for line in aws("s3", "ls").splitlines()}
    assert {BUCKET, OTHER} <= names, names
    assert {BUCKET, OTHER} <= {found["Name"] for found in api("list-buckets", bucket=None)["Buckets"]}
with round.operation("GetBucketLocation"):
    same(api("get-bucket-location")["LocationConstraint"], None)
    same(api("get-bucket-location", bucket=OTHER)["LocationConstraint"], "eu-west-1")
with round.operation("PutBucketAcl, GetBucketAcl"):
    api("put-bucket-acl", "--acl", "public-read")
    same(grants(api("get-bucket-acl")), [("AllUsers", "READ"), ("owner", "FULL_CONTROL")])
    api("put-bucket-acl", "--acl", "private")
with round.operation("GetBucketPolicyStatus"):
    try:
        same(api("get-bucket-policy-status")["PolicyStatus"], {"IsPublic": False})
    except Failed as error:
        assert "NoSuchBucketPolicy" in str(error), error
with round.operation("PutBucketCors, GetBucketCors, DeleteBucketCors"):
    rules = [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]
    api("put-bucket-cors", "--cors-configuration", json.dumps({"CORSRules": rules}))
    same(api("get-bucket-cors")["CORSRules"], rules)
    api("delete-bucket-cors")
    refused(lambda: api("get-bucket-cors"), "NoSuchCORSConfiguration")
with round.operation("PutBucketTagging, GetBucketTagging, DeleteBucketTagging"):
    api("put-bucket-tagging", "--tagging", "TagSet=[{Key=purpose,Value=images}]")
    same(api("get-bucket-tagging")["TagSet"], [{"Key": "purpose", "Value": "images"}])
    api("delete-bucket-tagging")
    refused(lambda: api("get-bucket-tagging"), "NoSuchTagSet")

with round.operation("PutObject"):
    same(api("put-object", "--body", "small", key="one")["ETag"], f'"{hashlib.md5(small).hexdigest()}"')
with round.operation("PutObject, empty"):
    api("put-object", "--body", "empty", key="empty")
    same(read("empty"), b"")
with round.operation("PutObject, 6 MiB"):
    same(api("put-object", "--body", "large", key="large")["ETag"], f'"{hashlib.md5(large).hexdigest()}"')
with round.operation("GetObject"):
    same(read("one"), small)
    same(read("large"), large)
with round.operation("GetObject of none"):
    refused(lambda: read("none"), "NoSuchKey")
with round.operation("GetObject, a range"):
    same(read("large", "--range", "bytes=1000000-3000000"), large[1000000:3000001])
    refused(lambda: read("one", "--range", "bytes=100-200"), "InvalidRange")
with round.operation("GetObject, If-None-Match and If-Match"):
    etag = f'"{hashlib.md5(small).hexdigest()}"'
    refused(lambda: read("one", "--if-none-match", etag), "304")
    refused(lambda: read("one", "--if-match", '"0123"'), "PreconditionFailed")
    same(read("one", "--if-match", etag), small)
with round.operation("GetObject, response overrides"):
    answer = api("get-object", "--response-content-type", "text/x-odd", "got", key="one")
    same(answer["ContentType"], "text/x-odd")
with round.operation("HeadObject"):
    head = api("head-object", key="large")
    same((head["ContentLength"], head["ETag"]), (len(large), f'"{hashlib.md5(large).hexdigest()}"'))
    refused(lambda: api("head-object", key="none"), "404")
with round.operation("metadata and content type"):
    aws("s3", "cp", "small", f"s3://{BUCKET}/described", "--metadata", "image-id=emi-1", "--content-type", "text/plain",
        "--cache-control", "max-age=5")
    head = api("head-object", key="described")
    same((head["Metadata"], head["ContentType"], head["CacheControl"]), ({"image-id": "emi-1"}, "text/plain", "max-age=5"))
with round.operation("keys of every kind"):
    for key in ODD_KEYS:
        api("put-object", "--body", "small", key=f"odd/{key}")
    for key in ODD_KEYS:
        same(read(f"odd/{key}"), small)
    found = [entry["Key"] for entry in api("list-objects-v2", "--prefix", "odd/")["Contents"]]
    same(found, sorted((f"odd/{key}" for key in ODD_KEYS), key=str.encode))
    aws("s3", "rm", "--recursive", f"s3://{BUCKET}/odd/")
with round.operation("CopyObject"):
    aws("s3", "cp", f"s3://{BUCKET}/described", f"s3://{BUCKET}/copy")
    same((read("copy"), api("head-object", key="copy")["Metadata"]), (small, {"image-id": "emi-1"}))
with round.operation("CopyObject, metadata replaced"):
    aws("s3", "cp", f"s3://{BUCKET}/described", f"s3://{BUCKET}/copy", "--metadata-directive", "REPLACE",
        "--metadata", "new=1", "--content-type", "text/html")
    head = api("head-object", key="copy")
    same((head["Metadata"], head["ContentType"]), ({"new": "1"}, "text/html"))
with round.operation("CopyObject, another bucket"):
    aws("s3", "cp", f"s3://{BUCKET}/large", f"s3://{OTHER}/large")
    same(read("large", bucket=OTHER), large)
with round.operation("CopyObject, conditions"):
    refused(lambda: api("copy-object", "--copy-source", f"{BUCKET}/one", "--copy-source-if-match", '"0123"', key="two"),
            "PreconditionFailed")
    api("copy-object", "--copy-source", f"{BUCKET}/one", "--copy-source-if-none-match", '"0123"', key="two")
with round.operation("DeleteObject"):
    aws("s3", "mv", f"s3://{BUCKET}/one", f"s3://{BUCKET}/two")
    refused(lambda: read("one"), "NoSuchKey")
    aws("s3", "rm", f"s3://{BUCKET}/two")
    api("delete-object", key="two")
with round.operation("DeleteObjects"):
    names = [f"many/{number} & <{number}>" for number in range(3)]
    for name in names:
        api("put-object", "--body", "empty", key=name)
    doomed = json.dumps({"Objects": [{"Key": name} for name in names]})
    same(len(api("delete-objects", "--delete", doomed)["Deleted"]), 3)
    same(api("list-objects-v2", "--prefix", "many/").get("Contents"), None)
aws("s3", "cp", "small", f"s3://{BUCKET}/one")
with round.operation("PutObjectAcl, GetObjectAcl"):
    api("put-object-acl", "--acl", "authenticated-read", key="one")
    same(grants(api("get-object-acl", key="one")), [("AuthenticatedUsers", "READ"), ("owner", "FULL_CONTROL")])
with round.operation("ACLs of images"):
    api("put-object", "--body", "small", "--acl", "aws-exec-read", key="image")
    assert ("owner", "FULL_CONTROL") in grants(api("get-object-acl", key="image"))
with round.operation("grants"):
    aws("s3", "cp", "small", f"s3://{BUCKET}/granted", "--grants",
        "read=uri=http://acs.amazonaws.com/groups/global/AllUsers")
    assert ("AllUsers", "READ") in grants(api("get-object-acl", key="granted"))
with round.operation("anonymous GetObject"):
    aws("s3", "cp", "small", f"s3://{BUCKET}/open", "--acl", "public-read")
    same(fetch(f"{URL}/{BUCKET}/open")[2], small)
    api("get-object", "--no-sign-request", "got", key="open")
    refused(lambda: api("get-object", "--no-sign-request", "got", key="one"), "AccessDenied", "403")
with round.operation("PutObjectTagging, GetObjectTagging, DeleteObjectTagging"):
    api("put-object-tagging", "--tagging", "TagSet=[{Key=kind,Value=manifest}]", key="one")
    same(api("get-object-tagging", key="one")["TagSet"], [{"Key": "kind", "Value": "manifest"}])
    api("delete-object-tagging", key="one")
    same(api("get-object-tagging", key="one")["TagSet"], [])
with round.operation("checksums"):
    for algorithm in ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"):
        sent = api("put-object", "--body", "large", "--checksum-algorithm", algorithm, key="summed")
        head = api("head-object", "--checksum-mode", "ENABLED", key="summed")
        same(head[f"Checksum{algorithm}"], sent[f"Checksum{algorithm}"])
        same(read("summed", "--checksum-mode", "ENABLED"), large)
with round.operation("checksum that is wrong"):
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    refused(lambda: api("put-object", "--body", "small", "--checksum-sha256", wrong, key="wrong"),
            "BadDigest", "InvalidRequest")
with round.operation("PutObject, If-None-Match"):
    api("put-object", "--body", "small", "--if-none-match", "*", key="once")
    refused(lambda: api("put-object", "--body", "small", "--if-none-match", "*", key="once"), "PreconditionFailed")
with round.operation("PutObject, If-Match"):
    refused(lambda: api("put-object", "--body", "large", "--if-match", '"0123"', key="once"), "PreconditionFailed")
    api("put-object", "--body", "empty", "--if-match", etag, key="once")
    same(read("once"), b"")

listed = [f"list/{name}" for name in sorted(["a", "b/1", "b/2", "d e"])]
for name in listed:
    api("put-object", "--body", "small", bucket=OTHER, key=name)
for name, operation in (("ListObjects", "list-objects"), ("ListObjectsV2", "list-objects-v2")):
    def names(*arguments, operation=operation):
        answer = api(operation, "--prefix", "list/", *arguments, bucket=OTHER)
        return [found["Key"] for found in answer.get("Contents", [])], answer

    with round.operation(name):
        same(names()[0], listed)
    with round.operation(f"{name}, prefix and delimiter"):
        found, answer = names("--delimiter", "/")
        same((found, answer["CommonPrefixes"]), (["list/a", "list/d e"], [{"Prefix": "list/b/"}]))
    with round.operation(f"{name}, pages"):
        same(names("--page-size", "1")[0], listed)

with round.operation("PutBucketVersioning, GetBucketVersioning"):
    api("put-bucket-versioning", "--versioning-configuration", "Status=Enabled", bucket=OTHER)
    same(api("get-bucket-versioning", bucket=OTHER)["Status"], "Enabled")
versions = []
with round.operation("GetObject of a version"):
    versions = [api("put-object", "--body", name, bucket=OTHER, key="v")["VersionId"] for name in ("small", "empty")]
    same(read("v", "--version-id", versions[0], bucket=OTHER), small)
with round.operation("DeleteObject, marker"):
    same(api("delete-object", bucket=OTHER, key="v")["DeleteMarker"], True)
with round.operation("ListObjectVersions"):
    answer = api("list-object-versions", "--prefix", "v", bucket=OTHER)
    same([found["VersionId"] for found in answer["Versions"]], versions[::-1])
    marker = answer["DeleteMarkers"][0]["VersionId"]
with round.operation("DeleteObject of a version"):
    api("delete-object", "--version-id", marker, bucket=OTHER, key="v")
    same(read("v", bucket=OTHER), b"")
with round.operation("versioning suspended"):
    api("put-bucket-versioning", "--versioning-configuration", "Status=Suspended", bucket=OTHER)
    same(api("get-bucket-versioning", bucket=OTHER)["Status"], "Suspended")

with round.operation("multipart upload"):
    Path("huge").write_bytes(large * 3)  # above the 8 MiB at which `aws s3` begins to use parts
    aws("s3", "cp", "huge", f"s3://{BUCKET}/parts")
    aws("s3", "cp", f"s3://{BUCKET}/parts", "back")
    same(Path("back").read_bytes(), large * 3)
    head = api("head-object", key="parts")
    assert head["ETag"].endswith('-3"'), head["ETag"]
with round.operation("multipart upload, checksums"):
    aws("s3", "cp", "huge", f"s3://{BUCKET}/sums", "--checksum-algorithm", "SHA256")
    head = api("head-object", "--checksum-mode", "ENABLED", key="sums")
    assert head["ChecksumSHA256"].endswith("-3"), head
with round.operation("GetObjectAttributes"):
    answer = api("get-object-attributes", "--object-attributes", "Checksum", "ObjectParts", "ObjectSize", key="sums")
    same((answer["ObjectSize"], answer["ObjectParts"]["TotalPartsCount"]), (len(large) * 3, 3))
    assert head["ChecksumSHA256"].startswith(answer["Checksum"]["ChecksumSHA256"]), (head, answer)
with round.operation("UploadPartCopy"):
    aws("s3", "cp", f"s3://{BUCKET}/parts", f"s3://{OTHER}/copied-parts")
    same(read("copied-parts", bucket=OTHER), large * 3)
upload = api("create-multipart-upload", key="pending/a b")["UploadId"]
with round.operation("ListParts"):
    sent = api("upload-part", "--upload-id", upload, "--part-number", "3", "--body", "large", key="pending/a b")
    found = api("list-parts", "--upload-id", upload, key="pending/a b")["Parts"]
    same([(part["PartNumber"], part["ETag"], part["Size"]) for part in found], [(3, sent["ETag"], len(large))])
with round.operation("ListMultipartUploads"):
    found = api("list-multipart-uploads")["Uploads"]
    same([(entry["Key"], entry["UploadId"]) for entry in found], [("pending/a b", upload)])
with round.operation("AbortMultipartUpload"):
    api("abort-multipart-upload", "--upload-id", upload, key="pending/a b")
    same(api("list-multipart-uploads").get("Uploads"), None)

with round.operation("presigned GetObject"):
    url = aws("s3", "presign", f"s3://{BUCKET}/one", "--expires-in", "60").strip()
    same(fetch(url)[2], small)
    same(fetch(url.replace("/one?", "/large?"))[0], 403)

folder = Path("folder")
(folder / "sub dir").mkdir(parents=True)
for number, name in enumerate(("a", "sub dir/b", "sub dir/c+d")):
    (folder / name).write_bytes(noise(10_000, number))
    os.utime(folder / name, (1_600_000_000, 1_600_000_000))  # before any upload, whatever the clocks


def tree(root):
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


with round.operation("folder up and down"):
    aws("s3", "cp", "--recursive", "folder", f"s3://{BUCKET}/folder")
    aws("s3", "cp", "--recursive", f"s3://{BUCKET}/folder", "folder-back")
    same(tree(Path("folder-back")), tree(folder))
with round.operation("sync"):
    same(aws("s3", "sync", "folder", f"s3://{BUCKET}/folder").strip(), "")
    (folder / "a").unlink()
    (folder / "new").write_bytes(small)
    aws("s3", "sync", "--delete", "folder", f"s3://{BUCKET}/folder")
    aws("s3", "sync", f"s3://{BUCKET}/folder", "folder-synced")
    same(tree(Path("folder-synced")), tree(folder))
with round.operation("folder deleted"):
    aws("s3", "rm", "--recursive", f"s3://{BUCKET}/folder")
    same(api("list-objects-v2", "--prefix", "folder").get("Contents"), None)

with round.operation("DeleteBucket, not empty"):
    refused(lambda: api("delete-bucket"), "BucketNotEmpty")
with round.operation("DeleteBucket"):
    found = api("list-object-versions", bucket=OTHER)
    doomed = [{"Key": entry["Key"], "VersionId": entry["VersionId"]}
              for entry in found["Versions"] + found.get("DeleteMarkers", [])]
    api("delete-objects", "--delete", json.dumps({"Objects": doomed}), bucket=OTHER)
    api("delete-bucket", bucket=OTHER)
    aws("s3", "rb", "--force", f"s3://{BUCKET}")
    refused(lambda: api("head-bucket"), "404")
round.end()
