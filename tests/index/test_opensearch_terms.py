"""Terms and positions as text for a cluster; that its analyser reads them so is in
tests/opensearch."""

from array import array

import pytest

from index import opensearch_layout as layout
from index.opensearch_terms import bigrams, escaped, morphemes, serialised
from search import ranking
from tests.corpora import field_terms

CASES = [
    ((), ""),
    ((("연준",),), "연준"),
    ((("美", "미", "미국"), ("연준",), (), ("금리",)), "美|미|미국 연준 _ 금리"),
    ((("a b",), ("c|d",), ("_",), ("\\u20;",)), "a\\u20;b c\\u7c;d \\u5f; \\u5c;u20;"),
]


@pytest.mark.parametrize(("positions", "text"), CASES)
def test_serialised(positions: tuple[tuple[str, ...], ...], text: str) -> None:
    assert serialised(positions) == text


def test_no_two_terms_are_escaped_alike() -> None:
    terms = ["a b", "a\\u20;b", "a_b", "_", "|", "\u3000", "a\u00a0b", "\\"]
    assert len({*map(escaped, terms)}) == len(terms)
    assert not any(c.isspace() or c in "|_" for term in terms for c in escaped(term))


def test_a_field_in_order_of_its_positions() -> None:
    own = field_terms([("다", 4), ("가", 0), ("나", 1), ("가", 4)], 4, ("가나", "나다", "가나"), ())
    assert morphemes(own) == "가 나 _ _ 다|가"
    assert bigrams(own) == "가나 가나 나다"
    assert own.positions == array("I", [4, 0, 4, 1])


def test_the_numbers_of_the_ranking() -> None:
    assert (layout.K1, layout.SIDE_K1, layout.B) == (ranking.K1, ranking.SIDE_K1, ranking.B)
