"""What is searched for: what is counted, what never is, and what the page shows of it."""

import logging
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.building import NOW, SEOUL, Clock, article, build_index
from tests.web.editors import archive_app, editor_of
from tests.web.reader import Page
from web.insights import Insights, normalised
from web.state import State

DAY = 86_400


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("insights")
    texts = ("반도체 수출이 늘었다.", "반도체 값이 올랐다.", "배터리 소식")
    build_index(folder, [article(f"a{i}", body=text) for i, text in enumerate(texts)])
    return folder


@pytest.fixture
def app(folder: Path, tmp_path: Path) -> Flask:
    """The application with a state of its own."""
    return archive_app(folder, state_dir=tmp_path)


@pytest.fixture
def counts(tmp_path: Path) -> tuple[Insights, Clock]:
    clock = Clock()
    return Insights(State(tmp_path), 90, SEOUL, clock), clock


def shown(app: Flask) -> dict[str, tuple[int, ...]]:
    """Queries with their numbers, as the page shows them."""
    page = Page(editor_of(app).get("/archive/insights").text)
    rows: dict[str, tuple[int, ...]] = {}
    query = ""
    for cell in page.all("td", "insights"):
        if not cell.has("number") and not cell.has("share"):
            query = cell.text
            rows.setdefault(query, ())
        elif cell.has("number"):
            rows[query] += (int(cell.text.replace(",", "")),)
    return rows


def known(insights: Insights, days: int = 7) -> dict[str, tuple[int, int | None]]:
    """Queries with their counts and hits."""
    return {one.query: (one.count, one.hits) for one in insights.report(days).top}


# What is counted


@pytest.mark.parametrize(
    ("path", "headers", "counted"),
    [
        ("/?q=반도체", {}, True),
        ("/api/v1/search?q=반도체", {}, True),
        ("/?q=반도체&page=1&category=&sort=", {}, True),
        ("/?q=++반도체 ", {}, True),
        ("/?q=반도체&page=2", {}, False),
        ("/?q=반도체&correct=0", {}, False),
        ("/?q=반도체&category=경제", {}, False),
        ("/?q=반도체&date_from=2024", {}, False),
        ("/?q=반도체&sort=newest", {}, False),
        ("/?q=", {}, False),
        ("/", {}, False),
        ("/api/v1/search?q=반도체&page=x", {}, False),
        ("/api/v1/article?id=a0&q=반도체", {}, False),
        ("/api/v1/search?q=반도체&cursor=x", {}, False),
        ("/?q=반도체", {"User-Agent": "Googlebot/2.1"}, False),
        ("/?q=반도체", {"User-Agent": "Yeti (Naver crawler)"}, False),
        ("/archive?q=반도체", {}, False),
    ],
)
def test_what_is_counted(path: str, headers: dict[str, str], counted: bool, app: Flask) -> None:
    app.test_client().get(path, headers=headers)
    assert shown(app) == ({"반도체": (1, 2)} if counted else {})


def test_searches_of_editors_are_their_own(app: Flask) -> None:
    client = editor_of(app)
    client.get("/archive?q=반도체")
    client.get("/api/v1/archive/search?q=반도체")
    assert shown(app) == {}


def test_answers_that_were_kept_count_too(app: Flask) -> None:
    for i in range(3):
        client = app.test_client()
        client.get("/?q=반도체", environ_overrides={"REMOTE_ADDR": f"192.0.2.{i}"})
    assert shown(app) == {"반도체": (3, 2)}


def test_what_finds_nothing_is_shown_apart(app: Flask) -> None:
    for i, q in enumerate(("반도체", "쿼카", "쿼카")):
        client = app.test_client()
        client.get(f"/?q={q}", environ_overrides={"REMOTE_ADDR": f"192.0.2.{i}"})
    # Its times and hits, and again its times where nothing was found.
    assert shown(app) == {"쿼카": (2, 0, 2), "반도체": (1, 2)}


@pytest.mark.parametrize(
    ("q", "query"),
    [
        ("  반도체   수출 ", "반도체 수출"),
        ("AI", "ai"),
        ("\u1112\u1161\u11ab국", "한국"),
        ("가\x00\x1b나", "가나"),
        ("\udcff가", "가"),
        ("가" * 80, "가" * 80),
        ("가" * 81, ""),
        ("   ", ""),
    ],
)
def test_queries_are_counted_under_one_form(q: str, query: str) -> None:
    assert normalised(q) == query


@pytest.mark.parametrize(
    ("q", "kept"),
    [
        ("hong@news.example", False),
        ("010-1234-5678", False),
        ("900101 1234567", False),
        ("김한수 01012345678", False),
        ("2025년 7월 17일", True),
        ("3조 5000억", True),
        ("@", True),
    ],
)
def test_what_may_name_a_person_is_not_kept(
    q: str, kept: bool, counts: tuple[Insights, Clock]
) -> None:
    insights, _ = counts
    insights.count(q, 1, "somebody")
    assert bool(known(insights)) is kept


