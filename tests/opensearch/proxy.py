"""A proxy before a real cluster: TLS and a password like a managed one, and faults when told to."""

import base64
import gzip
import json
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

# What a certificate must say for Python 3.13 to believe it, and its authority.
_OPENSSL = """
[req]
distinguished_name = name
prompt = no
[name]
CN = geulsaem tests
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
subjectAltName = IP:127.0.0.1
authorityKeyIdentifier = keyid
"""
_GZIP = b"\x1f\x8b"
_PASSED = ("content-type", "content-encoding", "accept", "accept-encoding")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is answered instead of the cluster; status 0 hangs up without a word, None passes the
    request on after so many ``seconds``. Where the answer is ``lost``, it is passed on, and then
    the line goes dead, once ``then`` was called; where it is ``cut``, half of it comes back
    first. ``first`` is the status of the first of many changes, which is not passed on."""

    status: int | None = None
    body: str = '{"error": "made by a test"}'
    kind: str = "application/json"
    seconds: float = 0.0
    lost: bool = False
    then: Callable[[], None] = lambda: None
    cut: bool = False
    first: int = 0


@dataclass
class Proxy:
    """A running proxy; ``fault`` is asked about each request by its method and path. A request of
    more than ``most`` bytes (0: any) is refused."""

    target: str
    user: str = ""
    password: str = ""
    fault: Callable[[str, str], Fault | None] = lambda _method, _path: None
    url: str = ""
    requests: list[tuple[str, str]] = field(default_factory=list)
    most: int = 0

    def admits(self, authorization: str | None) -> bool:
        """Whether a request carries the password, where one is asked for."""
        wanted = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return not self.user or authorization == f"Basic {wanted}"


@contextmanager
def running(proxy: Proxy, certificate: Path | None = None) -> Iterator[Proxy]:
    """Listen on a free port of loopback, again on that of before where there was one; over TLS
    where there is a certificate with its key."""
    server = _Server(proxy)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        # The hand-shake belongs to the thread of the connection, or a refused one stops them all.
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    proxy.url = f"http{'s' if certificate else ''}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        server.hang_up()


def certificates(folder: Path) -> tuple[Path, Path]:
    """A private authority's certificate, and one of 127.0.0.1 (with its key) that it signed."""
    config = folder / "openssl.cnf"
    config.write_text(_OPENSSL)
    authority, key, server = folder / "ca.pem", folder / "ca.key", folder / "server.pem"
    _openssl(config, "authority", authority, key)
    signed = folder / "server.key"
    _openssl(config, "server", server, signed, "-CA", authority, "-CAkey", key)
    server.write_text(server.read_text() + signed.read_text())
    return authority, server


def _openssl(config: Path, extensions: str, out: Path, key: Path, *more: str | Path) -> None:
    kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    files = ("-config", config, "-extensions", extensions, "-keyout", key, "-out", out)
    subprocess.run(
        ["openssl", "req", "-x509", *kind, *files, *more], check=True, capture_output=True
    )


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, proxy: Proxy) -> None:
        super().__init__(("127.0.0.1", urlsplit(proxy.url).port or 0), _Handler)
        self.proxy = proxy
        self.lines: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remembers the line, to cut it in the end."""
        self.lines.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forgets it."""
        self.lines.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End all lines: a client that keeps them would not see that nobody listens."""
        for line in list(self.lines):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that refuse the certificate or lose patience are what tests are about."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    # Else the body waits until the client says that it has the head: 40 ms.
    disable_nagle_algorithm = True

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        path = self.path.partition("?")[0]
        self.server.proxy.requests.append((self.command, path))
        fault = self.server.proxy.fault(self.command, path)
        if self.server.proxy.most and len(_plain(body)) > self.server.proxy.most:
            fault = Fault(413, "Request Entity Too Large")
        if not self.server.proxy.admits(self.headers.get("authorization")):
            fault = Fault(401, "Unauthorized")
        if fault is not None:
            time.sleep(fault.seconds)
        if fault is None or fault.status is None:
            self._pass_on(body, fault or Fault())
        elif fault.status == 0:
            self.close_connection = True
        else:
            self._answer(fault.status, fault.body.encode(), fault.kind)

    def _pass_on(self, body: bytes, fault: Fault) -> None:
        upstream = HTTPConnection(urlsplit(self.server.proxy.target).netloc, timeout=60)
        headers = {k: v for k, v in self.headers.items() if k.lower() in _PASSED}
        if fault.first:
            body = _behind_the_first(body)
            headers = {"content-type": "application/x-ndjson"}
        try:
            upstream.request(self.command, self.path, body or None, headers)
            answer = upstream.getresponse()
            data = answer.read()
            if fault.first:
                data = _with_a_first(data, fault.first)
            if fault.lost:
                fault.then()
                self.close_connection = True
                return
            self._answer(
                answer.status,
                data,
                answer.getheader("content-type", ""),
                answer.getheader("content-encoding"),
                cut=fault.cut,
            )
        except OSError:
            self._answer(502, b"the cluster is not there", "text/plain")
        finally:
            upstream.close()

    def _answer(
        self, status: int, body: bytes, kind: str, encoding: str | None = None, *, cut: bool = False
    ) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        if encoding:
            self.send_header("content-encoding", encoding)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _any  # noqa: N815

    def log_message(self, *_arguments: object) -> None:
        """Nothing: what was asked is in ``requests``."""


def _plain(body: bytes) -> bytes:
    return gzip.decompress(body) if body.startswith(_GZIP) else body


def _behind_the_first(body: bytes) -> bytes:
    """Changes but for the first; one that changes nothing where no other is left."""
    lines = gzip.decompress(body).splitlines(keepends=True)
    rest = lines[1:] if b'"delete"' in lines[0] else lines[2:]
    return b"".join(rest) or b'{"delete":{"_id":"nothing"}}\n'


def _with_a_first(answer: bytes, status: int) -> bytes:
    """The answer to changes with another one before."""
    found = json.loads(answer)
    if [own.get("delete", {}).get("_id") for own in found["items"]] == ["nothing"]:
        found["items"] = []
    error = {"type": "rejected_execution_exception", "reason": "a full queue"}
    found["items"].insert(0, {"index": {"status": status, "error": error}})
    return json.dumps(found | {"errors": True}).encode()
