"""Which noun runs contain a word, as a pattern for a cluster: the same as index.terms says."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.lexicon.longer import longer_words
from index.terms import run_contains
from search.opensearch_runs import inside, pattern

WANTED = ("17일", "bet", "대bet", "3b", "b3", "일x", "a.b", "C++", "대학")
LONGER = sorted(longer_words())


@st.composite
def _runs(draw: st.DrawFn) -> tuple[str, str]:
    """A text, and a run of pieces of it, of its longer words and of what joins with it."""
    wanted = draw(st.sampled_from(WANTED) | st.sampled_from(LONGER))
    words = [wanted, *(longer for longer, _ in longer_words().get(wanted, ()))]
    pieces = [*words, *(c for word in words for c in word), *"가국17bZ+"]
    return wanted, "".join(draw(st.lists(st.sampled_from(pieces), max_size=5)))


@given(_runs())
def test_the_pattern_is_the_rule(made: tuple[str, str]) -> None:
    wanted, run = made
    # What is written of Lucene's syntax means the same to Python.
    assert bool(re.fullmatch(pattern(wanted), run, re.DOTALL)) is run_contains(run, wanted)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("대학교", {"wildcard": {"body": {"value": "*대학교*"}}}),
        ("서울*역", {"wildcard": {"body": {"value": "*서울\\*역*"}}}),
        ("역?", {"wildcard": {"body": {"value": "*역\\?*"}}}),
        ("a\\역", {"regexp": {"body": {"value": pattern("a\\역"), "flags": "NONE"}}}),
        ("전시", {"regexp": {"body": {"value": pattern("전시"), "flags": "NONE"}}}),
        ("17일", {"regexp": {"body": {"value": pattern("17일"), "flags": "NONE"}}}),
        ("금", {"match_none": {}}),
        ("", {"match_none": {}}),
    ],
    ids=["plain", "star", "mark", "backslash", "longer word", "number", "syllable", "nothing"],
)
def test_only_what_has_joints_is_a_pattern(text: str, query: dict[str, object]) -> None:
    assert inside("body", text) == query
