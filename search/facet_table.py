"""The values of a facet of all documents, as arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from index.fields import facet_key
from index.merging import Living
from index.segment import FacetColumn
from search.docsets import Mask, Numbers, distinct, joined, places

# Facets with up to so many values a document are counted from a table of that width; the few
# documents with more beside it.
_TABLE_WIDTH = 12
# So many values are counted at a time: what is made on the way stays near the processor.
_PIECE = 1 << 15


@dataclass(frozen=True, slots=True)
class FacetTable:
    """The values of a facet, of all documents.

    ``table`` holds value numbers by document, row-wise, filled up with ``len(keys)``, in the
    narrowest type: to count is to read it. ``more`` are (document, value) pairs of documents with
    more values than the table is wide. ``keys`` compare values; ``spelled`` are all spellings,
    sorted, ``key_of_spelled`` their keys, and ``spellings`` the (document, spelling) pairs.
    """

    table: npt.NDArray[np.unsignedinteger[Any]]
    more: tuple[Numbers, Numbers]
    keys: tuple[str, ...]
    number_of_key: Mapping[str, int]
    spelled: tuple[str, ...]
    key_of_spelled: Numbers
    spellings: tuple[Numbers, Numbers]

    def having(self, keys: frozenset[str]) -> Mask:
        """Documents with one of the values."""
        wanted = np.zeros(len(self.keys) + 1, bool)
        wanted[[self.number_of_key[key] for key in keys if key in self.number_of_key]] = True
        mask: Mask = wanted[self.table[:, 0]]
        for column in range(1, self.table.shape[1]):
            mask |= wanted[self.table[:, column]]
        documents, values = self.more
        mask[documents[wanted[values]]] = True
        return mask

    @property
    def single(self) -> bool:
        """Whether every document has one value at most."""
        return self.table.shape[1] == 1 and not len(self.more[0])

    def counts(self, numbers: Numbers) -> Numbers:
        """How many of the documents (ascending) carry each value, by number of the value."""
        size = len(self.keys) + 1
        found = counted(self.table, numbers, size)[:-1]
        self.count_more(numbers, found)
        return found

    def count_more(self, numbers: Numbers, found: Numbers) -> None:
        """Add to counts by number of the value what the table has no room for."""
        documents, values = self.more
        if len(documents):
            inside = places(documents, numbers)[1]
            found += np.bincount(values[inside], minlength=len(found))


def counted(values: npt.NDArray[Any], numbers: Numbers, size: int) -> Numbers:
    """How often each of ``size`` values stands in the rows of some documents."""
    found = np.zeros(size, np.int64)
    piece = _PIECE // values.shape[1]
    for begin in range(0, len(numbers), piece):
        rows = values.take(numbers[begin : begin + piece], axis=0)
        found += np.bincount(rows.reshape(-1), minlength=size)
    return found


def facet_table(name: str, segments: Sequence[Living]) -> FacetTable:
    """The values of a facet in some segments behind each other."""
    columns = [living.segment.facet(name) for living in segments]
    spelled = sorted({value for column in columns for value in column.values})
    keys = sorted({facet_key(value) for value in spelled})
    number_of_key = {key: i for i, key in enumerate(keys)}
    key_of_spelled = np.array([number_of_key[facet_key(value)] for value in spelled], np.int64)
    documents, spellings = _pairs(columns, spelled)
    values = key_of_spelled[spellings] if len(spellings) else spellings
    # Two spellings of one value in one document count once.
    pairs = distinct(np.sort(documents * (len(keys) + 1) + values))
    owners, values = np.divmod(pairs, len(keys) + 1)
    total = sum(len(column.at) - 1 for column in columns)
    counts = np.bincount(owners, minlength=total)
    starts = np.cumsum(counts) - counts
    place = np.arange(len(owners)) - starts[owners]
    width = int(min(max(counts.max(initial=0), 1), _TABLE_WIDTH))
    table = np.full((total, width), len(keys), np.min_scalar_type(len(keys)))
    inside = place < width
    table[owners[inside], place[inside]] = values[inside]
    return FacetTable(
        table,
        (owners[~inside], values[~inside]),
        tuple(keys),
        number_of_key,
        tuple(spelled),
        key_of_spelled,
        (documents, spellings),
    )


def _pairs(columns: Sequence[FacetColumn], spelled: Sequence[str]) -> tuple[Numbers, Numbers]:
    """(document, number of the spelling) of every value of every document."""
    number = {value: i for i, value in enumerate(spelled)}
    documents, values, base = [], [], 0
    for column in columns:
        own = np.array([number[value] for value in column.values], np.int64)
        values.append(own[column.ordinals])
        count = len(column.at) - 1
        documents.append(np.repeat(np.arange(base, base + count), np.diff(column.at)))
        base += count
    return joined(documents), joined(values)
