"""Phrases: documents in which terms stand at given distances, from their positions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.array_file import Array
from index.gaps import Numbers
from search.budget import check
from search.docsets import (
    DocSet,
    Mask,
    Sought,
    chosen,
    intersection,
    merged,
    of_numbers,
    places,
    union,
)
from search.term import Term
from search.term_lists import TermLists

# Places are looked up in blocks of so many bytes, which stay near the processor; a few of them by
# bisection.
_BLOCK = 1 << 19
_FEW = 1 << 10


def phrase(
    lists: TermLists,
    field: str,
    documents: int,
    slots: Sequence[tuple[int, Sequence[str]]],
    slop: int,
) -> DocSet:
    """Those of so many documents that hold the phrase in a field.

    ``slots`` are (distance from the first, alternatives), in order. With ``slop`` each may stand
    that much further behind the one before than its distance says.
    """
    known = [_terms(lists, field, texts) for _, texts in slots]
    if not all(known):
        return of_numbers(documents, np.empty(0, np.int64))
    both = intersection([union(documents, [term.found() for term in slot]) for slot in known])
    found = both.as_numbers()
    if len(slots) == 1 or not len(found):
        return both
    check()
    sought = Sought(found, documents)
    parts = [
        [_part(term, sought, 0 if slop else distance) for term in slot]
        for (distance, _), slot in zip(slots, known, strict=True)
    ]
    base = _bases(parts, len(found), max(distance for distance, _ in slots) + slop)
    alive = _in_order(parts, slots, base, slop) if slop else _side_by_side(parts, base)
    return of_numbers(documents, chosen(found, alive))


def _terms(lists: TermLists, field: str, texts: Sequence[str]) -> list[Term]:
    """Those of the terms that the field has."""
    check()
    terms = [lists.term(field, text) for text in texts]
    return [term for term in terms if term.frequency]


@dataclass(frozen=True, slots=True)
class _Part:
    """A term of a slot in the documents that are left: for each that has it, which of those it is
    (``owners``), and where among ``occurrences`` its own begin, and how many they are."""

    owners: Numbers
    starts: Numbers
    lengths: Numbers
    occurrences: Array
    distance: int

    def ends(self) -> Numbers:
        """One more than the last position in each document."""
        last = self.occurrences.take(self.starts + self.lengths - 1).astype(np.int64)
        return last + (1 - self.distance)

    def alive(self, alive: Mask) -> "_Part":
        """The same in fewer documents."""
        left = np.flatnonzero(alive.take(self.owners))
        if len(left) == len(self.owners):
            return self
        return _Part(
            self.owners.take(left),
            self.starts.take(left),
            self.lengths.take(left),
            self.occurrences,
            self.distance,
        )

    def places(self, base: Numbers) -> tuple[Numbers, Numbers]:
        """All places, ascending (``base`` of the document plus position minus distance), and the
        document of each."""
        total = int(self.lengths.sum())
        if total == len(self.lengths):
            own, owners = self.occurrences.take(self.starts), self.owners
        else:
            which = np.repeat(np.arange(len(self.lengths)), self.lengths)
            owners = self.owners.take(which)
            own = self.occurrences
            if total < len(own):
                before = self.starts - (np.cumsum(self.lengths) - self.lengths)
                own = own.take(before.take(which) + np.arange(total))
        return (base - self.distance).take(owners) + own, owners


def _part(term: Term, sought: Sought, distance: int) -> _Part:
    check()
    inside, owners = term.located(sought)
    return _Part(
        owners,
        term.begins(inside),
        term.frequencies(inside),
        term.occurrences(),
        distance,
    )


def _bases(parts: Sequence[Sequence[_Part]], count: int, gap: int) -> Numbers:
    """Where the places of each document begin, so that those of two are ``gap`` apart."""
    sizes = np.zeros(count, np.int64)
    for part in (part for slot in parts for part in slot):
        sizes[part.owners] = np.maximum(sizes.take(part.owners), part.ends())
    sizes += gap
    base: Numbers = np.cumsum(sizes) - sizes + gap
    return base


def _side_by_side(parts: Sequence[Sequence[_Part]], base: Numbers) -> Mask:
    """Which documents have a place in every slot, the rarest slot first."""
    first, *others = sorted(parts, key=lambda slot: sum(int(p.lengths.sum()) for p in slot))
    met = _merged([part.places(base)[0] for part in first])
    alive = np.ones(len(base), bool)
    for slot in others:
        check()
        left = [part.alive(alive) for part in slot]
        alive = np.zeros(len(base), bool)
        kept = []
        for part in left:
            own, owners = part.places(base)
            inside = np.flatnonzero(_among(own, met))
            kept.append(own.take(inside))
            alive[owners.take(inside)] = True
        met = _merged(kept)
        if not len(met):
            break
    return alive


def _in_order(
    parts: Sequence[Sequence[_Part]],
    slots: Sequence[tuple[int, Sequence[str]]],
    base: Numbers,
    slop: int,
) -> Mask:
    """Which documents have a place in every slot, each up to ``slop`` too far behind the last."""
    met = _merged([part.places(base)[0] for part in parts[0]])
    alive = np.zeros(len(base), bool)
    for (before, _), (distance, _), slot in zip(slots, slots[1:], parts[1:], strict=False):
        alive = np.zeros(len(base), bool)
        kept = []
        for part in slot:
            own, owners = part.places(base)
            latest = own - (distance - before)
            first = np.searchsorted(met, latest - slop)
            inside = np.flatnonzero(np.searchsorted(met, latest, side="right") > first)
            kept.append(own.take(inside))
            alive[owners.take(inside)] = True
        met = _merged(kept)
    return alive


def _merged(parts: Sequence[Numbers]) -> Numbers:
    return parts[0] if len(parts) == 1 else merged(parts)


def _among(own: Numbers, others: Numbers) -> Mask:
    """Which of ``own`` are among ``others``, both ascending."""
    if len(own) <= _FEW or not len(others):
        return places(own, others)[1]
    end = max(int(own[-1]), int(others[-1])) + 1
    cuts = np.arange(0, end + _BLOCK, _BLOCK)
    own_at, others_at = np.searchsorted(own, cuts).tolist(), np.searchsorted(others, cuts).tolist()
    block = np.zeros(_BLOCK, bool)
    met = np.zeros(len(own), bool)
    for i, begin in enumerate(cuts[:-1].tolist()):
        asked = own[own_at[i] : own_at[i + 1]] - begin
        there = others[others_at[i] : others_at[i + 1]] - begin
        if len(asked) and len(there):
            block[there] = True
            met[own_at[i] : own_at[i + 1]] = block.take(asked)
            block[there] = False
    return met
