"""What other programs of a reader get: RSS, the OpenSearch description, robots.txt."""

import json
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.building import SEOUL, app_for, article, build_index, day
from tests.web.reader import Page

HOME = "http://localhost"
ATOM = "{http://www.w3.org/2005/Atom}"
DC = "{http://purl.org/dc/elements/1.1/}"
OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"


def feed(client: FlaskClient, address: str = "/feed.xml") -> ElementTree.Element:
    """The channel of a feed."""
    response = client.get(address)
    assert response.status_code == 200
    assert response.mimetype == "application/rss+xml"
    root = ElementTree.fromstring(response.data)
    assert (root.tag, root.attrib) == ("rss", {"version": "2.0"})
    (channel,) = root
    return channel


def texts(node: ElementTree.Element, name: str) -> list[str | None]:
    """The texts of the children of a name."""
    return [child.text for child in node.findall(name)]


def test_the_newest_articles(client: FlaskClient) -> None:
    channel = feed(client)
    assert texts(channel, "title") == ["글샘"]
    assert texts(channel, "link") == [f"{HOME}/"]
    assert texts(channel, "language") == ["ko"]
    items = channel.findall("item")
    assert len(items) == 20
    dates = [parsedate_to_datetime(text or "") for item in items for text in texts(item, "pubDate")]
    assert dates == sorted(dates, reverse=True)
    assert texts(items[0], "title") == ["반도체 소식 11"]
    assert texts(items[0], "pubDate") == ["Sun, 01 Dec 2024 00:00:00 +0900"]
    assert texts(channel, "lastBuildDate") == texts(items[0], "pubDate")
    assert texts(items[0], "link") == [f"{HOME}/posts/11/"]
    assert texts(items[0], "guid") == ["posts/11"]
    assert texts(items[0], "description") == ["수출이 이끈다"]
    assert texts(items[0], f"{DC}creator") == ["김한수"]
    assert texts(items[0], "category") == ["경제", "반도체", "태그2"]


@pytest.mark.parametrize(
    ("query", "title", "found"),
    [
        ("q=배터리", "배터리 - 글샘", 15),
        ("q=소식&author=이영희", "소식 - 글샘", 10),
        ("date_from=2020&date_to=2020", "글샘", 1),
        ("q=배터리&sort=oldest&page=3&per_page=5&more=tag&find_tag=태", "배터리 - 글샘", 15),
        ("q=뷁쀍", "뷁쀍 - 글샘", 0),
        ("page=x&date_from=soon", "글샘", 20),
    ],
)
def test_a_feed_holds_what_a_search_finds(
    query: str, title: str, found: int, client: FlaskClient
) -> None:
    channel = feed(client, f"/feed.xml?{query}")
    assert texts(channel, "title") == [title]
    assert len(channel.findall("item")) == found
    own = channel.find(f"{ATOM}link")
    assert own is not None
    # Its own address leads to the same, and its page to the articles.
    again = feed(client, own.attrib["href"].removeprefix(HOME))
    assert texts(again, "title") == [title]
    assert client.get((texts(channel, "link")[0] or "").removeprefix(HOME)).status_code == 200


def test_the_page_names_its_feed(client: FlaskClient) -> None:
    page = Page(client.get("/?q=배터리&author=김한수&sort=oldest&page=2").text)
    links = [e.attributes for e in page.all("link") if e.attributes["rel"] == "alternate"]
    assert links[0]["href"] == page.link("RSS")
    assert 0 < len(feed(client, links[0]["href"]).findall("item")) < 15


def test_texts_are_no_markup(client: FlaskClient) -> None:
    (item,) = feed(client, "/feed.xml?q=쿼카").findall("item")
    assert texts(item, "title") == ["<script>alert('쿼카')</script>"]
    # A description is HTML: what it says is that text.
    assert texts(item, "description") == ["&lt;img src=x onerror=&#34;alert(1)&#34;&gt;"]
    assert texts(item, "link") == []
    assert texts(item, "guid") == ["posts/<b>&\"'"]
    assert texts(item, f"{DC}creator") == ["<i>기자</i>"]


@pytest.mark.parametrize("q", ["]]>", "</title>", "&amp;", "\x0b\ufffe", '"'])
def test_queries_are_no_markup(q: str, client: FlaskClient) -> None:
    response = client.get("/feed.xml", query_string={"q": q})
    assert ElementTree.fromstring(response.data).find("channel/title") is not None


def test_what_xml_cannot_hold_is_left_out(tmp_path: Path) -> None:
    build_index(tmp_path, [article("a", title="제\x08목\ufffe", body="몸\x01글이다.")])
    (item,) = feed(app_for(tmp_path).test_client()).findall("item")
    assert texts(item, "title") == ["제목"]
    assert texts(item, "description") == ["몸글이다."]


def test_nothing_hidden_is_in_a_feed(client: FlaskClient, tmp_path: Path) -> None:
    assert feed(client, "/feed.xml?q=숨은").findall("item") == []
    soon = datetime.now(SEOUL) + timedelta(seconds=15)
    build_index(tmp_path, [article("a", date=day("2020-01-01")), article("b", publish_date=soon)])
    response = app_for(tmp_path).test_client().get("/feed.xml")
    assert len(ElementTree.fromstring(response.data).findall("channel/item")) == 1
    assert int(response.headers["Cache-Control"].removeprefix("public, max-age=")) <= 15


