"""What goes wrong while a cluster is asked: readers have an answer or a clean 503, the one who runs
the server is told why, and all is well again without a restart."""

import json
import logging
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from index.opensearch_client import Connection
from index.reindex import Options, reindex
from index.settings import Settings
from search import opensearch_engine
from tests.building import Quiet, app_for, markdown, write_files
from tests.opensearch.proxy import Fault, Proxy, certificates, running
from tests.opensearch.test_engine_following import eventually
from tests.opensearch.test_faults import version
from web.context import EXTENSION

USER, PASSWORD = "reader-of-tests", "암호: 글샘"
TITLES = {f"posts/{i}.md": markdown(f"반도체 소식 {i}") for i in range(12)}
# Each asks the cluster: no address is asked twice, so that none is answered from memory.
ROUTES = (
    "/api/v1/search?q=반도체+-없는{n}",
    "/api/v1/article?id=posts/1",
    "/api/v1/related?id=posts/1",
    "/?q=반도체+-없는{n}",
    "/feed.xml?q=반도체+-없는{n}",
)
BUSY, AWAY, LOST, CUT = Fault(429), Fault(503), Fault(lost=True), Fault(cut=True)
PAGE = Fault(200, "<html>sign in</html>", "text/html")
WORDS = Fault(200, "OK", "text/plain")
OTHER = Fault(200, '{"ok": true}')
NO_RIGHT = Fault(
    403, json.dumps({"error": {"root_cause": [{"type": "security_exception", "reason": "no"}]}})
)
SLOW = Fault(seconds=1.5)
SECRETS = ("127.0.0.1", PASSWORD, b64encode(f"{USER}:{PASSWORD}".encode()).decode())
_numbers = count()

Told = Callable[[str, str], Fault | None]


