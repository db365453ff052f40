"""The query language: a golden table, and what holds for any text."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search import query_tree
from search.query import MAX_DEPTH, clean, parse
from search.query_tree import AllOf
from tests.search.trees import compact, nodes_of, parts_of
from tests.tables import rows

CASES = [tuple(row) for row in rows("queries")]
# Text that is made of the marks of the language comes upon more than free text does.
MARKS = [
    "(",
    ")",
    '"',
    "“",
    "”",
    "-",
    ":",
    "*",
    "OR",
    "title:",
    "author:",
    "date:",
    "2025",
    "..",
    " ",
]
QUERIES = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from([*MARKS, "삼성", "a"]), max_size=60).map("".join),
    st.lists(st.sampled_from([*MARKS, "삼성", "a"]), max_size=60).map(" ".join),
)


@pytest.mark.parametrize(("text", "tree"), CASES, ids=[text for text, _ in CASES])
def test_golden_table(text: str, tree: str) -> None:
    assert " & ".join(map(compact, parse(text).nodes)) == tree


@pytest.mark.parametrize("text", [text for text, _ in CASES])
def test_every_part_slices_back_to_the_source(text: str) -> None:
    check_spans(text)


@settings(max_examples=500, deadline=None)
@given(QUERIES)
def test_any_text_is_read(text: str) -> None:
    check_spans(text)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=[]), max_size=300))
def test_any_text_is_cleaned_once(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    cleaned.encode()
    parse(cleaned)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000,
        ")" * 10_000,
        "()" * 5_000,
        "(" * 5_000 + "삼성" + ")" * 5_000,
        "-(" * 5_000,
        "title:" * 2_000 + "삼성",
        "title:(" * 2_000 + "삼성",
        "-title:" * 2_000 + "삼성",
        '"' * 10_001,
        "OR " * 5_000,
        "-" * 10_000,
        "*" * 10_000,
        "a OR " * 3_000,
    ],
    ids=lambda text: text[:8],
)
def test_ten_thousand_marks_are_read(text: str) -> None:
    tree = parse(text)
    assert depth(tree) <= 4 * MAX_DEPTH


def check_spans(text: str) -> None:
    """Every node lies in the one above it; what it says stands in the source where it says so."""
    tree = parse(text)
    for node in nodes_of(tree):
        assert 0 <= node.start <= node.end <= len(text)
        check_source(node, text[node.start : node.end])
        parts = parts_of(node)
        for part in parts:
            assert node.start <= part.start
            assert part.end <= node.end
        for before, after in pairwise(parts):
            assert before.end <= after.start


def check_source(node: query_tree.Node, source: str) -> None:
    """Assert that the source of a node says what the node says."""
    match node:
        case query_tree.Words():
            assert node.text in (source, source.strip("*"))
            assert source.strip()
        case query_tree.Quoted():
            assert source.strip('"“”') == node.text.strip('"“”')
        case query_tree.Prefix():
            assert source.rstrip("*") == node.text
        case query_tree.FacetIs():
            assert node.value in source
        case query_tree.InField():
            assert source.lower().startswith(node.field + ":")
        case query_tree.Dated():
            assert any(c.isdigit() for c in source)


def depth(node: query_tree.Node) -> int:
    """How deep a tree is nested."""
    return 1 + max(map(depth, parts_of(node)), default=0)


def test_an_empty_query_asks_for_nothing() -> None:
    assert parse("").nodes == parse("   ").nodes == ()
    assert isinstance(parse(""), AllOf)
