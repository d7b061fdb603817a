"""A proxy with https in front of the program, as nginx is, for tests."""

import asyncio
import ssl
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

VISITOR = "203.0.113.7"
"""Where all who come through the proxy are said to be."""


def make_certificate(folder: Path) -> Path:
    """Of 127.0.0.1 and localhost, signed by itself; its key is in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    file = folder / "certificate.pem"
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(pem)
    )
    return file


@asynccontextmanager
async def https_proxy(port: int) -> AsyncIterator[tuple[int, ssl.SSLContext]]:
    """The port it listens on, and what a client needs to trust it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = forwarded(await reader.readuntil(b"\r\n\r\n"))
            back, there = await asyncio.open_connection("127.0.0.1", port)
            there.write(head)
            sending = asyncio.create_task(pass_on(reader, there))
            await pass_on(back, writer)
            sending.cancel()
            there.close()
        writer.close()

    with tempfile.TemporaryDirectory(prefix="reelbase-tls-") as folder:
        certificate = make_certificate(Path(folder))
        own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        own.load_cert_chain(certificate)
        trusting = ssl.create_default_context(cafile=str(certificate))
        async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=own) as server:
            yield server.sockets[0].getsockname()[1], trusting


def forwarded(head: bytes) -> bytes:
    """One request a connection; what the client says of itself is replaced."""
    line, *headers = head.rstrip(b"\r\n").split(b"\r\n")
    ours = (b"connection:", b"x-forwarded-for:", b"x-forwarded-proto:")
    kept = [each for each in headers if not each.lower().startswith(ours)]
    added = [
        b"Connection: close",
        b"X-Forwarded-Proto: https",
        b"X-Forwarded-For: " + VISITOR.encode(),
    ]
    return b"\r\n".join([line, *kept, *added, b"", b""])


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while part := await reader.read(1 << 16):
            writer.write(part)
            await writer.drain()
