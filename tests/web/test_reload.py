"""The server is reloaded and stopped while it is asked: no request fails."""

import http.client
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.building import markdown, run_reindex, write_files
from tests.web.serving import PATIENCE, Server, eventually, serving
from tests.web.test_server import answered

ASKED = "/api/v1/search?q=" + quote("반도체")
CLIENTS = 4


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One with synonyms of its own."""
    folder = tmp_path_factory.mktemp("reload")
    content = write_files(folder / "content", {"a.md": markdown("가온누리호 소식")})
    write_files(folder, {"synonyms.txt": "", "content/b.md": markdown("반도체 수출")})
    run_reindex(content, folder / "index")
    with serving(folder, GEULSAEM_SYNONYMS_FILE=str(folder / "synonyms.txt")) as running:
        yield running


def children(server: Server) -> set[int]:
    """The workers."""
    path = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    return {int(pid) for pid in path.read_text().split()}


@contextmanager
def asked(server: Server) -> Iterator[list[int | Exception]]:
    """Clients that ask all the while, each request on a connection of its own; afterwards the
    statuses, and what failed."""
    done, found = threading.Event(), list[int | Exception]()

    def ask() -> None:
        while not done.is_set():
            try:
                found.append(server.get(ASKED)[0])
            except (OSError, http.client.HTTPException) as error:
                found.append(error)

    with ThreadPoolExecutor(CLIENTS) as pool:
        futures = [pool.submit(ask) for _ in range(CLIENTS)]
        try:
            yield found
        finally:
            done.set()
    for future in futures:
        future.result()


def everywhere(server: Server, q: str, ids: set[str]) -> bool:
    """Whether each worker, of which all answer some of the requests, has these hits."""
    return all(server.found(q) == ids for _ in range(12))


def test_a_reload_reads_everything_anew_and_costs_no_request(server: Server) -> None:
    assert eventually(lambda: len(children(server)) == 2)
    root, before = server.content.parent, children(server)
    assert server.found("나사호") == set()
    with asked(server) as found:
        for words in ("나사호, 가온누리호", "나사호, 가온누리호\n큰배, 가온누리호"):
            write_files(root, {"synonyms.txt": words})
            server.process.send_signal(signal.SIGHUP)
            new = words.rpartition("\n")[2].partition(",")[0]
            assert eventually(lambda new=new: everywhere(server, new, {"a"}))
        assert eventually(lambda: len(children(server)) == 2)
        count = len(found)
        assert eventually(lambda: len(found) > count + 20)
    assert set(found) == {200}
    assert not before & children(server)
    # What those that are gone have counted is not lost, nor where the new ones count.
    assert answered(server) >= len(found)
    # A new generation is followed by those that are new, too.
    write_files(server.content, {"c.md": markdown("반도체 공장")})
    run_reindex(server.content, server.index)
    assert eventually(lambda: everywhere(server, "반도체", {"b", "c"}))


def test_a_reload_of_mistakes_changes_nothing(server: Server) -> None:
    write_files(server.content.parent, {"synonyms.txt": "나사호 => => 가온누리호\n"})
    with asked(server) as found:
        server.process.send_signal(signal.SIGHUP)
        assert eventually(lambda: "not reloaded: " in server.logged())
        assert "synonyms.txt:1: " in server.logged()
        count = len(found)
        assert eventually(lambda: len(found) > count + 20)
    assert set(found) == {200}
    assert server.process.poll() is None


def test_a_stop_cuts_no_answer_short(server: Server) -> None:
    """Last in this module."""
    with asked(server) as found:
        assert eventually(lambda: len(found) > 20)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(PATIENCE) == 0
        assert eventually(lambda: isinstance(found[-1], ConnectionRefusedError))
    # Whoever was let in was answered; the others were told at once that nobody is there.
    failed = [one for one in found if one != 200]
    assert {type(one) for one in failed} <= {
        ConnectionRefusedError,
        ConnectionResetError,
        http.client.RemoteDisconnected,
    }
    assert "Traceback" not in server.logged()
