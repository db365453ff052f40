"""The archive as editors use it: its page, its API, and that none of it is for the public."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from index.article import Article
from tests.building import SEOUL, article, build_index, day
from tests.web.editors import BEARER, EDITOR, HASH, archive_app, editor_of, form_token, log_in
from tests.web.reader import Page

SEARCH = "/api/v1/archive/search"
HIDDEN = ("초안말", "예약말", "만료말", "숨김말")
LEAD = "정부는 내년도 반도체 산업 지원 예산을 올해보다 두 배 늘린 3조 원으로 편성하기로 했다."
ENGLISH = {"Accept-Language": "en"}


def written() -> list[Article]:
    """Sixty public articles, one of each other status, two much alike, and one that is markup."""
    soon = datetime.now(SEOUL) + timedelta(days=1)
    public = [
        article(
            f"posts/{n:02}",
            title=f"반도체 소식 {n:02}",
            authors=("김한수",) if n % 3 else ("이영희",),
            categories=("경제",) if n % 2 else ("산업",),
            tags=("반도체",),
            date=day(f"2024-{n % 12 + 1:02}-01"),
        )
        for n in range(60)
    ]
    others: list[dict[str, Any]] = [
        {"id": "draft", "title": "초안말", "draft": True},
        {"id": "later", "title": "예약말", "publish_date": soon},
        {"id": "expired", "title": "만료말", "expiry_date": day("2025-02-01")},
        {"id": "hidden", "title": "숨김말", "hidden": True},
    ]
    markup = article(
        "x/<b>&\"'",
        url="javascript:alert(1)",
        title="<script>alert('쿼카')</script>",
        subtitle="<img src=x>",
        body="쿼카 <b>굵게</b>",
        authors=('"><i>',),
        categories=("<u>",),
        tags=("</p>",),
    )
    alike = [
        article("alike/one", title="반도체 예산 두 배", body=LEAD, date=day("2023-05-01")),
        article("alike/two", title="[종합] 반도체 예산 두 배", body=LEAD, draft=True),
    ]
    plain = {"authors": ("비밀기자",), "categories": ("비밀분류",), "tags": ("비밀태그",)}
    return [
        *public,
        *(article(values.pop("id"), **plain, **values) for values in others),
        markup,
        *alike,
    ]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("archive")
    build_index(folder, written())
    return archive_app(folder, archive_users={EDITOR: HASH, "이영희": HASH})


@pytest.fixture(scope="module")
def editor(app: Flask) -> FlaskClient:
    """A client that has logged in."""
    return editor_of(app)


def visit(client: FlaskClient, path: str, **headers: str) -> Page:
    """A page of the archive."""
    response = client.get(path, headers=headers)
    assert response.status_code == 200, response.text[:500]
    return Page(response.text)


def titles(page: Page) -> list[str]:
    """The titles of the rows."""
    return [element.text for element in page.all("open", "row")]


def found(client: FlaskClient, query: str) -> Any:
    """The answer of the API to a program."""
    response = client.get(f"{SEARCH}?{query}", headers=BEARER)
    assert response.status_code == 200, response.text
    return response.json


# Drafts stay inside


@pytest.mark.parametrize("word", [*HIDDEN, "author:비밀기자", "category:비밀분류", "tag:비밀태그"])
@pytest.mark.parametrize(
    "path", ["/", "/api/v1/search", "/?status=draft", "/?sort=title", "/?view=cards"]
)
@pytest.mark.parametrize("logged_in", [True, False])
def test_the_public_pages_know_no_drafts(
    word: str, path: str, logged_in: bool, app: Flask, editor: FlaskClient
) -> None:
    client = editor if logged_in else app.test_client()
    # Asked inside first, so that nothing that is kept of that comes out.
    assert found(client, f"q={word}")["total"] > 0
    response = client.get(f"{path}{'&' if '?' in path else '?'}q={word}&correct=0")
    text = response.text.replace(word, "")
    assert not any(hidden in text for hidden in (*HIDDEN, "비밀"))
    if response.is_json:
        assert response.json["total"] == 0
        assert not {"status", "source"} & set(str(response.json))


@pytest.mark.parametrize("query", ["status=draft", "sort=title", "everything=1", "explain=1"])
def test_the_public_api_knows_no_parameters_of_editors(query: str, app: Flask) -> None:
    response = app.test_client().get(f"/api/v1/search?{query}")
    assert response.status_code == 400


def test_a_public_hit_has_no_more_than_before(app: Flask) -> None:
    (hit,) = app.test_client().get("/api/v1/search?q=쿼카").json["hits"]
    assert not {"status", "source", "lastmod", "editorial"} & set(hit)


def test_other_origins_cannot_read_the_archive(app: Flask) -> None:
    origin = {"Origin": "https://news.example"}
    client = app.test_client()
    assert "Access-Control-Allow-Origin" in client.get("/api/v1/search", headers=origin).headers
    response = client.get(SEARCH, headers=origin | BEARER)
    assert response.status_code == 200
    assert "Access-Control-Allow-Origin" not in response.headers
    asked = client.options(SEARCH, headers=origin | {"Access-Control-Request-Method": "GET"})
    assert "Access-Control-Allow-Origin" not in asked.headers


# The API


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("", 67),
        ("status=draft", 2),
        ("status=scheduled", 1),
        ("status=expired", 1),
        ("status=hidden", 1),
        ("status=public", 62),
        ("status=draft&status=hidden", 3),
        ("q=초안말", 1),
        ("author=비밀기자", 4),
        ("author=비밀기자&status=public", 0),
        ("q=반도체&status=draft", 1),
    ],
)
def test_status(query: str, total: int, app: Flask) -> None:
    answer = found(app.test_client(), query)
    assert answer["total"] == total
    asked = parse_qs(query).get("status", [])
    assert all(not asked or hit["status"] in asked for hit in answer["hits"])
    counted = {row["value"]: row for row in answer["facets"]["status"]}
    assert {name for name, row in counted.items() if row["selected"]} == set(asked)
    if not asked:
        assert sum(row["count"] for row in counted.values()) == total


def test_a_hit_says_where_its_file_is(app: Flask) -> None:
    (hit,) = found(app.test_client(), "q=초안말")["hits"]
    assert (hit["status"], hit["source"], hit["id"]) == ("draft", "draft.md", "draft")


def test_a_hit_says_why_it_ranks_there(app: Flask) -> None:
    client = app.test_client()
    (hit,) = found(client, "q=초안말&explain=1")["hits"]
    explanation = hit["explanation"]
    parts = sum(term["contribution"] for term in explanation["terms"])
    assert parts * explanation["recency"] == pytest.approx(hit["score"], rel=1e-3)
    assert found(client, "q=초안말")["hits"][0]["explanation"] is None


def test_hits_come_by_title(app: Flask) -> None:
    client = app.test_client()
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        query = f"sort=title&per_page=9&cursor={cursor}&status=public&category=경제&category=산업"
        answer = found(client, query)
        seen += [hit["title"] for hit in answer["hits"]]
        cursor = answer["cursor"]
    assert seen == [f"반도체 소식 {n:02}" for n in range(60)]


@pytest.mark.parametrize(
    ("query", "facets"),
    [
        ("", {"author", "category", "tag", "year", "month", "status"}),
        ("facets=status", {"status"}),
        ("facets=", set()),
        ("facets=tag", {"tag"}),
    ],
)
def test_facets_are_counted_as_asked(query: str, facets: set[str], app: Flask) -> None:
    assert set(found(app.test_client(), query)["facets"]) == facets


@pytest.mark.parametrize(
    ("query", "parameter"),
    [("status=secret", "status"), ("sort=best", "sort"), ("x=1", "x"), ("page=0", "page")],
)
def test_bad_parameters(query: str, parameter: str, app: Flask) -> None:
    response = app.test_client().get(f"{SEARCH}?{query}", headers=BEARER)
    assert (response.status_code, response.mimetype) == (400, "application/problem+json")
    assert "[" not in response.json["detail"]
    assert response.json["parameter"] == parameter


def test_nothing_is_kept(app: Flask, editor: FlaskClient) -> None:
    for path in ("/archive", "/archive/article?id=draft", SEARCH, "/archive/insights"):
        headers = editor.get(path).headers
        assert headers["Cache-Control"] == "private, no-store"
        assert "ETag" not in headers
        assert {"Cookie", "Authorization"} <= set(headers["Vary"].split(", "))


# The page


def test_everything_is_there(editor: FlaskClient) -> None:
    page = visit(editor, "/archive")
    assert page.one("h1").text == "총 67건"
    assert len(titles(page)) == 50
    assert {e.text for e in page.all("h2", "facet")} >= {"상태", "분류", "기자", "태그", "연도"}
    assert page.link("초안 2", "side") == "/archive?status=draft"
    narrowed = visit(editor, "/archive?status=draft")
    assert set(titles(narrowed)) == {"초안말", "[종합] 반도체 예산 두 배"}
    assert {e.text for e in narrowed.all("status", "row")} == {"초안"}
    assert page.link("CSV", "tools") == "/api/v1/archive/export.csv?"
    assert (
        visit(editor, "/archive?status=draft&view=cards")
        .link("CSV", "tools")
        .endswith("csv?status=draft")
    )


def test_in_english(editor: FlaskClient) -> None:
    page = visit(editor, "/archive?status=draft", **ENGLISH)
    assert page.one("html").attributes["lang"] == "en"
    assert {e.text for e in page.all("status", "row")} == {"Draft"}


@pytest.mark.parametrize(
    "query",
    [
        "?view=cards",
        "?sort=title&page=2",
        "?q=반도체&by=author",
        "?q=없는말이다",
        "?q=반도체&status=expired",
        "?page=9999",
        "?q=%ff&sort=x&view=y&by=z&page=-1&status=x&date_from=x",
        "?date_from=2025&date_to=2024-01",
        "?q=" + "가" * 300,
        "?author=" + "&author=".join(map(str, range(99))),
    ],
)
def test_any_address_is_answered(query: str, editor: FlaskClient) -> None:
    page = visit(editor, f"/archive{query}")
    ids = [e.attributes["id"] for e in page.elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    for element in page.elements:
        assert not any(name.startswith("on") or name == "style" for name in element.attributes)


def test_the_policy_allows_what_the_page_needs(editor: FlaskClient) -> None:
    response = editor.get("/archive")
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self'; connect-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    page = Page(response.text)
    (script,) = page.all("script")
    assert script.attributes["src"].startswith("/static/archive.js?")
    assert not script.text


def test_a_correction_is_said_and_can_be_undone(editor: FlaskClient) -> None:
    page = visit(editor, "/archive?q=qksehcp")
    assert page.one("notice").text == "‘반도체’ 검색 결과입니다. ‘qksehcp’ 그대로 검색"
    typed = visit(editor, page.link("‘qksehcp’ 그대로 검색"))
    assert typed.one("h1").text == "총 0건"


@pytest.mark.parametrize(
    ("q", "said", "instead"),
    [
        ("date:2025-13", "‘date:2025-13’: 날짜를 알 수 없어", None),
        ("foo:bar", "‘foo:bar’: 이런 항목이 없어", None),
        ("author:김한", "‘author:김한’: 빈칸이 있는 값은", "author:김한수"),
    ],
)
def test_what_was_misread_is_said(
    q: str, said: str, instead: str | None, editor: FlaskClient
) -> None:
    page = Page(editor.get("/archive", query_string={"q": q}).text)
    assert page.one("misread").text.startswith(said)
    if instead:
        led = visit(editor, page.link(instead, "misread"))
        assert led.all("tbody")
        assert not led.all("misread")


def test_facets_chips_and_dates_lead_on(editor: FlaskClient) -> None:
    page = visit(editor, "/archive?q=반도체&category=경제&status=public&view=cards")
    chips = {e.text.removesuffix(" ×"): e.attributes["href"] for e in page.all("a", "chips")}
    assert set(chips) == {"공개", "경제", "모두 지우기"}
    for removed, name in (("공개", "status"), ("경제", "category")):
        left = parse_qs(urlsplit(chips[removed]).query)
        assert name not in left
        assert left["view"] == ["cards"]
    sent = page.fields("dates")
    assert ("category", "경제") in sent
    assert ("status", "public") in sent


def test_the_chart_leads_to_its_periods(editor: FlaskClient) -> None:
    page = visit(editor, "/archive?q=소식")
    bars = page.all("rect", "chart")
    assert len(bars) == 12
    assert [e.text for e in page.all("li", "legend")] == ["전체", "경제 30", "산업 30"]
    (link,) = {
        e.attributes["href"] for e in page.all("a", "chart") if e.text.startswith("2024-03:")
    }
    assert visit(editor, link).one("h1").text == "총 5건"
    by = visit(editor, page.link("기자", "by"))
    assert [e.text for e in by.all("li", "legend")] == ["전체", "김한수 40", "이영희 20"]


def test_an_article_is_read(editor: FlaskClient) -> None:
    page = visit(editor, "/archive?q=예산")
    path = next(e.attributes["href"] for e in page.all("open", "row") if "종합" not in e.text)
    for part in (False, True):
        page = visit(editor, path + ("&part=1" if part else ""))
        assert bool(page.all("html")) is not part
        assert page.one("code").text == "alike/one.md"
        assert page.one("body", "reading").text == LEAD
        assert {e.text for e in page.all("mark", "reading")} >= {"예산"}
        assert [e.text for e in page.all("open", "alike")] == ["[종합] 반도체 예산 두 배"]
        assert "같음" in page.one("percent").text
        assert page.link("기사 페이지 열기") == "/alike/one/"


def test_related_articles_are_drafts_too(app: Flask, editor: FlaskClient) -> None:
    page = visit(editor, "/archive/article?id=posts/07")
    assert len(page.all("open", "details")) > 1
    # What the public gets of the same relation holds none.
    related = app.test_client().get("/api/v1/related?id=alike/one&limit=20").json["hits"]
    assert not {"alike/two", "draft"} & {hit["id"] for hit in related}
    assert app.test_client().get("/api/v1/related?id=alike/two").status_code == 404


def test_a_draft_has_no_page_to_open(editor: FlaskClient) -> None:
    page = visit(editor, "/archive/article?id=draft")
    assert page.one("status", "top-line").text == "초안"
    assert not page.all("page-link")


@pytest.mark.parametrize("query", ["", "?id=", "?id=nothing", "?id=../../etc/passwd", "?id=%ff"])
def test_an_article_that_is_none(query: str, editor: FlaskClient) -> None:
    assert editor.get(f"/archive/article{query}").status_code == 404


def test_texts_of_articles_are_no_markup(editor: FlaskClient) -> None:
    for view in ("table", "cards"):
        page = visit(editor, f"/archive?q=쿼카&view={view}")
        assert titles(page) == ["<script>alert('쿼카')</script>"]
        assert page.one("row").attributes["data-url"] == ""
        assert len(page.all("script")) == 1
    page = visit(editor, page.one("open", "row").attributes["href"])
    assert page.one("body", "reading").text == "쿼카 <b>굵게</b>"
    assert not any("javascript:" in e.attributes.get("href", "") for e in page.elements)


# Saved searches


def test_searches_are_saved_by_editor(app: Flask) -> None:
    mine, others = editor_of(app), app.test_client()
    log_in(others, "이영희")
    form = {"csrf_token": form_token(mine, "/archive"), "q": "반도체", "status": "draft"}
    sent = mine.post("/archive/saved", data=form | {"name": " 반도체  초안 "})
    assert sent.status_code == 303
    page = visit(mine, sent.headers["Location"])
    target = page.link("반도체 초안", "saved")
    assert parse_qs(urlsplit(target).query) == {"q": ["반도체"], "status": ["draft"]}
    assert "반도체 초안" not in others.get("/archive").text
    # Somebody else cannot take it away either.
    token = form_token(others, "/archive")
    others.post("/archive/saved", data={"csrf_token": token, "delete": "반도체 초안"})
    assert visit(mine, "/archive").link("반도체 초안", "saved") == target
    mine.post("/archive/saved", data=form | {"delete": "반도체 초안"})
    assert "반도체 초안" not in mine.get("/archive").text


@pytest.mark.parametrize(
    "form",
    [
        {"name": "a", "next": "https://evil.example", "q": "//evil.example"},
        {"name": "", "q": "a"},
        {"name": "가" * 999, "view": "x", "page": "99999999999", "sort": "x"},
        {"name": "<script>", "status": "x"},
        {},
    ],
)
def test_a_saved_search_is_a_page_of_the_archive(form: dict[str, str], app: Flask) -> None:
    client = editor_of(app)
    sent = client.post("/archive/saved", data=form | {"csrf_token": form_token(client, "/archive")})
    assert sent.status_code == 303
    assert urlsplit(sent.headers["Location"]).path == "/archive"
    page = visit(client, sent.headers["Location"])
    assert all(e.attributes["href"].startswith("/archive") for e in page.all("a", "saved"))


def test_saved_searches_do_not_grow_for_ever(app: Flask, tmp_path: Path) -> None:
    client = editor_of(app)
    token = form_token(client, "/archive")
    for i in range(55):
        client.post("/archive/saved", data={"csrf_token": token, "name": f"검색 {i:02}"})
    names = {e.text for e in visit(client, "/archive").all("a", "saved")}
    assert len(names) == 50
    assert "검색 54" in names
    assert "검색 00" not in names


def test_without_an_index_it_says_so(tmp_path: Path) -> None:
    client = editor_of(archive_app(tmp_path))
    assert client.get("/archive").status_code == 503
    response = client.get(SEARCH)
    assert (response.status_code, response.mimetype) == (503, "application/problem+json")
    assert json.loads(response.data)["status"] == 503
