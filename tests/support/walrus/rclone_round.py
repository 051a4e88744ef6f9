"""The round of rclone: `rclone_round.py`."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rounds import ACCESS_KEY, MIB, ODD_KEYS, REGION, SECRET_KEY, URL, Round, fetch, noise, refused, same

RCLONE = Path(sys.executable).with_name("rclone")
BUCKET, OTHER = "rclone", "rclone-other"
round = Round()
work = tempfile.TemporaryDirectory()
os.chdir(work.name)
SETTINGS = ["--config", os.devnull, "--retries", "1", "--low-level-retries", "1", "--s3-provider", "Other",
            "--s3-endpoint", URL, "--s3-region", REGION, "--s3-access-key-id", ACCESS_KEY,
            "--s3-secret-access-key", SECRET_KEY, "--s3-chunk-size", "5Mi", "--s3-upload-cutoff", "5Mi"]


def rclone(*arguments):
    done = subprocess.run([RCLONE, *arguments, *SETTINGS], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"rclone {arguments[0]}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def tree(root):
    return {str(path.relative_to(root)): path.read_bytes() for path in Path(root).rglob("*") if path.is_file()}


small, large = b"the first object\n", noise(4 * MIB)
Path("small").write_bytes(small)
Path("large").write_bytes(large)
Path("huge").write_bytes(noise(17 * MIB))

with round.operation("CreateBucket"):
    rclone("mkdir", f":s3:{BUCKET}")
with round.operation("CreateBucket again"):
    rclone("mkdir", f":s3:{BUCKET}")
with round.operation("CreateBucket with a location"):
    rclone("mkdir", f":s3:{OTHER}", "--s3-location-constraint", "eu-west-1")
with round.operation("ListBuckets"):
    names = rclone("lsf", ":s3:").decode().split()
    assert {f"{BUCKET}/", f"{OTHER}/"} <= set(names), names
with round.operation("PutObject"):
    rclone("copyto", "small", f":s3:{BUCKET}/one")
with round.operation("PutObject, empty"):
    rclone("touch", f":s3:{BUCKET}/empty")
    same(rclone("cat", f":s3:{BUCKET}/empty"), b"")
with round.operation("GetObject"):
    same(rclone("cat", f":s3:{BUCKET}/one"), small)
with round.operation("PutObject, 6 MiB"):
    Path("six").write_bytes(noise(6 * MIB))
    rclone("copyto", "--s3-upload-cutoff", "10Mi", "six", f":s3:{BUCKET}/six")
    same(rclone("cat", f":s3:{BUCKET}/six"), noise(6 * MIB))
    rclone("deletefile", f":s3:{BUCKET}/six")
with round.operation("HeadBucket of none"):
    refused(lambda: rclone("lsf", ":s3:no-such-bucket-here"), "not found")
with round.operation("GetObject, a range"):
    same(rclone("cat", "--offset", "4", "--count", "5", f":s3:{BUCKET}/one"), small[4:9])
with round.operation("HeadObject"):
    rclone("copyto", "large", f":s3:{BUCKET}/large")
    same(rclone("lsf", "--format", "sp", f":s3:{BUCKET}/large").decode().strip(), f"{len(large)};large")
with round.operation("metadata and content type"):
    rclone("copyto", "--metadata", "--metadata-set", "image-id=emi-1", "--metadata-set", "content-type=text/plain",
           "small", f":s3:{BUCKET}/described")
    answer = rclone("lsjson", "--stat", "--metadata", f":s3:{BUCKET}/described").decode()
    assert '"image-id":"emi-1"' in answer.replace(": ", ":") and "text/plain" in answer, answer
with round.operation("keys of every kind"):
    for key in ODD_KEYS:
        if "//" not in key and not key.endswith("/"):  # files have no such names
            rclone("copyto", "small", f":s3:{BUCKET}/odd/{key}")
            same(rclone("cat", f":s3:{BUCKET}/odd/{key}"), small)
with round.operation("CopyObject"):
    rclone("copyto", f":s3:{BUCKET}/one", f":s3:{BUCKET}/copy")
    same(rclone("cat", f":s3:{BUCKET}/copy"), small)
with round.operation("CopyObject, metadata replaced"):
    rclone("touch", "--timestamp", "2001-02-03T04:05:06", f":s3:{BUCKET}/copy")
    same(rclone("lsf", "--format", "tp", "--time-format", "2006", f":s3:{BUCKET}/copy").decode().strip(), "2001;copy")
with round.operation("CopyObject, another bucket"):
    rclone("copyto", f":s3:{BUCKET}/large", f":s3:{OTHER}/large")
    same(rclone("cat", f":s3:{OTHER}/large"), large)
with round.operation("DeleteObject"):
    rclone("deletefile", f":s3:{BUCKET}/copy")
    refused(lambda: rclone("deletefile", f":s3:{BUCKET}/copy"), "not found")
for version in ("1", "2"):
    with round.operation("ListObjects" if version == "1" else "ListObjectsV2"):
        found = rclone("lsf", "-R", "--files-only", f":s3:{BUCKET}", "--s3-list-version", version).decode().splitlines()
        assert {"one", "empty", "large", "described"} <= set(found), found
    with round.operation(f"ListObjects{'' if version == '1' else 'V2'}, prefix and delimiter"):
        found = rclone("lsf", f":s3:{BUCKET}", "--s3-list-version", version).decode().splitlines()
        same(found, ["described", "empty", "large", "odd/", "one"])
    with round.operation(f"ListObjects{'' if version == '1' else 'V2'}, pages"):
        found = rclone("lsf", f":s3:{BUCKET}", "--s3-list-version", version, "--s3-list-chunk", "1").decode().splitlines()
        same(found, ["described", "empty", "large", "odd/", "one"])
with round.operation("PutBucketVersioning, GetBucketVersioning"):
    rclone("backend", "versioning", f":s3:{OTHER}", "Enabled")
    same(rclone("backend", "versioning", f":s3:{OTHER}").decode().strip(), '"Enabled"')
with round.operation("ListObjectVersions"):
    rclone("copyto", "small", f":s3:{OTHER}/large")
    found = rclone("lsf", f":s3:{OTHER}", "--s3-versions").decode().split()
    same((len(found), "large" in found), (2, True))
with round.operation("GetObject of a version"):
    old = next(name for name in found if name != "large")
    same(rclone("cat", "--s3-versions", f":s3:{OTHER}/{old}"), large)
with round.operation("DeleteObject, marker"):
    rclone("copyto", "small", f":s3:{OTHER}/marked")
    rclone("deletefile", f":s3:{OTHER}/marked")
    same(rclone("lsf", f":s3:{OTHER}").decode().split(), ["large"])
    shown = rclone("lsf", f":s3:{OTHER}", "--s3-versions", "--s3-version-deleted").decode().split()
    assert len([name for name in shown if name.startswith("marked-v")]) == 2, shown
with round.operation("DeleteObject of a version"):
    rclone("backend", "cleanup-hidden", f":s3:{OTHER}")
    same(rclone("lsf", f":s3:{OTHER}", "--s3-versions").decode().split(), ["large"])
with round.operation("versioning suspended"):
    rclone("backend", "versioning", f":s3:{OTHER}", "Suspended")
with round.operation("multipart upload"):
    rclone("copyto", "huge", f":s3:{BUCKET}/parts")
    rclone("copyto", f":s3:{BUCKET}/parts", "back")
    same(Path("back").read_bytes(), Path("huge").read_bytes())
with round.operation("UploadPartCopy"):
    rclone("copyto", "--s3-copy-cutoff", "5Mi", f":s3:{BUCKET}/parts", f":s3:{BUCKET}/copied-parts")
    same(rclone("cat", f":s3:{BUCKET}/copied-parts"), Path("huge").read_bytes())
with round.operation("ListMultipartUploads"):
    same(rclone("backend", "list-multipart-uploads", f":s3:{BUCKET}").decode().split(), ["{", f'"{BUCKET}":', "[]", "}"])
with round.operation("anonymous GetObject"):
    rclone("copyto", "--s3-acl", "public-read", "small", f":s3:{BUCKET}/open")
    same(fetch(f"{URL}/{BUCKET}/open")[2], small)
    same(fetch(f"{URL}/{BUCKET}/one")[0], 403)
with round.operation("presigned GetObject"):
    url = rclone("link", "--expire", "1m", f":s3:{BUCKET}/one").decode().strip()
    same(fetch(url)[2], small)

folder = Path("folder")
(folder / "sub dir").mkdir(parents=True)
for number, name in enumerate(("a", "sub dir/b", "sub dir/c+d")):
    (folder / name).write_bytes(noise(10_000, number))
with round.operation("folder up and down"):
    rclone("copy", "folder", f":s3:{BUCKET}/folder")
    rclone("copy", f":s3:{BUCKET}/folder", "folder-back")
    same(tree("folder-back"), tree("folder"))
with round.operation("sync"):
    (folder / "a").unlink()
    (folder / "new").write_bytes(small)
    rclone("sync", "folder", f":s3:{BUCKET}/folder")
    rclone("sync", f":s3:{BUCKET}/folder", "folder-back")
    same(tree("folder-back"), tree("folder"))
with round.operation("check"):
    rclone("check", "folder", f":s3:{BUCKET}/folder")
    rclone("check", "--download", "folder", f":s3:{BUCKET}/folder")
    rclone("copyto", "small", f":s3:{BUCKET}/folder/extra")
    refused(lambda: rclone("check", "folder", f":s3:{BUCKET}/folder"), "differences")
with round.operation("folder deleted"):
    rclone("delete", f":s3:{BUCKET}/folder")
    same(rclone("lsf", f":s3:{BUCKET}/folder"), b"")
with round.operation("DeleteBucket, not empty"):
    refused(lambda: rclone("rmdir", f":s3:{BUCKET}"), "BucketNotEmpty", "not empty")
with round.operation("DeleteBucket"):
    rclone("purge", f":s3:{BUCKET}")
    rclone("purge", f":s3:{OTHER}")
    same(rclone("lsf", ":s3:"), b"")
round.end()
