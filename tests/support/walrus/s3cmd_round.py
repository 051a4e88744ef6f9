"""The round of s3cmd: `s3cmd_round.py v2|v4`. A path in the endpoint goes into host_base."""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from rounds import ACCESS_KEY, MIB, ODD_KEYS, REGION, SECRET_KEY, URL, Round, fetch, noise, refused, same

S3CMD = Path(sys.executable).with_name("s3cmd")
signature = sys.argv[1]
place = urlsplit(URL)
BUCKET, OTHER = f"s3cmd-{signature}", f"s3cmd-{signature}-other"
round = Round()
work = tempfile.TemporaryDirectory()
os.chdir(work.name)
# Without a bucket in host_bucket s3cmd puts the bucket into the path.
Path("s3cfg").write_text(f"""[default]
access_key = {ACCESS_KEY}
secret_key = {SECRET_KEY}
bucket_location = {REGION}
host_base = {place.netloc}{place.path}
host_bucket = {place.netloc}{place.path}
use_https = False
signature_v2 = {signature == "v2"}
max_retries = 1
""", encoding="utf-8")


def s3cmd(*arguments):
    done = subprocess.run([S3CMD, "--config", "s3cfg", "--no-progress", *arguments], stdin=subprocess.DEVNULL,
                          capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"s3cmd {arguments[0]}: {done.stderr.decode(errors='replace').strip()[-400:]}")
    return done.stdout.decode()


def at(key, bucket=BUCKET):
    return f"s3://{bucket}/{key}"


def read(key, *arguments, bucket=BUCKET):
    s3cmd("get", "--force", *arguments, at(key, bucket), "got")
    return Path("got").read_bytes()


def tree(root):
    return {str(path.relative_to(root)): path.read_bytes() for path in Path(root).rglob("*") if path.is_file()}


small, large = b"the first object\n", noise(6 * MIB + 5)
Path("small").write_bytes(small)
Path("large").write_bytes(large)
Path("huge").write_bytes(large * 3)
Path("empty").write_bytes(b"")

with round.operation("CreateBucket"):
    s3cmd("mb", at(""))
with round.operation("CreateBucket with a location"):
    s3cmd("mb", "--bucket-location", "EU", at("", OTHER))
with round.operation("ListBuckets"):
    names = {line.split()[-1] for line in s3cmd("ls").splitlines()}
    assert {f"s3://{BUCKET}", f"s3://{OTHER}"} <= names, names
with round.operation("HeadBucket of none"):
    refused(lambda: s3cmd("info", at("", "no-such-bucket-here")), "NoSuchBucket", "does not exist")
with round.operation("GetBucketLocation"):
    told = s3cmd("info", at("", OTHER))
    assert "Location:  EU" in told or "Location:  eu-west-1" in told, told
with round.operation("PutBucketAcl, GetBucketAcl"):
    s3cmd("setacl", "--acl-public", at(""))
    assert "*anon*: READ" in s3cmd("info", at(""))
    s3cmd("setacl", "--acl-private", at(""))
    assert "*anon*" not in s3cmd("info", at(""))
with round.operation("PutBucketCors, GetBucketCors, DeleteBucketCors"):
    Path("cors").write_text("<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin>"
                            "<AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>", encoding="ascii")
    s3cmd("setcors", "cors", at(""))
    told = s3cmd("info", at(""))
    assert "<AllowedMethod>GET</AllowedMethod>" in told, told
    s3cmd("delcors", at(""))
with round.operation("PutBucketTagging, GetBucketTagging, DeleteBucketTagging"):
    s3cmd("settagging", at(""), "purpose=images")
    told = s3cmd("gettagging", at(""))
    assert "purpose" in told and "images" in told, told
    s3cmd("deltagging", at(""))
with round.operation("PutObject"):
    s3cmd("put", "small", at("one"))
with round.operation("PutObject, empty"):
    s3cmd("put", "empty", at("empty"))
    same(read("empty"), b"")
with round.operation("PutObject, 6 MiB"):
    s3cmd("put", "large", at("large"))
with round.operation("GetObject"):
    same(read("one"), small)
    same(read("large"), large)
with round.operation("GetObject of none"):
    refused(lambda: read("none"), "404", "NoSuchKey", "does not exist")
with round.operation("GetObject, a range"):
    Path("part").write_bytes(large[:1_000_000])
    s3cmd("get", "--continue", at("large"), "part")
    same(Path("part").read_bytes(), large)
with round.operation("HeadObject"):
    told = s3cmd("info", at("large"))
    assert str(len(large)) in told and hashlib.md5(large).hexdigest() in told, told