def test_an_article_without_a_date_has_none(client: FlaskClient) -> None:
    (item,) = feed(client, "/feed.xml?q=날짜 없는 글").findall("item")[-1:]
    assert texts(item, "pubDate") == []


def test_opensearch(client: FlaskClient) -> None:
    response = client.get("/opensearch.xml")
    assert response.mimetype == "application/opensearchdescription+xml"
    root = ElementTree.fromstring(response.data)
    assert root.tag == f"{OPENSEARCH}OpenSearchDescription"
    assert texts(root, f"{OPENSEARCH}ShortName") == ["글샘"]
    assert texts(root, f"{OPENSEARCH}InputEncoding") == ["UTF-8"]
    urls = {e.attrib["type"]: e.attrib["template"] for e in root.findall(f"{OPENSEARCH}Url")}
    assert urls["text/html"] == f"{HOME}/?q={{searchTerms}}"
    for template in urls.values():
        path = template.removeprefix(HOME).replace("{searchTerms}", "%EA%B5%AC%EA%B8%80")
        assert client.get(path).status_code == 200
    image = root.find(f"{OPENSEARCH}Image")
    assert image is not None
    assert client.get((image.text or "").removeprefix(HOME)).status_code == 200
    page = Page(client.get("/").text)
    (link,) = [e.attributes for e in page.all("link") if e.attributes["rel"] == "search"]
    assert (link["href"], link["type"]) == ("/opensearch.xml", response.mimetype)


@pytest.mark.parametrize(
    ("query", "typed", "suggested"),
    [
        ("q=반도", "반도", "반도체"),
        ("q=ㅂㄷㅊ", "ㅂㄷㅊ", "반도체"),
        ("q=%20%00", "", None),
        ("", "", None),
        ("q=" + "가" * 300, "가" * 256, None),
        ("q=숨은", "숨은", None),
    ],
    ids=["prefix", "initials", "blank", "none", "too long", "hidden"],
)
def test_suggestions_for_browsers(
    query: str, typed: str, suggested: str | None, app: Flask
) -> None:
    app.extensions["geulsaem"].service.prepare()
    response = app.test_client().get(f"/opensearch-suggest?{query}")
    assert response.mimetype == "application/x-suggestions+json"
    answered, texts = json.loads(response.data)
    assert answered == typed
    assert texts[:1] == ([suggested] if suggested else [])
    assert len(texts) == len(set(texts)) <= 8
    assert response.headers["Cache-Control"].startswith("public")


@pytest.mark.parametrize("path", ["/", "/feed.xml", "/opensearch.xml"])
def test_answers_with_whole_addresses_are_kept_by_host(path: str, client: FlaskClient) -> None:
    one, other = (client.get(path, base_url=f"https://{n}.example") for n in ("one", "other"))
    assert "https://one.example/" in one.text
    assert "one.example" not in other.text
    assert one.headers["ETag"] != other.headers["ETag"]
    assert "Accept-Language" in one.headers["Vary"]


@pytest.mark.parametrize(
    ("sender", "home"),
    [("10.0.0.1", "https://search.example"), ("192.0.2.1", "http://search.example")],
    ids=["proxy", "anybody"],
)
def test_addresses_are_those_that_the_browser_asked_a_proxy_for(
    sender: str, home: str, tmp_path: Path
) -> None:
    build_index(tmp_path, [article("a")])
    client = app_for(tmp_path, trusted_proxies=["10.0.0.0/8"]).test_client()
    for path in ("/", "/feed.xml", "/opensearch.xml", "/embed/search-box.json"):
        answer = client.get(
            path,
            base_url="http://search.example",
            headers={"X-Forwarded-Proto": "https"},
            environ_overrides={"REMOTE_ADDR": sender},
        )
        assert f"{home}/" in answer.text, path


def test_robots(client: FlaskClient) -> None:
    response = client.get("/robots.txt")
    assert response.mimetype == "text/plain"
    assert "Disallow: /api/" in response.text


@pytest.mark.parametrize(
    ("query", "listed"), [("", True), ("?more=tag", True), ("?q=구글", False), ("?tag=a", False)]
)
def test_pages_of_results_are_not_listed(query: str, listed: bool, client: FlaskClient) -> None:
    names = [e.attributes for e in Page(client.get(f"/{query}").text).all("meta")]
    robots = [e["content"] for e in names if e.get("name") == "robots"]
    assert robots == ([] if listed else ["noindex, follow"])


def test_a_shared_page_says_what_it_holds(client: FlaskClient) -> None:
    page = Page(client.get("/?q=배터리&author=김한수").text)
    said = {
        e.attributes.get("property") or e.attributes.get("name"): e.attributes["content"]
        for e in page.all("meta")
        if "content" in e.attributes
    }
    assert said["og:title"] == "배터리 - 글샘"
    assert said["og:description"] == said["description"] == "‘배터리’ 기사 검색 결과 10건"
    assert said["og:image"] == "https://img.example/a.jpg"
    assert said["og:url"].startswith(f"{HOME}/?q=%EB%B0%B0")
    assert client.get(said["og:url"].removeprefix(HOME)).status_code == 200


def test_without_an_index(empty_app: Flask) -> None:
    response = empty_app.test_client().get("/feed.xml")
    assert (response.status_code, response.headers["Cache-Control"]) == (503, "no-store")