class Served:
    """An application on a cluster behind a proxy that wants TLS and a password."""

    def __init__(self, folder: Path, cluster: Settings) -> None:
        self.settings = cluster
        self.authority, self.certificate = certificates(folder)
        (folder / "stranger").mkdir()
        self.stranger = certificates(folder / "stranger")[1]
        self.proxy = Proxy(cluster.opensearch_url.partition(",")[0], user=USER, password=PASSWORD)
        self._listening = ExitStack()
        self.listen(self.certificate)
        self._folder = folder
        app = self.another()
        service = app.extensions[EXTENSION].service
        service.warm_up()
        service.prepare()
        service.follow()
        self.client = app.test_client()

    def another(self) -> Flask:
        """An application that has asked nothing yet."""
        return app_for(
            self._folder / "index",
            engine="opensearch",
            opensearch_url=self.proxy.url,
            opensearch_index=self.settings.opensearch_index,
            opensearch_user=USER,
            opensearch_password=PASSWORD,
            opensearch_ca_file=self.authority,
            opensearch_timeout=1,
            rate_limit="",
        )

    def listen(self, certificate: Path) -> None:
        """Begin to listen, on the same port as before."""
        self._listening.enter_context(running(self.proxy, certificate))

    def deaf(self) -> None:
        """Nobody listens any more."""
        self._listening.close()

    def answers(self) -> list[Any]:
        """What all routes answer now."""
        return [self.client.get(route.format(n=next(_numbers))) for route in ROUTES]

    @property
    def ready(self) -> Any:
        """What it says of itself."""
        return self.client.get("/readyz")

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The answer of the cluster itself; BASE in a path is the name of the index."""
        connection = Connection(self.settings)
        path = path.replace("BASE", connection.base)
        with connection.asking() as client:
            return client.transport.perform_request(method, path, body=body)

    def well(self) -> bool:
        """Whether everything is answered in full."""
        found = self.client.get(f"/api/v1/search?q=반도체+-없는{next(_numbers)}")
        return (
            found.status_code == self.ready.status_code == 200
            and "degraded" not in self.ready.json
            and (found.json["total"], found.json["partial"]) == (len(TITLES), False)
        )


@pytest.fixture(scope="module")
def served(common_cluster: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    content = write_files(folder / "content", TITLES)
    chosen = {"content_dir": content, "index_dir": folder / "index"}
    reindex(common_cluster.model_copy(update=chosen), Options(), Quiet())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opensearch_engine, "_LOOK_SECONDS", 0.2)
        patch.setattr(opensearch_engine, "_PATIENCE_SECONDS", 0.5)
        served = Served(folder, common_cluster)
        yield served
        served.deaf()


def everything(fault: Fault | None) -> Told:
    """Each request goes wrong."""
    return lambda _method, _path: fault


def searches(fault: Fault) -> Told:
    """What stands published is still told."""
    return lambda _method, path: fault if path.endswith("_search") else None


def at_first(fault: Fault) -> Told:
    """The cluster says so of itself."""
    return lambda _method, path: fault if path == "/" else None


def state(fault: Fault) -> Told:
    """Searches are answered, but what stands published is not told."""
    return lambda _method, path: fault if path.endswith("published") else None


def check_refusals(found: Sequence[Any], said: str, retry: bool) -> None:
    """Clean answers that tell what is wrong, and nothing else."""
    for answer in found:
        assert answer.status_code == 503
        assert ("Retry-After" in answer.headers) == retry
        assert answer.headers["Cache-Control"] == "no-store"
        if answer.mimetype == "application/problem+json":
            assert said in answer.json["detail"]
        else:
            assert answer.mimetype == "text/html"
            assert "지금은 검색할 수 없습니다" in answer.text
        assert not any(secret in answer.text for secret in SECRETS)


def check_log(records: Sequence[logging.LogRecord], said: str) -> None:
    """The reason, once by the requests and once by the thread that follows; and no secret."""
    errors = [r for r in records if r.levelno >= logging.ERROR]
    lines = [(r.name, r.getMessage()) for r in errors]
    assert any(said in line for _, line in lines), lines
    assert len(lines) == len(set(lines)), lines
    assert not any(r.exc_info for r in errors)
    assert not any(secret in r.getMessage() for r in records for secret in SECRETS[1:])


@pytest.mark.parametrize(
    ("fault", "said", "logged", "retry"),
    [
        pytest.param(everything(BUSY), "too much to do", "(429)", True, id="busy"),
        pytest.param(searches(BUSY), "too much to do", "(429)", True, id="searches refused"),
        pytest.param(state(BUSY), "too much to do", "(429)", True, id="state refused"),
        pytest.param(everything(AWAY), "is away", "is away", True, id="503"),
        pytest.param(searches(AWAY), "is away", "is away", True, id="no shard answers"),
        pytest.param(everything(NO_RIGHT), "refuses", "may not do this", False, id="403"),
        pytest.param(everything(SLOW), "in time", "no answer within 1 s", True, id="slow"),
        pytest.param(searches(SLOW), "in time", "no answer within 1 s", True, id="slow searches"),
        pytest.param(everything(CUT), "is away", "cannot be reached", True, id="cut"),
        pytest.param(searches(CUT), "is away", "cannot be reached", True, id="searches cut"),
        pytest.param(everything(LOST), "is away", "cannot be reached", True, id="hangs up"),
        pytest.param(everything(PAGE), "is away", "none of OpenSearch", True, id="a page"),
        pytest.param(everything(WORDS), "is away", "none of OpenSearch", True, id="words"),
        pytest.param(searches(OTHER), "is away", "none of a search", True, id="another object"),
    ],
)
def test_answers_of_a_cluster_in_trouble(
    served: Served,
    caplog: pytest.LogCaptureFixture,
    fault: Told,
    said: str,
    logged: str,
    retry: bool,
) -> None:
    assert served.well()
    served.proxy.fault = fault
    try:
        check_trouble(served, caplog, said, logged, retry)
    finally:
        served.proxy.fault = everything(None)
    assert eventually(served.well)


def check_trouble(
    served: Served, caplog: pytest.LogCaptureFixture, said: str, logged: str, retry: bool
) -> None:
    """From its first moment on."""
    for answer in served.answers():
        assert answer.status_code in (200, 503)
    assert eventually(lambda: served.ready.status_code == 503)
    check_refusals([served.ready, *served.answers()], said, retry)
    check_log(caplog.records, logged)
    assert served.client.get("/healthz").status_code == 200


@contextmanager
def stranger(served: Served) -> Iterator[None]:
    """The certificate of an authority that nobody knows."""
    served.deaf()
    served.listen(served.stranger)
    try:
        yield
    finally:
        served.deaf()
        served.listen(served.certificate)


@contextmanager
def nobody(served: Served) -> Iterator[None]:
    """Nobody listens."""
    served.deaf()
    try:
        yield
    finally:
        served.listen(served.certificate)


@contextmanager
def password_changed(served: Served) -> Iterator[None]:
    """The cluster knows another password."""
    served.proxy.password = "another"
    try:
        yield
    finally:
        served.proxy.password = PASSWORD


@contextmanager
def red(served: Served) -> Iterator[None]:
    """No shard of the articles is anywhere."""
    try:
        lose(served, 0, 1)
        yield
    finally:
        bring_back(served)


@contextmanager
def closed(served: Served) -> Iterator[None]:
    """Somebody closed the articles."""
    served.ask("POST", "/BASE/_close")
    try:
        yield
    finally:
        served.ask("POST", "/BASE/_open")


@contextmanager
def unnamed(served: Served) -> Iterator[None]:
    """Nothing says what stands published."""
    (index,) = served.ask("GET", "/_alias/BASE-state")
    alias = {"index": index, "alias": f"{served.settings.opensearch_index}-state"}
    served.ask("POST", "/_aliases", {"actions": [{"remove": alias}]})
    try:
        yield
    finally:
        served.ask("POST", "/_aliases", {"actions": [{"add": alias}]})


def rewritten(values: Mapping[str, Any] | None) -> Callable[[Served], Any]:
    """The document that says what stands published has other values; none at all for None."""

    @contextmanager
    def other(served: Served) -> Iterator[None]:
        path = "/BASE-state/_doc/published"
        known = served.ask("GET", path)["_source"]
        served.ask("PUT", path, {} if values is None else {**known, **values})
        try:
            yield
        finally:
            served.ask("PUT", path, known)

    return other


def lose(served: Served, *shards: int) -> None:
    """Some shards of the articles are nowhere: as long as somebody may read on in what was one, a
    node does not begin another."""
    (index,) = served.ask("GET", "/_alias/BASE")
    served.ask("POST", "/BASE/_search/point_in_time?keep_alive=5m")
    held = served.ask("GET", "/BASE/_search_shards")
    names = {held_by["shard"]: held_by["node"] for (held_by,) in held["shards"]}
    for shard in shards:
        cancel = {"index": index, "shard": shard, "node": names[shard], "allow_primary": True}
        served.ask("POST", "/_cluster/reroute", {"commands": [{"cancel": cancel}]})


def bring_back(served: Served) -> None:
    """All shards are there again."""
    served.ask("DELETE", "/_search/point_in_time/_all")
    served.ask("POST", "/_cluster/reroute?retry_failed=true")


@pytest.mark.parametrize(
    ("trouble", "said", "logged", "retry"),
    [
        pytest.param(nobody, "is away", "cannot be reached", True, id="nobody listens"),
        pytest.param(stranger, "refuses", "opensearch_ca_file", False, id="authority"),
        pytest.param(password_changed, "refuses", "opensearch_password", False, id="password"),
        pytest.param(red, "is away", "_cluster/health says which", True, id="red"),
        pytest.param(closed, "cannot be read", "closed", True, id="closed"),
        pytest.param(unnamed, "no index yet", "no index yet", True, id="missing"),
        pytest.param(rewritten({"layout": 99}), "version", "layout 99", False, id="layout"),
        pytest.param(rewritten({"schema": 1}), "version", "schema 1", False, id="schema"),
        pytest.param(rewritten(None), "version", "another version", False, id="another document"),
    ],
)
def test_trouble_of_a_cluster(
    served: Served,
    caplog: pytest.LogCaptureFixture,
    trouble: Callable[[Served], AbstractContextManager[None]],
    said: str,
    logged: str,
    retry: bool,
) -> None:
    assert eventually(served.well)
    with trouble(served):
        check_trouble(served, caplog, said, logged, retry)
    assert eventually(served.well)


def test_what_there_is_of_an_index_is_answered(served: Served) -> None:
    assert eventually(served.well)
    try:
        lose(served, 0)
        found = served.client.get(f"/api/v1/search?q=반도체+-없는{next(_numbers)}")
        assert found.status_code == 200
        assert found.json["partial"]
        assert 0 < found.json["total"] < len(TITLES)
        told = "a part of the index gives no answer"
        assert eventually(lambda: served.ready.json.get("degraded") == told)
        assert served.ready.status_code == 200
    finally:
        bring_back(served)
    assert eventually(served.well)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        pytest.param(version("2.11.1", distribution="opensearch"), "version", id="too old"),
        pytest.param(version("8.14.0"), "version", id="another server"),
        pytest.param(Fault(401), "refuses", id="password"),
        pytest.param(AWAY, "is away", id="away"),
    ],
)
def test_a_server_that_begins_in_trouble(served: Served, fault: Fault, said: str) -> None:
    """It serves once that is over; the version is asked for once."""
    client = served.another().test_client()
    served.proxy.fault = everything(fault) if fault.status != 200 else at_first(fault)
    try:
        answers = [client.get(route.format(n=next(_numbers))) for route in ("/readyz", *ROUTES)]
        check_refusals(answers, said, retry=said == "is away")
        assert client.get("/healthz").status_code == 200
    finally:
        served.proxy.fault = everything(None)
    assert eventually(lambda: client.get("/readyz").status_code == 200)
    assert client.get("/api/v1/search?q=반도체").json["total"] == len(TITLES)
