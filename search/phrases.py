"""Phrases: documents in which terms stand at given distances, from their positions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.array_file import Array
from index.gaps import Numbers
from index.grouping import ranges
from search.budget import check
from search.docsets import DocSet, Mask, chosen, intersection, of_lists, of_numbers, places
from search.term_lists import TermLists

# Places are looked up in blocks of so many bytes, which stay near the processor; a few of them by
# bisection.
_BLOCK = 1 << 19
_FEW = 1 << 10
# Looking up each of a few in a list is as fast as one pass over this many for each of them.
_BISECTED = 8


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
    known = [_documents(lists, field, texts) for _, texts in slots]
    both = intersection([of_lists(documents, [own for _, own in slot]) for slot in known])
    found = both.as_numbers()
    if len(slots) == 1 or not len(found):
        return both
    check()
    parts = [
        [
            _part(lists, field, text, both, found, 0 if slop else distance)
            for text, own in slot
            if len(own)
        ]
        for (distance, _), slot in zip(slots, known, strict=True)
    ]
    base = _bases(parts, len(found), max(distance for distance, _ in slots) + slop)
    alive = _in_order(parts, slots, base, slop) if slop else _side_by_side(parts, base)
    return of_numbers(documents, chosen(found, alive))


def _documents(lists: TermLists, field: str, texts: Sequence[str]) -> list[tuple[str, Numbers]]:
    check()
    return [(text, lists.documents(field, text)) for text in texts]


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

    def places(self, base: Numbers) -> Numbers:
        """All places, ascending: ``base`` of the document plus position minus distance."""
        if self.lengths.sum() == len(self.occurrences):
            own = self.occurrences
        else:
            own = self.occurrences.take(ranges(self.starts, self.lengths))
        return np.repeat(base.take(self.owners) - self.distance, self.lengths) + own

    def owners_of(self, met: Mask, kept: Numbers, base: Numbers) -> Numbers:
        """The documents with a place that is met; ``kept`` are these places."""
        if len(kept) * _BISECTED < len(met):
            return np.searchsorted(base, kept, side="right") - 1
        firsts = np.cumsum(self.lengths) - self.lengths
        return chosen(self.owners, np.logical_or.reduceat(met, firsts))


def _part(
    lists: TermLists, field: str, text: str, both: DocSet, found: Numbers, distance: int
) -> _Part:
    check()
    own, starts = lists.documents(field, text), lists.starts(field, text)
    if both.mask is not None and len(found) * _BISECTED > len(own):
        inside = np.flatnonzero(both.mask.take(own))
        owners = np.searchsorted(found, own.take(inside)) if len(inside) != len(found) else None
    else:
        place, mask = places(found, own)
        owners = np.flatnonzero(mask)
        inside = place.take(owners)
    begins = starts.take(inside)
    return _Part(
        np.arange(len(found)) if owners is None else owners,
        begins,
        starts.take(inside + 1) - begins,
        lists.occurrences(field, text),
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
    met = _merged([part.places(base) for part in first])
    alive = np.ones(len(base), bool)
    for slot in others:
        check()
        left = [part.alive(alive) for part in slot]
        alive = np.zeros(len(base), bool)
        kept = []
        for part in left:
            own = part.places(base)
            inside = _among(own, met)
            kept.append(chosen(own, inside))
            alive[part.owners_of(inside, kept[-1], base)] = True
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
    met = _merged([part.places(base) for part in parts[0]])
    alive = np.zeros(len(base), bool)
    for (before, _), (distance, _), slot in zip(slots, slots[1:], parts[1:], strict=False):
        alive = np.zeros(len(base), bool)
        kept = []
        for part in slot:
            own = part.places(base)
            latest = own - (distance - before)
            first = np.searchsorted(met, latest - slop)
            inside = np.searchsorted(met, latest, side="right") > first
            kept.append(chosen(own, inside))
            alive[part.owners_of(inside, kept[-1], base)] = True
        met = _merged(kept)
    return alive


def _merged(parts: Sequence[Numbers]) -> Numbers:
    return parts[0] if len(parts) == 1 else np.sort(np.concatenate(parts))


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
