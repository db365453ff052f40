"""Counts of facets in rows are those of each facet by itself."""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from random import Random

import numpy as np
import pytest

from search.facet_table import FacetTable
from search.tally import Tally

DOCUMENTS = 400
FACETS = ("author", "category", "tag", "year", "month")

# The values of a facet that each document has, as numbers.
Owned = Sequence[Sequence[int]]


def table_of(owned: Owned, values: int, width: int) -> FacetTable:
    """A table so wide, and beside it what it has no room for."""
    table = np.full((len(owned), width), values, np.min_scalar_type(values))
    more = [(d, v) for d, own in enumerate(owned) for v in own[width:]]
    for document, own in enumerate(owned):
        table[document, : len(own[:width])] = own[:width]
    keys = tuple(map(str, range(values)))
    pairs = np.array(more, np.int64).reshape(-1, 2)
    nothing = np.empty(0, np.int64)
    return FacetTable(
        table, (pairs[:, 0], pairs[:, 1]), keys, {}, keys, nothing, (nothing, nothing)
    )


def owned_by(random: Random, values: int, most: int) -> Owned:
    return [random.sample(range(values), random.randint(0, most)) for _ in range(DOCUMENTS)]


@pytest.mark.parametrize(
    ("values", "most", "width"),
    [
        ({"author": 5, "category": 3, "tag": 7}, {}, 1),
        ({"author": 5, "category": 3, "tag": 7}, {"tag": 5}, 5),
        # More than a byte holds, and more than two do.
        ({"author": 300, "category": 12, "tag": 800}, {"tag": 5}, 5),
        ({"author": 300, "category": 12, "tag": 70_000}, {"tag": 3}, 3),
        # Longer than a row may be.
        ({"author": 300, "category": 12, "tag": 70_000}, {"tag": 12}, 12),
        ({"author": 300, "category": 12, "tag": 800}, {"author": 3, "tag": 20}, 12),
        # More values than the table has room for.
        ({"author": 5, "category": 3, "tag": 90}, {"author": 2, "tag": 9}, 4),
        # Nobody has any.
        ({"author": 0, "category": 0, "tag": 0}, {}, 1),
    ],
)
@pytest.mark.parametrize("follows", [True, False])
def test_counts(values: dict[str, int], most: dict[str, int], width: int, follows: bool) -> None:
    random = Random(7)
    owned = {
        name: owned_by(random, count, min(most.get(name, 1), count))
        for name, count in values.items()
    }
    owned["month"] = owned_by(random, 24, 1)
    owned["year"] = [[month // 12 for month in own] for own in owned["month"]]
    if not follows:
        owned["year"][3] = [1 - year for year in owned["year"][3]] or [0]
    sizes = values | {"month": 24, "year": 2}
    widths = {name: min(max(most.get(name, 1), 1), width) for name in FACETS}
    tally = Tally({name: table_of(owned[name], sizes[name], widths[name]) for name in FACETS})
    for size in (0, 1, 30, DOCUMENTS):
        numbers = np.array(sorted(random.sample(range(DOCUMENTS), size)), np.int64)
        for count in range(1, len(FACETS) + 1):
            for asked in combinations(FACETS, count):
                found = tally.counts(asked, numbers)
                assert list(found) == list(asked)
                for name in asked:
                    wanted = Counter(v for d in numbers.tolist() for v in owned[name][d])
                    assert found[name].tolist() == [wanted[v] for v in range(sizes[name])]
