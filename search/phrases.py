"""Phrases: documents in which terms stand at given distances, from their positions."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from index.gaps import Numbers
from index.grouping import ranges
from index.postings import Field

# A place is one number: the document in the upper bits, the position in the lower ones, moved up
# so that a distance can be taken off.
_BITS = 33
_ROOM = 1 << 20


def phrase(field: Field, slots: Sequence[tuple[int, Sequence[str]]], slop: int) -> Numbers:
    """Documents of a segment that hold the phrase.

    ``slots`` are (distance from the first, alternatives), in order. With ``slop`` each may stand
    that much further behind the one before than its distance says.
    """
    numbers = [
        [n for text in texts if (n := field.number(text.encode("utf-8", "replace"))) >= 0]
        for _, texts in slots
    ]
    if not all(numbers):
        return np.empty(0, np.int64)
    documents = _in_all(field, numbers)
    if not len(documents):
        return documents
    if slop:
        return _documents(_in_order(field, slots, numbers, documents, slop))
    by_size = sorted(range(len(slots)), key=lambda i: sum(map(field.frequency, numbers[i])))
    places: Numbers | None = None
    for i in by_size:
        own = _places(field, numbers[i], documents) - slots[i][0]
        places = own if places is None else places[_held(places, own)]
        documents = _documents(places)
    return documents


def _in_all(field: Field, numbers: Sequence[Sequence[int]]) -> Numbers:
    found: Numbers | None = None
    for alternatives in sorted(numbers, key=lambda own: sum(map(field.frequency, own))):
        own = field.documents_of(alternatives)
        if len(alternatives) > 1:
            own = np.unique(own)
        found = own if found is None else found[_held(found, own)]
    return np.empty(0, np.int64) if found is None else found


def _in_order(
    field: Field,
    slots: Sequence[tuple[int, Sequence[str]]],
    numbers: Sequence[Sequence[int]],
    documents: Numbers,
    slop: int,
) -> Numbers:
    places = _places(field, numbers[0], documents)
    for (before, _), (distance, _), own in zip(slots, slots[1:], numbers[1:], strict=False):
        candidates = _places(field, own, documents)
        latest = candidates - (distance - before)
        first = np.searchsorted(places, latest - slop)
        last = np.searchsorted(places, latest, side="right")
        places = candidates[last > first]
    return places


def _places(field: Field, numbers: Sequence[int], documents: Numbers) -> Numbers:
    """All places of some terms in these documents, ascending."""
    parts = []
    for number in numbers:
        own = field.documents(number)
        starts, positions = field.positions(number)
        inside = np.flatnonzero(_held(own, documents))
        lengths = (starts[1:] - starts[:-1])[inside]
        found = positions[ranges(starts[:-1][inside], lengths)].astype(np.int64)
        parts.append((np.repeat(own[inside], lengths) << _BITS) + found + _ROOM)
    return parts[0] if len(parts) == 1 else np.unique(np.concatenate(parts))


def _documents(places: Numbers) -> Numbers:
    return np.unique(places >> _BITS)


def _held(numbers: Numbers, others: Numbers) -> npt.NDArray[np.bool_]:
    """Which of ``numbers`` are among ``others`` (ascending)."""
    if not len(others):
        return np.zeros(len(numbers), bool)
    place = np.searchsorted(others, numbers)
    place[place == len(others)] = 0
    found: npt.NDArray[np.bool_] = others[place] == numbers
    return found
