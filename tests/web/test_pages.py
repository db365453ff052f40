"""The search page as a reader without JavaScript uses it."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.building import app_for, article, build_index
from tests.web.reader import Page

KOREAN = {"Accept-Language": "ko-KR,ko;q=0.9,en;q=0.8"}
ENGLISH = {"Accept-Language": "en-GB,en;q=0.9"}


def visit(client: FlaskClient, path: str, status: int = 200, **headers: str) -> Page:
    """The page at an address."""
    response = client.get(path, headers=headers or KOREAN)
    assert response.status_code == status
    assert response.mimetype == "text/html"
    return Page(response.text)


def titles(page: Page) -> list[str]:
    """The titles of the hits."""
    return [element.text for element in page.all("title", "hits")]


def total(page: Page) -> int:
    """The number of hits that the page names."""
    return int(re.sub(r"\D", "", page.one("total").text))


def only_own_scripts(page: Page) -> bool:
    """Whether every script is a file of ours."""
    scripts = page.all("script")
    return all(e.attributes["src"].startswith("/static/") and not e.text for e in scripts)


# What it shows


def test_without_a_query_the_newest_are_shown(client: FlaskClient) -> None:
    page = visit(client, "/")
    assert page.one("h1").text == "최신 기사"
    assert page.one("title", "head").text == "글샘"
    assert total(page) == 32
    assert len(titles(page)) == 10
    assert titles(page)[0] == "반도체 소식 11"
    assert not page.all("chips")


def test_what_the_help_shows_can_be_searched_for(client: FlaskClient) -> None:
    shown = [e.text for e in visit(client, "/").all("dt", "help")]
    found = {}
    for syntax in shown:
        page = Page(client.get("/", query_string={"q": syntax}).text)
        assert not page.all("misread")
        found[syntax] = total(page)
    own = {
        "반도체 수출": 30,
        "반도*": 30,
        "author:김한수": 20,
        "category:경제": 30,
        "tag:반도체": 30,
    }
    assert {syntax: n for syntax, n in found.items() if n} == own | {"-주가": 32}
    for field in ("title:", "author:", "category:", "tag:", "date:"):
        assert any(syntax.startswith(field) for syntax in shown)


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("/", "최신 기사"),
        ("/?page=2", "최신 기사"),
        ("/?q=배터리", "검색 결과"),
        ("/?author=이영희", "검색 결과"),
        ("/?date_from=2024", "검색 결과"),
        ("/?sort=oldest", "검색 결과"),
    ],
)
def test_the_heading(path: str, heading: str, client: FlaskClient) -> None:
    assert visit(client, path).one("h1").text == heading


def test_pages_keep_their_size(client: FlaskClient) -> None:
    page = visit(client, "/?q=소식&per_page=20")
    assert len(titles(page)) == 20
    assert len(titles(visit(client, page.link("2", "pages")))) == 10
    assert [e.text for e in page.all("a", "sizes")] == ["10", "20", "50"]
    assert total(visit(client, page.link("50", "sizes"))) == 30
    assert not visit(client, "/?date_from=2020&date_to=2020").all("sizes")


def test_words_that_are_missing_are_struck_through(tmp_path: Path) -> None:
    texts = ("반도체 수출이 늘었다.", "반도체 값이 올랐다.", "수출이 막혔다.", "정부 예산이 섰다.")
    build_index(tmp_path, [article(f"{n}", title=text) for n, text in enumerate(texts)])
    page = visit(app_for(tmp_path).test_client(), "/?q=반도체 수출")
    assert titles(page)[0] == "반도체 수출이 늘었다."
    assert total(page) == 1
    assert page.one("h2", "also").text == "일부 단어만 맞는 글"
    assert sorted(e.text for e in page.all("s", "also")) == ["반도체", "수출"]


def test_results(client: FlaskClient) -> None:
    page = visit(client, "/?q=배터리")
    assert page.one("h1").text == "검색 결과"
    assert page.one("title", "head").text == "배터리 - 글샘"
    assert ("q", "배터리") in page.fields("search")
    assert total(page) == 15
    assert {mark.text for mark in page.all("mark")} == {"배터리"}
    assert page.all("time")[0].text == "2024년 12월 1일"
    assert page.all("time")[0].attributes["datetime"].startswith("2024-12-01T")
    assert page.all("picture")[0].attributes["src"] == "https://img.example/a.jpg"
    assert page.link(titles(page)[0], "hits").startswith("/posts/")


def test_every_page_is_html_without_inline_scripts_or_foreign_files(client: FlaskClient) -> None:
    for path in ("/", "/?q=쿼카", "/?q=없는말", "/api/docs", "/nothing"):
        page = Page(client.get(path).text)
        assert only_own_scripts(page)
        assert not page.all("style")
        ids = [e.attributes["id"] for e in page.elements if "id" in e.attributes]
        assert len(ids) == len(set(ids))
        for element in page.elements:
            assert not any(name.startswith("on") or name == "style" for name in element.attributes)
            if element.tag == "link":
                assert element.attributes["href"].startswith("/")


def test_ids_that_are_named_are_there(client: FlaskClient) -> None:
    for path in ("/", "/?q=소식", "/?q=없는말", "/?q=소식&author=이영희&date_from=2024"):
        page = Page(client.get(path).text)
        ids = {e.attributes.get("id") for e in page.elements}
        for element in page.elements:
            for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
                named = element.attributes.get(name, "").split()
                assert ids.issuperset(named), (path, named)


def test_texts_of_articles_are_no_markup(client: FlaskClient) -> None:
    response = client.get("/?q=쿼카")
    page = Page(response.text)
    assert titles(page) == ["<script>alert('쿼카')</script>"]
    assert page.one("subtitle").text == '<img src=x onerror="alert(1)">'
    assert page.one("snippet").text == '쿼카 <b>굵게</b> &amp; "따옴표"'
    assert "<i>기자</i>" in page.one("meta", "hit").text
    assert not page.all("a", "title")
    assert not page.all("picture")
    assert "javascript:" not in response.text


@pytest.mark.parametrize(
    "q", ["<script>alert(1)</script>", '"><img src=x>', "'", "&amp;", "{{7*7}}", "%00", "</title>"]
)
def test_queries_are_no_markup(q: str, client: FlaskClient) -> None:
    page = Page(client.get("/", query_string={"q": q, "author": q, "date_from": q}).text)
    assert dict(page.fields("search"))["q"] == q
    assert page.one("title", "head").text == f"{q} - 글샘"
    assert page.one("chips", "main").text.startswith(f"기자 {q} ×")
    assert only_own_scripts(page)
    assert all(img.has("picture") for img in page.all("img", "main"))


# Languages


@pytest.mark.parametrize(
    ("accepted", "language", "button"),
    [
        ("", "ko", "검색"),
        ("ko", "ko", "검색"),
        ("ko-KR,ko;q=0.9,en-US;q=0.8", "ko", "검색"),
        ("en", "en", "Search"),
        ("en-US,en;q=0.9", "en", "Search"),
        ("ja,zh;q=0.9", "ko", "검색"),
        ("ja, en;q=0.5", "en", "Search"),
        ("*", "ko", "검색"),
        ("x;q=y,\x80", "ko", "검색"),
    ],
)
def test_korean_first_english_where_asked_for(
    accepted: str, language: str, button: str, client: FlaskClient
) -> None:
    for path in ("/", "/nothing"):
        response = client.get(path, headers={"Accept-Language": accepted})
        page = Page(response.text)
        assert page.one("html").attributes["lang"] == language
        assert page.one("button", "search").text == button
        assert response.headers["Content-Language"] == language
        assert "Accept-Language" in response.headers["Vary"]


def test_english_pages_write_dates_for_everyone(client: FlaskClient) -> None:
    page = visit(client, "/?q=배터리", **ENGLISH)
    assert page.all("time")[0].text == "2024-12-01"
    assert not re.search("[가-힣]", page.one("period").text)


# Links


def test_orders_are_links(client: FlaskClient) -> None:
    page = visit(client, "/?q=소식")
    assert [e.text for e in page.all("a", "sorts")] == ["정확도순", "최신순", "오래된순"]
    oldest = visit(client, page.link("오래된순", "sorts"))
    assert [e.text for e in oldest.all("a", "sorts") if "aria-current" in e.attributes] == [
        "오래된순"
    ]
    dates = [e.attributes["datetime"] for e in oldest.all("time")]
    assert dates == sorted(dates)
    assert [e.text for e in visit(client, "/").all("a", "sorts")] == ["최신순", "오래된순"]


def test_pages_are_links_and_lead_through_everything(client: FlaskClient) -> None:
    page = visit(client, "/?sort=oldest")
    seen = titles(page)
    while next_links := [e for e in page.all("a", "pages") if e.attributes.get("rel") == "next"]:
        page = visit(client, next_links[0].attributes["href"])
        seen += titles(page)
    assert len(seen) == len(set(seen)) == 32
    assert [e.text for e in page.all("a", "pages")] == ["이전", "1", "2", "3", "4"]
    assert page.link("1", "pages") == "/?sort=oldest"


def test_all_links_of_a_page_lead_somewhere(client: FlaskClient) -> None:
    page = visit(client, "/?q=소식&author=김한수&date_from=2024")
    for element in page.all("a"):
        address = element.attributes["href"]
        if not address.startswith(("/posts/", "#")):
            assert client.get(address).status_code == 200, address
            assert urlsplit(address).netloc == ""


# States


def test_nothing_found_says_how_to_go_on(client: FlaskClient) -> None:
    page = visit(client, "/?q=뷁쀍")
    empty = page.one("empty")
    assert "‘뷁쀍’에 맞는 글이 없습니다." in empty.text
    assert "맞춤법" in empty.text
    assert visit(client, page.link("최신 기사 보기", "empty"))
    newest = [e.text for e in page.all("title", "also")]
    assert newest == titles(visit(client, "/"))[:5]


@pytest.mark.parametrize(
    ("q", "meant"), [("ㅂㄷㅊ", ["반도체"]), ("뷁쀍", []), ("ㅅㅇㅊㅇ", [])], ids=str
)
def test_nothing_found_offers_what_would_be_suggested(q: str, meant: list[str], app: Flask) -> None:
    app.extensions["geulsaem"].service.prepare()
    client = app.test_client()
    page = visit(client, f"/?q={q}")
    links = page.all("a", "meant")
    assert [e.text for e in links][:1] == meant
    answer = client.get("/api/v1/search", query_string={"q": q}).json
    assert answer["query"]["did_you_mean"] == next(iter(meant), None)  # type: ignore[index]
    assert answer["query"]["applied"] == q  # type: ignore[index]
    for link in links:
        assert total(visit(client, link.attributes["href"])) > 0


@pytest.mark.parametrize(
    ("q", "words", "found"),
    [
        ("배터리", "검색 조건을 모두 빼고 찾기 (15건)", 15),
        ("뷁쀍", "검색 조건을 모두 빼고 찾기", 0),
    ],
)
def test_filters_that_leave_nothing_are_named(
    q: str, words: str, found: int, client: FlaskClient
) -> None:
    page = visit(client, f"/?q={q}&author=아무개")
    assert total(page) == 0
    assert total(visit(client, page.link(words, "empty"))) == found


def test_a_page_beyond_the_last_leads_back(client: FlaskClient) -> None:
    page = visit(client, "/?page=500")
    assert "이 페이지에는 글이 없습니다." in page.one("empty").text
    assert titles(visit(client, page.link("첫 페이지로")))


@pytest.mark.parametrize(
    "query",
    [
        "page=x",
        "page=0",
        "page=99999999999",
        "sort=best",
        "date_from=soon",
        "date_to=9999",
        "date_from=9999-12&date_to=9999-12-31",
        "author=",
        "x=1",
        "q=%FF",
    ],
)
def test_what_makes_no_sense_is_left_out(query: str, client: FlaskClient) -> None:
    assert visit(client, f"/?{query}").one("h1")


def test_dates_the_wrong_way_round_are_turned(client: FlaskClient) -> None:
    assert total(visit(client, "/?date_from=2024-03&date_to=2024-02")) == 6


def test_a_query_that_is_too_long_is_cut(client: FlaskClient) -> None:
    page = visit(client, "/?q=" + "가" * 300)
    assert dict(page.fields("search"))["q"] == "가" * 256


def test_near_hits_and_partial_matches_are_said(client: FlaskClient) -> None:
    page = visit(client, "/?q=배터리 자동차")
    assert "일부 단어는 없을 수 있습니다" in page.one("notice").text


def test_there_is_no_such_page(client: FlaskClient) -> None:
    page = visit(client, "/nothing", 404)
    assert page.one("h1").text == "찾으시는 페이지가 없습니다."
    assert page.one("search").attributes["action"] == "/"


def test_without_an_index(empty_app: Flask) -> None:
    response = empty_app.test_client().get("/", headers=KOREAN)
    assert response.status_code == 503
    page = Page(response.text)
    assert "지금은 검색할 수 없습니다" in page.one("h1").text
    assert "reindex" in page.one("hint").text
    assert int(response.headers["Retry-After"]) > 0
    again = Page(empty_app.test_client().get("/?q=쿼카&page=2", headers=KOREAN).text)
    assert again.link("다시 시도") == "/?q=%EC%BF%BC%EC%B9%B4&page=2"
    assert dict(again.fields("search"))["q"] == "쿼카"


def test_other_methods_are_refused(client: FlaskClient) -> None:
    response = client.post("/")
    assert response.status_code == 405
    assert Page(response.text).one("h1").text == "요청을 처리하지 못했습니다."


@pytest.mark.parametrize(
    "name", ["page.css", "icon.svg", "navigation.js", "period.js", "suggestions.js"]
)
def test_static_files_are_served_from_here(name: str, client: FlaskClient) -> None:
    response = client.get(f"/static/{name}")
    assert response.status_code == 200
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", response.text)


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static//etc/passwd"]
)
def test_no_other_files_are_served(path: str, client: FlaskClient) -> None:
    assert client.get(path, follow_redirects=True).status_code == 404


def test_a_corrected_query_leads_back_to_what_was_typed(tmp_path: Path) -> None:
    build_index(tmp_path, [article("a", title="삼성전자 실적")])
    app = app_for(tmp_path)
    app.extensions["geulsaem"].service.prepare()
    client = app.test_client()
    page = client.get("/?q=tkatjdwjswk").text
    assert "‘삼성전자’로 검색한 결과입니다." in page
    assert 'href="/?q=tkatjdwjswk&amp;correct=0"' in page
    typed = client.get("/?q=tkatjdwjswk&correct=0").text
    assert Page(typed).one("empty")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/?date_from=2025-13", ["2025-13"]),
        ("/?date_from=작년&date_to=오늘", ["작년", "오늘"]),
        ("/?date_from=<b>", ["&lt;b&gt;"]),
        ("/?date_from=2025-07&date_to=", []),
    ],
)
def test_a_date_that_is_none_is_named(address: str, said: list[str], client: FlaskClient) -> None:
    page = client.get(address).get_data(as_text=True)
    assert page.count("날짜를 알 수 없어") == len(said)
    assert all(f"‘{day}’:" in page for day in said)


@pytest.mark.parametrize(
    ("q", "language", "said", "instead"),
    [
        ("date:2025-13", "ko", "‘date:2025-13’: 날짜를 알 수 없어 낱말로 찾았습니다.", None),
        ("date:abc", "en", "“date:abc” is no date and was searched for as words", None),
        ("foo:<b>", "ko", "‘foo:<b>’: 이런 항목이 없어 낱말로 찾았습니다.", None),
        ("기자:김한수", "ko", "‘기자:김한수’: 이런 항목이 없어", "author:김한수"),
        ("author:김한", "ko", "빈칸이 있는 값은 따옴표로 묶고", "author:김한수"),
        ("배터리 https://a.example 12:30", "ko", None, None),
    ],
)
def test_what_was_misread_is_said(
    q: str, language: str, said: str | None, instead: str | None, client: FlaskClient
) -> None:
    page = Page(client.get("/", query_string={"q": q}, headers={"Accept-Language": language}).text)
    texts = [e.text for e in page.all("misread")]
    assert len(texts) == (1 if said else 0)
    assert all(str(said) in text for text in texts)
    if instead:
        assert total(visit(client, page.link(instead, "misread"))) > 0