with round.operation("metadata and content type"):
    s3cmd("put", "--mime-type", "text/plain", "--add-header", "x-amz-meta-image-id: emi-1", "small", at("described"))
    told = s3cmd("info", at("described"))
    assert "text/plain" in told and "emi-1" in told, told
with round.operation("keys of every kind"):
    names = [key for key in ODD_KEYS if not key.endswith("/")]  # those are folders to it
    for key in names:
        s3cmd("put", "small", at(f"odd/{key}"))
        same(read(f"odd/{key}"), small)
    s3cmd("del", "--recursive", "--force", at("odd/"))
with round.operation("CopyObject"):
    s3cmd("cp", at("described"), at("copy"))
    same(read("copy"), small)
    assert "emi-1" in s3cmd("info", at("copy"))
with round.operation("CopyObject, metadata replaced"):
    s3cmd("modify", "--add-header", "x-amz-meta-image-id: emi-2", at("copy"))
    assert "emi-2" in s3cmd("info", at("copy"))
with round.operation("CopyObject, another bucket"):
    s3cmd("cp", at("large"), at("large", OTHER))
    same(read("large", bucket=OTHER), large)
with round.operation("DeleteObject"):
    s3cmd("mv", at("copy"), at("moved"))
    refused(lambda: read("copy"), "404", "NoSuchKey", "does not exist")
    s3cmd("del", at("moved"))
with round.operation("DeleteObjects"):
    for number in range(3):
        s3cmd("put", "small", at(f"many/{number} & <{number}>"))
    s3cmd("del", "--recursive", "--force", at("many/"))
    same(s3cmd("ls", at("many/")).strip(), "")
with round.operation("PutObjectAcl, GetObjectAcl"):
    s3cmd("setacl", "--acl-public", at("one"))
    assert "*anon*: READ" in s3cmd("info", at("one"))
with round.operation("anonymous GetObject"):
    same(fetch(f"{URL}/{BUCKET}/one")[2], small)
    s3cmd("setacl", "--acl-private", at("one"))
    same(fetch(f"{URL}/{BUCKET}/one")[0], 403)
with round.operation("ListObjects"):
    found = [line.split()[-1] for line in s3cmd("ls", "--recursive", at("")).splitlines()]
    same(found, [at(key) for key in ("described", "empty", "large", "one")])
with round.operation("ListObjects, prefix and delimiter"):
    for key in ("list/a", "list/b/1", "list/b/2"):
        s3cmd("put", "small", at(key, OTHER))
    found = [line.split()[-1] for line in s3cmd("ls", at("list/", OTHER)).splitlines()]
    same(sorted(found), [at("list/a", OTHER), at("list/b/", OTHER)])
with round.operation("multipart upload"):
    s3cmd("put", "--multipart-chunk-size-mb", "5", "huge", at("parts"))
    same(read("parts"), large * 3)
with round.operation("ListMultipartUploads"):
    assert at("") in s3cmd("multipart", at("")), "the head of the list"
with round.operation("presigned GetObject"):
    url = s3cmd("signurl", at("one"), "+60").strip()
    same(fetch(url)[2], small)
    same(fetch(url.replace("/one?", "/large?"))[0], 403)

folder = Path("folder")
(folder / "sub dir").mkdir(parents=True)
for number, name in enumerate(("a", "sub dir/b", "sub dir/c+d")):
    (folder / name).write_bytes(noise(10_000, number))
with round.operation("folder up and down"):
    s3cmd("put", "--recursive", "folder/", at("folder/"))
    Path("back").mkdir()
    s3cmd("get", "--recursive", at("folder/"), "back/")
    same(tree("back"), tree("folder"))
with round.operation("sync"):
    (folder / "a").unlink()
    (folder / "new").write_bytes(small)
    s3cmd("sync", "--delete-removed", "folder/", at("folder/"))
    s3cmd("sync", "--delete-removed", at("folder/"), "back/")
    same(tree("back"), tree("folder"))
with round.operation("folder deleted"):
    s3cmd("del", "--recursive", "--force", at("folder/"))
    same(s3cmd("ls", at("folder/")).strip(), "")
with round.operation("DeleteBucket, not empty"):
    refused(lambda: s3cmd("rb", at("")), "BucketNotEmpty", "not empty")
with round.operation("DeleteBucket"):
    s3cmd("rb", "--recursive", "--force", at(""))
    s3cmd("rb", "--recursive", "--force", at("", OTHER))
    refused(lambda: s3cmd("info", at("")), "NoSuchBucket", "does not exist")
round.end()
