"""Every public route is asked for what is not public, and says nothing of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from index.article import Article
from tests.building import SEOUL, article, build_index, day
from tests.web.editors import archive_app

SOON = datetime.now(SEOUL) + timedelta(days=1)
HIDDEN: dict[str, dict[str, Any]] = {
    "draft": {"draft": True},
    "scheduled": {"publish_date": SOON},
    "future": {"date": SOON},
    "expired": {"expiry_date": day("2025-02-01")},
    "hidden": {"hidden": True},
}
# In each field another word, so that the answer to one is no echo where it holds another.
WORDS = {
    "id": "zebrafish",
    "title": "쿼카동물원",
    "subtitle": "펭귄수족관",
    "body": "미어캣사육사",
    "authors": "오소리기자",
    "categories": "너구리분류",
    "tags": "두더지꼬리표",
}
PARAMETERS = ("id", "author", "tag", "facet_query", "find", "cursor")
# With what was not asked for changed: a suggestion or a correction might complete it.
BROKEN = (
    "쿼카동무원",
    "쿼카",
    "쿼",
    "ㅋㅋㄷㅁㅇ",
    "znjzkehdanfdnjs",
    "미어캣사육",
    "두더지",
    "오소",
    "*",
)
CALLED = (
    "title:쿼카동물원",
    "tag:두더지꼬리표",
    "author:오소리기자",
    "-없는말 쿼카동물원",
    "쿼카동물원 OR 금리",
)


def secret(key: str, **values: Any) -> Article:
    """An article with a word of its own in each field."""
    return article(
        f"{WORDS['id']}/{key}",
        title=f"{WORDS['title']} 이야기",
        subtitle=f"{WORDS['subtitle']} 소식",
        body=f"{WORDS['body']} 사람들이 말했다.",
        authors=(WORDS["authors"],),
        categories=(WORDS["categories"],),
        tags=(WORDS["tags"],),
        **values,
    )


def _app(folder: Path, articles: list[Article]) -> Flask:
    public = [article(f"p{n}", title=f"금리 소식 {n}", tags=("금리",)) for n in range(4)]
    build_index(folder, [*public, *articles])
    return archive_app(folder)


def _ids() -> list[str]:
    return [f"{WORDS['id']}/{key}" for key in HIDDEN]


def _addresses(app: Flask) -> Iterator[tuple[str, str]]:
    """Every route that is read, with what may bring it to talk; and what was sent."""
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()):
            continue
        head, variable, tail = rule.rule.partition("<")
        if variable:
            yield from ((f"{head}{value}{tail.split('>')[1]}", value) for value in _ids())
            continue
        yield head, ""
        for value in (*WORDS.values(), *BROKEN, *CALLED):
            yield f"{head}?q={value}", value
        for name in PARAMETERS:
            for value in (*WORDS.values(), *(_ids() if name == "id" else ())):
                yield f"{head}?{name}={'tag:' if name == 'facet_query' else ''}{value}", value
    yield from ((f"/{value}", value) for value in (*_ids(), *WORDS.values()))


def _told(client: FlaskClient, path: str, sent: str) -> set[str]:
    """The words of the secret article that stand in an answer and were not sent."""
    answer = client.get(path)
    assert answer.status_code < 500, path
    text = answer.text + str(answer.headers)
    return {word for word in WORDS.values() if word in text and word not in sent}


def test_no_public_answer_tells_of_what_is_not_public(tmp_path: Path) -> None:
    app = _app(tmp_path, [secret(key, **values) for key, values in HIDDEN.items()])
    client = app.test_client()
    app.extensions["geulsaem"].service.prepare()
    asked = 0
    for path, sent in _addresses(app):
        asked += 1
        assert not _told(client, path, sent), path
    assert asked > 1000


@pytest.mark.parametrize("word", [w for key, w in WORDS.items() if key != "id"])
def test_totals_do_not_tell_either(word: str, tmp_path: Path) -> None:
    client = _app(tmp_path, [secret(k, **values) for k, values in HIDDEN.items()]).test_client()
    for asked in (f"q={word}", f'q="{word}"', f"q={word[:2]}*", f"tag={word}", f"author={word}"):
        answer = client.get(f"/api/v1/search?{asked}&correct=0").json
        assert (answer["total"], answer["hits"], answer["also"]) == (0, [], []), asked


@pytest.mark.parametrize("key", HIDDEN)
def test_scores_and_order_do_not_tell_either(key: str, tmp_path: Path) -> None:
    """Who knows the formula could count by them the hidden articles that have a word."""
    # Of the length of the others: how long an article is on average is no secret of its words.
    hidden = [
        article(f"h{n}", title="금리 소식 6", tags=("금리",), **HIDDEN[key]) for n in range(9)
    ]
    others = [article("a", title="물가 소식 7"), article("b", title="물가 금리 8")]
    answers = []
    for folder, articles in (("without", others), ("with", [*others, *hidden])):
        client = _app(tmp_path / folder, articles).test_client()
        asked = ("금리", "소식", "물가 소식", "금리 물가 소식 환율", "물가 OR 소식")
        found = [client.get(f"/api/v1/search?q={q}&per_page=2").json for q in asked]
        answers.append([(a["total"], a["hits"], a["also"], a["query"]) for a in found])
    assert answers[0] == answers[1]
    assert all(total for total, *_ in answers[0])


def test_the_same_walk_finds_what_is_public(tmp_path: Path) -> None:
    app = _app(tmp_path, [secret("shown")])
    client = app.test_client()
    app.extensions["geulsaem"].service.prepare()
    found: set[str] = set()
    for path, sent in _addresses(app):
        found |= _told(client, path, sent)
    assert found == set(WORDS.values())


# Ids are names of articles, never of files


PATHS = [
    *("../../canary.txt", "..%2f..%2fcanary.txt", "..\\..\\canary.txt", "%2e%2e/%2e%2e/canary.txt"),
    *("/etc/passwd", "//etc/passwd", "file:///etc/passwd", "a%00b", "%00", "canary.txt%00.md"),
    *("....//....//canary.txt", "CURRENT.json", "generation-000001/segments.json", "."),
]


@pytest.mark.parametrize("name", PATHS)
def test_no_name_leads_to_a_file(name: str, tmp_path: Path) -> None:
    (tmp_path / "canary.txt").write_text("쥐도새도모르게", "utf-8")
    client = _app(tmp_path / "index", []).test_client()
    for address in (
        f"/api/v1/article?id={name}",
        f"/api/v1/related?id={name}",
        f"/static/{name}",
        f"/static/../{name}",
        f"/embed/search-box.{name}.js",
        f"/{name}",
        f"/archive/article?id={name}",
    ):
        answer = client.get(address)
        assert answer.status_code in (302, 308, 400, 401, 404), address
        for inside in ("쥐도새도모르게", "root:", '"crc"', '"values"'):
            assert inside not in answer.text, address
