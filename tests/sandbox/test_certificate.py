"""The sandbox's certificate is taken by whoever trusts its authority, and by nobody else."""

import asyncio
import ssl
from pathlib import Path

import pytest

from cti_server.sandbox.certificate import make_certificate


async def test_who_trusts_the_authority_trusts_this_machine(tmp_path: Path) -> None:
    made = await make_certificate(tmp_path / "tls")
    assert made.key.stat().st_mode & 0o777 == 0o600
    assert not list(made.key.parent.glob("authority.key"))
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_side.load_cert_chain(made.cert, made.key)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=server_side)
    port = server.sockets[0].getsockname()[1]
    trusting = ssl.create_default_context(cafile=made.authority)
    async with server:
        for name in ("127.0.0.1", "localhost"):
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting, server_hostname=name)
            writer.close()
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.open_connection("127.0.0.1", port, ssl=ssl.create_default_context())
