#!/usr/bin/env python3
"""Opens a bundle in the way euca2ools 3 does, and compares what that tool does not.

    read_like_euca2ools.py MANIFEST PARTS_DIR PRIVATE_KEY IMAGE

The manifest goes through a general XML parser; the user's sealed key is tried first, then the
cloud's; openssl decrypts; zlib inflates; tarfile reads the stream without ever seeking back; its
first member is the image, whatever it is called.
"""

import hashlib
import io
import os
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as ElementTree
import zlib


def fail(message):
    sys.exit("read_like_euca2ools: " + message)


def unseal(image, what, private_key):
    for owner in ("user", "ec2"):
        sealed = (image.findtext("%s_encrypted_%s" % (owner, what)) or "").strip()
        opened = subprocess.run(
            ["openssl", "pkeyutl", "-decrypt", "-inkey", private_key],
            input=bytes.fromhex(sealed),
            capture_output=True,
        )
        if sealed and opened.returncode == 0:
            return "%032x" % int(opened.stdout, 16)
    fail("no sealed %s opens with %s" % (what, private_key))


def parts_of(image):
    listed = image.find("parts")
    by_index = {int(part.get("index")): part for part in listed.findall("part")}
    if sorted(by_index) != list(range(int(listed.get("count")))):
        fail("the parts' numbers have gaps")
    return [by_index[index] for index in sorted(by_index)]


class Inflated(io.RawIOBase):
    """Inflates one gzip member, hashes what comes out, and keeps what follows the member."""

    def __init__(self, source):
        super().__init__()
        self.source = source
        self.inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self.digest = hashlib.sha1()

    def readable(self):
        return True

    def readinto(self, buffer):
        while not self.inflater.eof:
            waiting = self.inflater.unconsumed_tail or self.source.read(65536)
            out = self.inflater.decompress(waiting, len(buffer))
            if out:
                self.digest.update(out)
                buffer[: len(out)] = out
                return len(out)
            if not waiting:
                fail("the gzip member is cut off")
        return 0


def main(manifest, parts_dir, private_key, output):
    root = ElementTree.parse(manifest).getroot()
    image = root.find("image")
    encrypted = b""
    for part in parts_of(image):
        with open(os.path.join(parts_dir, part.findtext("filename")), "rb") as file:
            content = file.read()
        if int(hashlib.sha1(content).hexdigest(), 16) != int(part.findtext("digest"), 16):
            fail("part %s is corrupt" % part.get("index"))
        encrypted += content
    if len(encrypted) != int(image.findtext("bundled_size")):
        fail("the parts are %d bytes" % len(encrypted))
    key, iv = unseal(image, "key", private_key), unseal(image, "iv", private_key)
    decrypted = subprocess.run(
        ["openssl", "enc", "-d", "-aes-128-cbc", "-K", key, "-iv", iv],
        input=encrypted,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout

    compressed = io.BytesIO(decrypted)
    inflated = Inflated(compressed)
    written = 0
    with tarfile.open(mode="r|", fileobj=inflated) as archive, open(output, "wb") as file:
        member = archive.next()
        content = archive.extractfile(member)
        while block := content.read(1 << 20):
            written += file.write(block)
        if archive.next() is not None:
            fail("the tar stream has a second member")
    while inflated.read(65536):
        pass
    if inflated.inflater.unused_data or compressed.read(1):
        fail("something follows the gzip member")
    if inflated.digest.hexdigest() != image.findtext("digest"):
        fail("the tar stream has SHA-1 " + inflated.digest.hexdigest())
    if written != int(image.findtext("size")):
        fail("the image has %d bytes" % written)


main(*sys.argv[1:])
