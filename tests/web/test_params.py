"""Addresses of the search page: read, written, and read again."""

from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.urls import uri_to_iri

from web.params import PageQuery, page_query


@pytest.mark.parametrize(
    ("query", "url"),
    [
        (PageQuery(), "/"),
        (PageQuery(q="구글"), "/?q=구글"),
        (PageQuery(q="a&b=c #1%"), "/?q=a%26b%3Dc%20%231%25"),
        (PageQuery(page=1), "/"),
        (PageQuery(page=3), "/?page=3"),
        (PageQuery(sort="oldest", date_from="2024"), "/?date_from=2024&sort=oldest"),
        (
            PageQuery(q="a", selected={"tag": ("y", "x"), "author": ("김",)}),
            "/?q=a&author=김&tag=y&tag=x",
        ),
    ],
    ids=str,
)
def test_url(query: PageQuery, url: str) -> None:
    assert uri_to_iri(query.url()) == url


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, PageQuery()),
        ({"q": "  구글\x00 "}, PageQuery(q="구글")),
        ({"page": "2"}, PageQuery(page=2)),
        ({"page": "²"}, PageQuery()),
        ({"page": "5000"}, PageQuery(page=1000)),
        ({"sort": "newest"}, PageQuery(sort="newest")),
        ({"date_from": " 2024-06 "}, PageQuery(date_from="2024-06")),
        ({"date_from": "2024", "date_to": "2023"}, PageQuery(date_from="2023", date_to="2024")),
        (
            {"date_from": "2024-06", "date_to": "2024"},
            PageQuery(date_from="2024-06", date_to="2024"),
        ),
        (
            {"date_from": "2024", "date_to": "2024-06"},
            PageQuery(date_from="2024", date_to="2024-06"),
        ),
        ({"author": ["", "김"]}, PageQuery(selected={"author": ("김",)})),
    ],
    ids=str,
)
def test_reading(arguments: dict[str, Any], expected: PageQuery) -> None:
    found = page_query(MultiDict(arguments))
    assert (found.q, found.date_from, found.date_to) == (
        expected.q,
        expected.date_from,
        expected.date_to,
    )
    assert (found.sort, found.page) == (expected.sort, expected.page)
    assert {f: v for f, v in found.selected.items() if v} == expected.selected


@pytest.mark.parametrize(
    ("own", "value", "kept"),
    [
        ((), "AI", ("AI",)),
        (("AI",), "AI", ()),
        (("AI",), "ai", ()),
        (("AI", "b"), "b", ("AI",)),
        (("AI",), "b", ("AI", "b")),
    ],
)
def test_toggled(own: tuple[str, ...], value: str, kept: tuple[str, ...]) -> None:
    query = PageQuery(q="a", selected={"tag": own, "author": ("김",)}, page=4)
    toggled = query.toggled("tag", value)
    assert toggled.selected == {"tag": kept, "author": ("김",)}
    assert (toggled.q, toggled.page) == ("a", 1)


@pytest.mark.parametrize(
    ("q", "sort", "url"),
    [
        ("a", "relevance", "/?q=a"),
        ("a", "newest", "/?q=a&sort=newest"),
        ("", "newest", "/"),
        ("", "oldest", "/?sort=oldest"),
    ],
)
def test_the_default_order_is_not_in_the_address(q: str, sort: Any, url: str) -> None:
    assert PageQuery(q=q, sort="oldest", page=3).sorted_by(sort).url() == url


@given(
    st.dictionaries(
        st.sampled_from(["q", "author", "category", "tag", "date_from", "date_to", "sort", "page"]),
        st.lists(st.text(max_size=30), min_size=1, max_size=3),
    )
)
def test_an_address_leads_to_itself(arguments: dict[str, list[str]]) -> None:
    query = page_query(MultiDict(arguments))
    again = page_query(parsed(query.url()))
    assert again == query
    assert again.url() == query.url()


def parsed(url: str) -> MultiDict[str, str]:
    """The arguments of an address as Flask reads them."""
    return MultiDict(parse_qsl(url.removeprefix("/").removeprefix("?"), keep_blank_values=True))
