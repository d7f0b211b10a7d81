"""A certificate for this machine alone, so that what sites use over TLS can be used in a sandbox, too."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cti_server.sandbox.process import needed, run
from cti_server.sandbox.state import private

DAYS: Final = 2
"""How long it is good: longer than any test, too short to be used for anything else."""


@dataclass(frozen=True)
class Certificate:
    """Files in PEM; `authority` signed `cert` and is what a client has to trust."""

    authority: Path
    cert: Path
    key: Path


async def make_certificate(folder: Path) -> Certificate:
    """A certificate for 127.0.0.1 and localhost, signed by an authority whose key is not kept.

    Raises SandboxError when the machine has no openssl.
    """
    private(folder)
    openssl = needed("openssl", "openssl")
    made = Certificate(folder / "authority.pem", folder / "cert.pem", folder / "key.pem")
    authority_key, request, names = folder / "authority.key", folder / "request", folder / "names"
    names.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth\n")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

    async def do(*words: str | Path) -> None:
        await run([openssl, *words], limit=30, check="Making a certificate")

    for key in (authority_key, made.key):
        key.touch(0o600)
    days = ["-days", str(DAYS)]
    ours = ["-subj", "/CN=cti-server sandbox"]
    await do("req", "-x509", *curve, *days, *ours, "-keyout", authority_key, "-out", made.authority)
    await do("req", *curve, "-subj", "/CN=127.0.0.1", "-keyout", made.key, "-out", request)
    signer = ["-CA", str(made.authority), "-CAkey", str(authority_key), "-CAcreateserial"]
    await do("x509", "-req", "-in", request, *signer, "-extfile", names, *days, "-out", made.cert)
    authority_key.unlink()
    return made