@pytest.mark.parametrize(
    ("typed", "counted"),
    [
        (("ㅂ", "바", "반", "반도", "반도체"), {"반도체": 1}),
        (("반도체", "반도", "반도체 수출"), {"반도체 수출": 1}),
        (("반도체", "배터리"), {"반도체": 1, "배터리": 1}),
        (("구글", "구글"), {"구글": 1}),
    ],
)
def test_typing_on_is_one_search(
    typed: tuple[str, ...], counted: dict[str, int], counts: tuple[Insights, Clock]
) -> None:
    insights, clock = counts
    for query in typed:
        insights.count(query, 5, "somebody")
        insights.write()
        clock.now += 1
    assert {q: n for q, (n, _) in known(insights).items()} == counted


def test_after_a_while_it_is_another_search(counts: tuple[Insights, Clock]) -> None:
    insights, clock = counts
    for query in ("반도체", "반도체", "반도체 수출"):
        insights.count(query, 5, "somebody")
        clock.now += 6
    insights.count("반도체", 4, "somebody else")
    assert known(insights) == {"반도체": (3, 4), "반도체 수출": (1, 5)}


def test_nothing_about_who_asked_is_written(app: Flask, tmp_path: Path) -> None:
    headers = {"User-Agent": "Mozilla/5.0 Firefox", "Referer": "https://news.example/secret"}
    app.test_client().get(
        "/?q=반도체", headers=headers, environ_overrides={"REMOTE_ADDR": "192.0.2.77"}
    )
    assert shown(app)
    with sqlite3.connect(tmp_path / "state.sqlite3") as db:
        columns = [row[1] for row in db.execute("PRAGMA table_info(searches)")]
    db.close()
    assert columns == ["day", "query", "count", "hits"]
    data = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert not any(word in data for word in (b"192.0.2.77", b"Firefox", b"news.example"))


# How it is kept


def test_days_are_those_of_the_zone_and_end(counts: tuple[Insights, Clock]) -> None:
    insights, clock = counts
    # Midnight in Seoul, and the second before.
    for offset, query in ((-1, "어제"), (0, "오늘")):
        clock.now = NOW + offset
        insights.count(query, 1, query)
    report = insights.report(2)
    assert (report.days, report.by_day) == (("2025-12-31", "2026-01-01"), (1, 1))
    assert known(insights, 1) == {"오늘": (1, 1)}
    clock.now = NOW + 89 * DAY
    insights.count("나중", 1, "x")
    assert set(known(insights, 365)) == {"오늘", "나중"}
    clock.now += DAY
    insights.count("나중", 1, "x")
    assert set(known(insights, 365)) == {"나중"}


def test_workers_and_threads_count_together(tmp_path: Path) -> None:
    clock = Clock()
    workers = [Insights(State(tmp_path), 90, SEOUL, clock) for _ in range(3)]

    def work(insights: Insights, thread: int) -> None:
        for i in range(40):
            insights.count(("반도체", "배터리")[i % 2], i, f"{thread} {i}")
            if i % 10 == 0:
                insights.write(everything=True)

    threads = [threading.Thread(target=work, args=(w, t)) for t, w in enumerate(workers * 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for worker in workers:
        worker.write(everything=True)
    assert {q: n for q, (n, _) in known(workers[0]).items()} == {"반도체": 120, "배터리": 120}


def test_without_a_place_to_write_searches_work(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    client = archive_app(folder, state_dir=blocked).test_client()
    assert "반도체" in client.get("/?q=반도체").text
    insights = Insights(State(blocked), 90, SEOUL)
    with caplog.at_level(logging.WARNING):
        for query in ("하나", "둘", "셋"):
            insights.count(query, 1, query)
            insights.write(everything=True)
    assert [r.name for r in caplog.records].count("web.insights") == 1
    assert "state_dir" in caplog.text


# The page


def test_the_page(app: Flask) -> None:
    app.test_client().get("/?q=<b>반도체</b>")
    page = Page(editor_of(app).get("/archive/insights?days=7").text)
    assert page.one("h1").text == "검색 통계"
    assert len(page.all("rect", "chart")) == 7
    assert page.link("<b>반도체</b>", "insights").startswith("/archive?q=%3Cb%3E")
    assert page.link("최근 30일") == "/archive/insights?days=30"


@pytest.mark.parametrize("query", ["", "?days=x", "?days=0", "?days=99999999999", "?days=²"])
def test_any_period_is_answered(query: str, app: Flask) -> None:
    page = Page(editor_of(app).get("/archive/insights" + query).text)
    assert "아직 집계된 검색이 없습니다." in page.one("notice").text


def test_counting_can_be_switched_off(folder: Path, tmp_path: Path) -> None:
    values: dict[str, Any] = {"state_dir": tmp_path / "none", "insights": False}
    app = archive_app(folder, **values)
    client: FlaskClient = app.test_client()
    client.get("/?q=반도체")
    assert not (tmp_path / "none").exists()
    assert "꺼져 있습니다" in editor_of(app).get("/archive/insights").text
