"""Sets of documents, and what is looked up in them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import docsets
from search.docsets import Numbers, Sought

_DOCUMENTS = 90_000
ascending = st.lists(st.integers(0, _DOCUMENTS - 1), unique=True).map(sorted)


def as_array(numbers: list[int]) -> Numbers:
    return np.array(numbers, np.int64)


@given(ascending, st.lists(ascending, min_size=1), st.sampled_from((0, 32, 10_000)))
def test_what_is_sought_is_found_in_both(
    sought: list[int], lists: list[list[int]], missed: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(docsets, "_MISSED", missed)
        all_of_them = Sought(as_array(sought), _DOCUMENTS)
        for own in lists:
            inside, there = all_of_them.within(as_array(own))
            assert [own[i] for i in inside] == sorted({*own} & {*sought})
            assert [sought[i] for i in there] == sorted({*own} & {*sought})


def test_all_may_be_sought() -> None:
    own = np.arange(_DOCUMENTS - 5, _DOCUMENTS)
    inside, there = Sought(np.arange(_DOCUMENTS), _DOCUMENTS).within(own)
    assert inside.tolist() == [0, 1, 2, 3, 4]
    assert there.tolist() == own.tolist()
