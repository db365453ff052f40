"""Articles that a cluster does not take for what is in them: each is told of and left out, or stays
as it was, and the run goes on."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from index.opensearch_client import Connection
from index.settings import Settings
from tests.building import markdown, write_files
from tests.opensearch.proxy import Proxy
from tests.opensearch.test_faults import content, proxy, run, titles

__all__ = ["content", "proxy"]
REASON = "the cluster does not take it (mapper_parsing_exception: "
ADVICE = "change it, or what the cluster allows; the next run tries again"
TYPED = [[()], [("--part", "1/2"), ("--part", "2/2")]]
Allow = Callable[[], None]


@pytest.fixture
def allow(cluster: Settings) -> Iterator[Allow]:
    """In each index of the cluster the date of an article with 거절 in its title cannot be read,
    until it is allowed."""
    name = cluster.opensearch_index
    spoilt = {
        "if": "ctx.record.title.contains('거절')",
        "field": "date",
        "value": "never",
    }
    settings = {"index.default_pipeline": name}
    template = {"index_patterns": [f"{name}-*-articles"], "template": {"settings": settings}}
    with Connection(cluster).asking() as client:
        client.ingest.put_pipeline(id=name, body={"processors": [{"set": spoilt}]})
        client.indices.put_index_template(name=name, body=template)
        yield lambda: client.ingest.put_pipeline(id=name, body={"processors": []})
        client.indices.delete_index_template(name=name)


def report(results: Sequence[Result]) -> dict[str, Any]:
    """That of the last of some runs, all of which went well."""
    assert [result.exit_code for result in results] == [0] * len(results), results[-1].output
    found: dict[str, Any] = json.loads(results[-1].stdout)
    return found


def told(problems: Sequence[dict[str, Any]]) -> list[str]:
    """The files that were refused."""
    for problem in problems:
        assert problem["reason"].startswith(REASON)
        assert problem["reason"].endswith(ADVICE)
    return [problem["file"] for problem in problems]


@pytest.mark.parametrize("typed", TYPED, ids=["one run", "parts"])
def test_left_out_until_it_is_taken(
    cluster: Settings, content: Path, allow: Allow, typed: list[tuple[str, ...]]
) -> None:
    def runs() -> dict[str, Any]:
        return report([run(cluster, content, "--json", *how) for how in typed])

    write_files(content, {"posts/1.md": markdown("거절")})
    first = runs()
    assert (told(first["skipped"]), first["salvaged"], first["added"]) == (["posts/1.md"], [], 2)
    assert titles(cluster) == ["금리 소식", "환율 소식"]
    again = runs()
    assert (told(again["skipped"]), again["published"], again["generation"]) == (
        ["posts/1.md"],
        False,
        1,
    )
    allow()
    assert runs()["added"] == 1
    assert titles(cluster) == ["거절", "금리 소식", "환율 소식"]


@pytest.mark.parametrize("typed", TYPED, ids=["one run", "parts"])
def test_what_was_published_before_stays(
    cluster: Settings, content: Path, allow: Allow, typed: list[tuple[str, ...]]
) -> None:
    def runs() -> dict[str, Any]:
        return report([run(cluster, content, "--json", *how) for how in typed])

    assert runs()["added"] == 3
    write_files(content, {"posts/0.md": markdown("거절"), "posts/1.md": markdown("새 글")})
    changed = runs()
    assert (told(changed["salvaged"]), changed["skipped"]) == (["posts/0.md"], [])
    assert (changed["updated"], changed["deleted"]) == (1, 0)
    assert titles(cluster) == ["금리 소식", "새 글", "환율 소식"]
    assert runs()["generation"] == 2
    # Built anew, there is no article that could stay.
    anew = report([run(cluster, content, "--json", "--full")])
    assert (told(anew["skipped"]), anew["deleted"]) == (["posts/0.md"], 1)
    assert titles(cluster) == ["새 글", "환율 소식"]


def test_what_people_read(cluster: Settings, content: Path, allow: Allow) -> None:
    write_files(content, {"posts/1.md": markdown("거절")})
    result = run(cluster, content, "--strict")
    assert result.exit_code == 1
    assert f"skipped: posts/1.md: {REASON}" in result.output


def test_a_cluster_that_takes_no_article_at_all(
    cluster: Settings, content: Path, allow: Allow
) -> None:
    write_files(content, {f"posts/{i}.md": markdown("거절") for i in range(3)})
    result = run(cluster, content)
    assert result.exit_code == 3
    assert "not published: no article is taken; of posts/" in result.output


def test_too_large(cluster: Settings, content: Path, proxy: Proxy) -> None:
    """What is too large for one request goes in several; an article that is too large by itself is
    refused."""
    proxy.most = 20_000
    many = {f"many/{i}.md": markdown(f"글 {i}", "짧은 글이다. " * 30) for i in range(9)}
    write_files(content, many | {"posts/1.md": markdown("긴 글", "하나 둘 셋 넷. " * 4000)})
    found = report([run(cluster, content, "--json", opensearch_url=proxy.url)])
    assert [problem["file"] for problem in found["skipped"]] == ["posts/1.md"]
    assert found["skipped"][0]["reason"].startswith("the cluster takes nothing of ")
    assert found["added"] == 11
    assert len(titles(cluster)) == 11
