"""Makes a certificate authority and servers' certificates in the folder it is told.

ca.pem             whom to trust
good.pem           for 127.0.0.1 and s3.example.test, with its key
expired.pem        the same, ended yesterday
other-name.pem     for another host
"""

import datetime
import ipaddress
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

folder = Path(sys.argv[1])
now = datetime.datetime.now(datetime.timezone.utc)
day = datetime.timedelta(days=1)


def named(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate(subject, public_key, issuer, issuer_key, ends, extension, critical):
    builder = x509.CertificateBuilder(
        issuer, named(subject), public_key, x509.random_serial_number(), now - 10 * day, ends
    )
    return builder.add_extension(extension, critical).sign(issuer_key, hashes.SHA256())


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


ca_name = "amikit test authority"
ca_key = ec.generate_private_key(ec.SECP256R1())
authority = x509.BasicConstraints(ca=True, path_length=0)
ca = certificate(
    ca_name, ca_key.public_key(), named(ca_name), ca_key, now + day, authority, True
)
(folder / "ca.pem").write_bytes(pem(ca))

here = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("s3.example.test")]
for name, ends, hosts in [
    ("good", now + day, here),
    ("expired", now - day, here),
    ("other-name", now + day, [x509.DNSName("other.example.test")]),
]:
    key = ec.generate_private_key(ec.SECP256R1())
    hosts = x509.SubjectAlternativeName(hosts)
    made = certificate(name, key.public_key(), named(ca_name), ca_key, ends, hosts, False)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / f"{name}.pem").write_bytes(pem(made) + secret)
