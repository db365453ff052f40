"""The requests that docs/operations.md lists, for who gives a role, are those that are made."""

import os
import re
from fnmatch import fnmatchcase
from itertools import count
from pathlib import Path

from index.parts import Part
from index.reindex import Options, reindex
from index.reindex_part import cancel_parts, reindex_part
from index.settings import Settings
from search.opensearch_engine import ClusterEngine
from tests.building import Quiet, app_for, markdown, write_files
from tests.opensearch.proxy import Proxy, running
from tests.opensearch.test_engine_following import eventually
from web.context import EXTENSION

DOCS = Path(__file__).parents[2] / "docs" / "operations.md"
ROUTES = (
    "/api/v1/search?q=소식&per_page=2",
    "/api/v1/suggest?q=소",
    "/api/v1/related?id=posts/1",
    "/api/v1/article?id=posts/1",
    "/?q=소식",
)


def listed() -> list[tuple[str, str]]:
    """Method and pattern of each request of the table."""
    return re.findall(r"`(GET|HEAD|POST|PUT|DELETE) (/[^`]*)`", DOCS.read_text())


def made(cluster: Settings, folder: Path) -> set[tuple[str, str]]:
    """What a life of an index asks for: made, changed, made anew, at once and
    in parts, served, examined."""
    content = write_files(
        folder / "content", {f"posts/{i}.md": markdown(f"소식 {i}") for i in range(9)}
    )
    with running(Proxy(cluster.opensearch_url.partition(",")[0])) as proxy:
        places = {
            "engine": "opensearch",
            "opensearch_url": proxy.url,
            "opensearch_index": cluster.opensearch_index,
        }
        more = {"content_dir": content, "index_dir": folder / "index"}
        settings = Settings(opensearch_replicas=0, **(places | more))
        for i in range(4):
            write_files(content, {f"posts/{i}.md": markdown(f"새 소식 {i}")})
            (content / f"posts/{8 - i}.md").unlink()
            reindex(settings, Options(allow_empty=True), Quiet())
        os.utime(content / "posts" / "0.md", (1, 1))
        reindex(settings, Options(), Quiet())
        reindex(settings, Options(full=True), Quiet())
        for part in ("1/2", "2/2", "1/2"):
            reindex_part(settings, Options(full=True), Part.parse(part), Quiet())
        cancel_parts(settings, 0)
        app = app_for(folder / "index", rate_limit="", **places)
        app.extensions[EXTENSION].service.prepare()
        client = app.test_client()
        answers = [client.get(route) for route in ROUTES]
        assert {answer.status_code for answer in answers} == {200}
        following = {"q": "소식", "per_page": 2, "cursor": answers[0].json["cursor"]}
        assert client.get("/api/v1/search", query_string=following).status_code == 200
        # The next generation takes the place of the one that the pages were of.
        write_files(content, {"posts/0.md": markdown("새 소식")})
        reindex(settings, Options(), Quiet())
        closed = ("DELETE", "/_search/point_in_time")
        asked = (client.get(f"/api/v1/search?q=소식+-{n}") for n in count())
        assert eventually(lambda: next(asked).status_code == 200 and closed in proxy.requests)
        assert ClusterEngine(settings).figures()["generation"] == "7"
        return {
            (method, path.replace(cluster.opensearch_index, "geulsaem"))
            for method, path in proxy.requests
        }


def test_requests(cluster: Settings, tmp_path: Path) -> None:
    patterns, requests = listed(), made(cluster, tmp_path)
    unlisted = {
        (method, path)
        for method, path in requests
        if not any(method == own and fnmatchcase(path, like) for own, like in patterns)
    }
    assert sorted(unlisted) == []
    never = {
        (own, like)
        for own, like in patterns
        if not any(method == own and fnmatchcase(path, like) for method, path in requests)
    }
    # Who finds the lease taken reads whose it is.
    assert never == {("GET", "/geulsaem-locks/_doc/writer")}
