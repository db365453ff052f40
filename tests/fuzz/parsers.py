"""What reads texts of others never fails: queries, front matter, addresses, dates."""

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from werkzeug.datastructures import MultiDict

from index.article import ArticleError
from search.dates import parse_range
from search.query import clean, parse
from tests.building import read_article
from tests.fuzz.running import try_for
from web.params import page_query

# Pieces that mean something; what is made of them gets further than letters by chance.
_QUERY_PIECES = st.sampled_from(
    ["(", ")", '"', "“", "-", "OR", " ", "*", ":", "title:", "date:", "author:", "2024", "..", "가"]
)
_YAML_PIECES = st.sampled_from(
    [
        *("---\n", "+++\n", "title: ", "date: ", "tags: [", "]", "- ", "{", "}", '"', "'", "\n"),
        *("&a ", "*a", "!!python/object:os.system ", "<<: ", "|\n", "2024-13-45", "\t", "\0", "%"),
    ]
)
_TEXT = st.text(max_size=40)


def _mixed(pieces: SearchStrategy[str]) -> SearchStrategy[str]:
    return st.lists(pieces | _TEXT, max_size=60).map("".join)


def _read_query(text: str) -> None:
    query = clean(text)
    tree = parse(query)
    for node in tree.nodes:
        assert 0 <= node.start <= node.end <= len(query)
    assert parse_range(text) is None or text


def _read_file(data: bytes) -> None:
    try:
        article, problems = read_article(data)
    except ArticleError:
        return
    assert article.id
    assert all(str(problem) for problem in problems)


def _read_address(pairs: list[tuple[str, str]]) -> None:
    asked = page_query(MultiDict(pairs))
    again = page_query(MultiDict(_pairs_of(asked.url())))
    assert again.url() == asked.url()


def _pairs_of(url: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(url).query, keep_blank_values=True)


_NAMES = ["q", "author", "tag", "category", "date_from", "date_to", "sort", "page", "correct", "x"]
_PARSERS: dict[str, tuple[SearchStrategy[object], Callable[..., None]]] = {
    "query": (_mixed(_QUERY_PIECES), _read_query),
    "front matter": (
        _mixed(_YAML_PIECES).map(lambda t: t.encode("utf-8", "surrogatepass"))
        | _mixed(_YAML_PIECES).map(lambda t: f"---\n{t}\n---\n본문".encode("utf-8", "replace"))
        | st.binary(max_size=300),
        _read_file,
    ),
    "address": (
        st.lists(st.tuples(st.sampled_from(_NAMES), _mixed(_QUERY_PIECES)), max_size=8),
        _read_address,
    ),
}


def try_parsers(seconds: float) -> dict[str, int]:
    """How many texts each parser was given."""
    share = seconds / len(_PARSERS)
    return {name: try_for(share, *parser) for name, parser in _PARSERS.items()}
