"""What the real server answers, and how it begins and ends."""

import http.client
import json
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest

from index.generation import IndexFolder
from tests.building import markdown, run_reindex, write_files
from tests.web.serving import (
    GEULSAEM,
    PATIENCE,
    Server,
    environment,
    eventually,
    free_port,
    serving,
    starting,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    content = write_files(folder / "content", {"a.md": markdown("반도체 소식", date="2024-01-01")})
    run_reindex(content, folder / "index")
    with serving(folder) as running:
        yield running


def test_it_serves(server: Server) -> None:
    assert server.found("반도체") == {"a"}
    status, page = server.get("/")
    assert status == 200
    assert "반도체 소식" in page.decode()
    assert server.get("/healthz") == (200, b'{"status":"up"}')
    assert server.get("/nothing")[0] == 404


@pytest.mark.parametrize(
    ("line", "status", "total"),
    [
        ("GET /api/v1/search?q=반도체 HTTP/1.1", 200, 1),
        ("GET /api/v1/search?q=%EB%B0%98도체 HTTP/1.1", 200, 1),
        ("GET /api/v1/search?q=없는말 HTTP/1.1", 200, 0),
        ("GET /api/v1/검색 HTTP/1.1", 404, None),
        ("GET /api/v1/search?q=a\x01b HTTP/1.1", 400, None),
        ("겟 /api/v1/search HTTP/1.1", 400, None),
    ],
)
def test_addresses_that_are_not_percent_encoded(
    line: str, status: int, total: int | None, server: Server
) -> None:
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as client:
        client.sendall(f"{line}\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        head, _, body = b"".join(iter(lambda: client.recv(65536), b"")).partition(b"\r\n\r\n")
    assert head.split()[1] == str(status).encode()
    if total is not None:
        assert json.loads(body)["total"] == total


def test_bytes_of_an_address_that_are_no_text_are_answered(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as client:
        request = b"GET /api/v1/search?q=\xb9\xdd HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        client.sendall(request)
        assert client.recv(12) == b"HTTP/1.1 200"


def test_its_workers_add_their_figures_up(server: Server) -> None:
    before = answered(server)
    for _ in range(10):
        server.found("반도체")
    assert answered(server) == before + 10


def answered(server: Server) -> int:
    """The searches of all workers so far."""
    status, body = server.get("/metrics")
    assert status == 200
    row = 'geulsaem_requests_total{route="/api/v1/search",status="200"} '
    return sum(
        int(float(line.removeprefix(row)))
        for line in body.decode().splitlines()
        if line.startswith(row)
    )


HEAD = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ("X-A: b\r\n" * 60, 200),
        ("X-A: b\r\n" * 70, 431),
        (f"X-A: {'b' * 8000}\r\n", 200),
        (f"X-A: {'b' * 9000}\r\n", 431),
        (f"X-A: {'b' * 1_000_000}\r\n", 431),
        ("X-A b\r\n", 400),
        ("X-A: b\r\n folded\r\n", 400),
        ("X A: b\r\n", 400),
        ("Content-Length: 1\r\nContent-Length: 2\r\n", 400),
        ("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", 400),
        ("SCRIPT_NAME: /elsewhere\r\n", 200),
        ("PATH_INFO: /nowhere\r\n", 200),
    ],
    ids=[
        "many fields",
        "too many fields",
        "a long field",
        "too long a field",
        "a field without end",
        "no colon",
        "folded",
        "a space in a name",
        "two lengths",
        "two ways to say a length",
        "where the application stands",
        "what is asked for",
    ],
)
def test_headers_have_limits(lines: str, status: int, server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as raw:
        # Who is refused in the middle of a request may find the connection closed.
        with suppress(OSError):
            raw.sendall((HEAD + lines + "\r\n").encode())
        with suppress(ConnectionResetError):
            answer = raw.makefile("rb").readline()
            assert not answer or int(answer.split()[1]) == status
            assert answer or status == 431
    assert server.get("/healthz")[0] == 200


def test_no_header_gets_into_the_page_of_others(server: Server) -> None:
    request = "GET {}?q=소식 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{}\r\n"
    for path, header in (("/elsewhere/", "SCRIPT_NAME: /elsewhere\r\n"), ("/", "")):
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as client:
            client.sendall(request.format(path, header).encode())
            page = b"".join(iter(lambda: client.recv(65536), b""))
        assert b"/elsewhere/" not in page
    assert b' href="/static/' in page


def test_a_request_line_that_is_too_long_is_refused(server: Server) -> None:
    assert server.get("/api/v1/search?q=" + "a" * 8000)[0] == 400
    assert server.get("/?q=" + "a" * 9000)[0] in (400, 414)
    assert server.found("반도체") == {"a"}


@pytest.mark.parametrize("sent", [b"\x00", b"\x7f"])
def test_what_is_no_http_is_refused_and_nothing_breaks(sent: bytes, server: Server) -> None:
    """Letters are taken as they come; control characters stand in no address (RFC 9112)."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as raw:
        raw.sendall(b"GET /api/v1/search?q=" + sent + b" HTTP/1.0\r\n\r\n")
        assert raw.makefile("rb").readline().split()[1] == b"400"
    assert server.get("/api/v1/search?q=" + quote(sent))[0] == 200


def test_a_new_generation_is_seen_within_two_seconds(server: Server) -> None:
    write_files(server.content, {"b.md": markdown("반도체 수출", date="2024-02-01")})
    run_reindex(server.content, server.index)
    assert eventually(lambda: all_workers_find(server, {"a", "b"}), 2)
    assert json.loads(server.get("/readyz")[1])["generation"] == 2
    (server.content / "a.md").unlink()
    run_reindex(server.content, server.index)
    assert eventually(lambda: all_workers_find(server, {"b"}), 2)


def test_figures_are_of_now_where_a_worker_is_not_asked(server: Server) -> None:
    # One connection is one worker.
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)

    def told() -> bool:
        published = IndexFolder(server.index).current()
        assert published is not None
        found = [
            figure(connection, f"geulsaem_index_{name}") for name in ("generation", "articles")
        ]
        return found == [published.number, published.articles]

    assert all_workers_find(server, {"b"})
    assert eventually(told)
    write_files(server.content, {"c.md": markdown("날씨")})
    run_reindex(server.content, server.index)
    assert eventually(told)
    connection.close()


def figure(connection: http.client.HTTPConnection, name: str) -> float:
    """A figure of all workers together."""
    connection.request("GET", "/metrics")
    rows = connection.getresponse().read().decode().splitlines()
    (value,) = [float(row.removeprefix(name)) for row in rows if row.startswith(f"{name} ")]
    return value


def all_workers_find(server: Server, ids: set[str]) -> bool:
    """Whether each worker, of which all answer some of the requests, has these hits."""
    return all(server.found("반도체") == ids for _ in range(10))


def test_it_writes_nothing_beside_its_folders(server: Server) -> None:
    assert {path.name for path in server.content.parent.iterdir()} == {"content", "index"}


def test_it_stops_when_asked_to(server: Server) -> None:
    """Last in this module: what is being answered is answered, then the server is gone."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    connection.request("GET", "/api/v1/search?q=" + quote("반도체 수출 소식 " * 20))
    server.process.send_signal(signal.SIGTERM)
    assert connection.getresponse().status == 200
    assert server.process.wait(PATIENCE) == 0
    logged = server.logged()
    assert "Traceback" not in logged
    said = [json.loads(line)["event"] for line in logged.splitlines()]
    assert said.count("a request that is no HTTP was refused") > 5
    assert "q=" not in logged
    assert "ip=" not in logged


def test_without_an_index_it_waits_for_one(tmp_path: Path) -> None:
    content = write_files(tmp_path / "content", {"a.md": markdown("반도체")})
    with starting(tmp_path, workers=1) as waiting:
        assert eventually(lambda: waiting.get("/readyz")[0] == 503)
        run_reindex(content, waiting.index)
        assert eventually(waiting.ready, 2)
        assert waiting.found("반도체") == {"a"}
        shutil.rmtree(waiting.index)
        assert waiting.get("/healthz")[0] == 200
        waiting.process.terminate()
        assert waiting.process.wait(PATIENCE) == 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"GEULSAEM_TIMEZONE": "Mars/Base"}, "timezone"),
        ({"GEULSAEM_TIMZONE": "Asia/Seoul"}, "GEULSAEM_TIMZONE: there is no such setting"),
    ],
)
def test_a_wrong_configuration_is_said_at_once(
    wrong: dict[str, str], message: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [GEULSAEM, "serve", "--port", str(free_port())],
        cwd=tmp_path,
        env=environment(tmp_path, tmp_path) | wrong,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_said_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [GEULSAEM, "serve", "--port", str(port)],
            cwd=tmp_path,
            env=environment(tmp_path, tmp_path),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert done.returncode == 3
    message = f"geulsaem: cannot listen on 127.0.0.1:{port} (Address already in use)"
    assert done.stderr == f"{message}; another --port?\n"
