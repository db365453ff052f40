"""Which part of a run an article is in."""

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.parts import MOST, Part


@given(path=st.text(), of=st.integers(1, MOST))
def test_each_file_is_in_one_part(path: str, of: int) -> None:
    assert sum(Part(number, of).has(path) for number in range(1, of + 1)) == 1


@pytest.mark.parametrize(
    ("path", "number"),
    [
        pytest.param("posts/a.md", 5, id="a file"),
        pytest.param("posts/a.markdown", 5, id="the same article by another ending"),
        pytest.param("posts/a/index.md", 5, id="the same article as a bundle"),
        pytest.param("posts/b.md", 7, id="another"),
        pytest.param("뉴스/금리.md", 6, id="composed"),
        pytest.param(normalize("NFD", "뉴스/금리.md"), 6, id="decomposed"),
    ],
)
def test_machines_agree(path: str, number: int) -> None:
    """Whatever its version: parts of one run may be done by different ones."""
    assert [n for n in range(1, 9) if Part(n, 8).has(path)] == [number]


@pytest.mark.parametrize("text", ["1/1", "3/8", "256/256"])
def test_a_part_is_written_as_it_is_read(text: str) -> None:
    assert str(Part.parse(text)) == text
