"""Scores of terms by document: of every posting where they are worth keeping, else of the
documents that are asked for alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from index.cache import ByteCache, CacheState
from index.fields import FIELD_WEIGHT, RUN_SUFFIX, SIDE_SUFFIX, TEXT_FIELDS
from index.merging import Living
from search.docsets import DocSet, Mask, Numbers, PackedSet, Sought, common, many, union
from search.few_documents import weighted_in
from search.ranking import (
    K1,
    LEADS,
    SIDE_K1,
    Floats,
    field_norms,
    saturated,
)
from search.term import Term, count
from search.term_lists import WITHIN_RUNS, RunsWithin, TermLists

_SCORES_BYTES = 96 << 20
_SETS_BYTES = 16 << 20
_TERMS_BYTES = 2 << 20
_TERM_BYTES = 800
_READ_BYTES = 5 << 20
_SPENT_BYTES = 500
# A term in more than this share of all documents is kept as one value for each document.
_DENSE = 1 / 16
# Where fewer than this share of a term's postings are asked for, they are scored alone.
_FEW = 1 / 2
# To read a term in some documents takes as long as to score so many postings more, and to score all
# of it as long as so many.
_READING = 6_000
_SCORING = 10_000
# What only scores is matched by nothing: nobody else wants the set.
_ONLY_SCORED = (SIDE_SUFFIX, RUN_SUFFIX)

# A term: its text, the suffix of its kind of field, the text fields.
Key = tuple[str, str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class TermScores:
    """A term in some fields: its saturated, weighted frequency in each document.

    ``documents`` is None where ``values`` has one value for every document there is.
    """

    documents: Numbers | None
    values: Floats

    def of(self, found: DocSet) -> Floats:
        """The value for each of those found where they are listed, else for every document there
        is. Not to be changed."""
        numbers = found.numbers
        if self.documents is None:
            return self.values if numbers is None else self.values.take(numbers)
        if numbers is None:
            scores = np.zeros(found.documents, np.float32)
            scores[self.documents] = self.values
        elif numbers is self.documents or np.array_equal(numbers, self.documents):
            scores = self.values
        elif many(numbers, self.documents, found.documents):
            spread = np.zeros(found.documents, np.float32)
            spread[self.documents] = self.values
            scores = spread.take(numbers)
        else:
            scores = np.zeros(len(numbers), np.float32)
            own, there = common(self.documents, numbers, found.documents)
            scores[there] = self.values.take(own)
        return scores


class _Known(NamedTuple):
    """A term in some fields: those that have it. At least ``most`` documents do, deleted ones too,
    and hardly more: those of one field."""

    parts: tuple[tuple[str, Term | RunsWithin], ...]
    most: int


class Scorer:
    """Scores the terms of one generation. Immutable but for its caches."""

    def __init__(self, segments: Sequence[Living], lists: TermLists, typical: Mask) -> None:
        """``typical`` documents are those whose average length counts."""
        self._lists = lists
        self._documents = len(typical)
        self._norms = _field_norms(segments, typical)
        self._sets: ByteCache[Key, PackedSet] = ByteCache(_SETS_BYTES)
        self._known: ByteCache[Key, _Known] = ByteCache(_TERMS_BYTES)
        self._scores: ByteCache[Key, TermScores] = ByteCache(_SCORES_BYTES)
        self._spent: ByteCache[Key, list[int]] = ByteCache(_READ_BYTES)

    def caches(self) -> dict[str, CacheState]:
        """The figures of the caches, by name."""
        return {
            "terms": self._scores.state(),
            "term_sets": self._sets.state(),
            "terms_found": self._known.state(),
            "terms_asked": self._spent.state(),
            "lists": self._lists.state(),
        }

    def documents(self, text: str, fields: Sequence[str], suffix: str = "") -> DocSet:
        """The documents that hold a term in one of the fields."""
        return self._set((text, suffix, tuple(fields)))

    def count(self, key: Key, among: Mask) -> int:
        """How many documents of a mask hold a term."""
        parts = self._found(key).parts
        if not parts:
            return 0
        if key[1] in _ONLY_SCORED:
            return count([term for _, term in parts if isinstance(term, Term)], among)
        return self._members(key).among(among)

    def scores(self, key: Key, wanted: DocSet) -> TermScores:
        """The scores of a term, at least for the documents ``wanted``."""
        return self._scores.get(key, lambda: self._made_scores(key, wanted))

    def scores_in(self, keys: Iterable[Key], wanted: DocSet) -> dict[Key, Floats]:
        """The scores of some terms in each of a few documents, which are listed: read together
        where they are not kept."""
        found, fresh = {}, []
        for key in dict.fromkeys(keys):
            if key in self._scores or self._worth_keeping(key, wanted.bound()):
                found[key] = self._scores.get(key, partial(self._of_all, key)).of(wanted)
            else:
                fresh.append(key)
        terms = [
            (suffix, self._found((text, suffix, fields)).parts) for text, suffix, fields in fresh
        ]
        rows = weighted_in(terms, self._sought(wanted.as_numbers()), self._norms)
        k1 = np.array([_k1(suffix) for suffix, _ in terms], np.float32)
        return found | dict(zip(fresh, rows / (k1[:, None] + rows), strict=True))

    def keeps(self, key: Key) -> bool:
        """Whether the scores of a term are there already."""
        return key in self._scores

    def score(self, text: str, fields: Sequence[str], suffix: str, number: int) -> float:
        """The score of a term in one document."""
        wanted = DocSet(self._documents, np.array([number]))
        return float(self.scores((text, suffix, tuple(fields)), wanted).of(wanted)[0])

    def weighted(self, text: str, field: str, suffix: str, number: int) -> float:
        """The weighted frequency of a term in one field of a document; 0 where it is not there."""
        term = self._term(text, field, suffix)
        own = np.array([number])
        inside = term.located(self._sought(own))[0]
        if not len(inside):
            return 0.0
        return float(self._weighted(field, suffix, term, own, inside)[0])

    def occurring(self, text: str, field: str, suffix: str, number: int) -> int:
        """How often a term stands in one field of a document; 0 where it is not there."""
        term = self._lists.term(field + suffix, text)
        inside = term.located(self._sought(np.array([number])))[0]
        return int(term.frequencies(inside)[0]) if len(inside) else 0

    def _sought(self, numbers: Numbers) -> Sought:
        return Sought(numbers, self._documents)

    def _term(self, text: str, field: str, suffix: str) -> Term | RunsWithin:
        if suffix == WITHIN_RUNS:
            return self._lists.within(field + RUN_SUFFIX, text)
        return self._lists.term(field + suffix, text)

    def _found(self, key: Key) -> _Known:
        return self._known.get(key, lambda: (self._looked_up(key), _TERM_BYTES))

    def _looked_up(self, key: Key) -> _Known:
        text, suffix, fields = key
        terms = [(field, self._term(text, field, suffix)) for field in fields]
        parts = tuple((field, term) for field, term in terms if term.frequency)
        return _Known(parts, max((term.frequency for _, term in parts), default=0))

    def _set(self, key: Key) -> DocSet:
        made: list[DocSet] = []

        def packed() -> tuple[PackedSet, int]:
            made.append(self._made_set(key))
            kept = PackedSet.of(made[0])
            return kept, kept.nbytes + 200

        kept = self._sets.get(key, packed)
        return made[0] if made else kept.unpacked()

    def _members(self, key: Key) -> DocSet:
        """The documents of a term; the set of one that may match is kept."""
        return self._made_set(key) if key[1] else self._set(key)

    def _made_set(self, key: Key) -> DocSet:
        return union(self._documents, [term.found() for _, term in self._found(key).parts])

    def _made_scores(self, key: Key, wanted: DocSet) -> tuple[TermScores, int | None]:
        asked = wanted.bound()
        many = wanted.numbers is None or asked >= self._found(key).most * _FEW
        if many or self._worth_keeping(key, asked):
            return self._of_all(key)
        return self._of_some(key, wanted), None

    def _worth_keeping(self, key: Key, asked: int) -> bool:
        """Whether a term was read for as long by now as it takes to score all of it, as one rents
        skis until they cost what they are sold for: then all of it is kept."""
        spent = self._spent.get(key, lambda: ([0], _SPENT_BYTES))
        spent[0] += _READING + asked
        if spent[0] < _SCORING + self._found(key).most:
            return False
        # From here on it is kept; once it was given up for others all begins anew.
        spent[0] = 0
        return True

    def _of_all(self, key: Key) -> tuple[TermScores, int]:
        suffix = key[1]
        documents: Numbers | None = None
        if self._found(key).most <= self._documents * _DENSE:
            documents = self._members(key).as_numbers()
        weighted = np.zeros(self._documents if documents is None else len(documents), np.float32)
        for field, term in self._found(key).parts:
            own = term.documents()
            values = self._weighted(field, suffix, term, own, None)
            if documents is not None and len(own) == len(documents):
                weighted += values
            else:
                there = own if documents is None else documents.searchsorted(own)
                values += weighted.take(there)
                weighted[there] = values
        values = saturated(weighted, _k1(suffix))
        size = values.nbytes + (0 if documents is None else documents.nbytes)
        return TermScores(documents, values), size + 200

    def _of_some(self, key: Key, wanted: DocSet) -> TermScores:
        """Of these documents alone; kept by nobody."""
        suffix, numbers = key[1], wanted.as_numbers()
        weighted, sought = np.zeros(len(numbers), np.float32), self._sought(numbers)
        for field, term in self._found(key).parts:
            inside, there = term.located(sought)
            if len(inside):
                own = numbers.take(there)
                weighted[there] += self._weighted(field, suffix, term, own, inside)
        return TermScores(numbers, saturated(weighted, _k1(suffix)))

    def _weighted(
        self,
        field: str,
        suffix: str,
        term: Term | RunsWithin,
        documents: Numbers,
        inside: Numbers | None,
    ) -> Floats:
        """The weighted frequency of a term in a field, in some of its documents: those at the
        places ``inside`` of its postings (None: all)."""
        if suffix == RUN_SUFFIX or isinstance(term, RunsWithin):
            return np.full(len(documents), FIELD_WEIGHT[field], np.float32)
        frequencies = term.frequencies(inside)
        weighted: Floats = self._norms[field + suffix].take(documents)
        weighted *= frequencies.astype(np.float32)
        if not suffix and field in LEADS:
            first = term.occurrences().take(term.begins(inside))
            weighted += LEADS[field].take(first, mode="clip")
        return weighted


def _k1(suffix: str) -> float:
    return SIDE_K1 if suffix == SIDE_SUFFIX else K1


def _field_norms(segments: Sequence[Living], typical: Mask) -> dict[str, Floats]:
    """What one occurrence is worth by field and document; ``typical`` documents have the average
    length."""
    norms = {}
    for name in TEXT_FIELDS:
        for full in (name, name + SIDE_SUFFIX):
            parts = [own.segment.lengths(full) for own in segments]
            lengths = np.concatenate([np.empty(0, np.uint32), *parts])
            those: npt.NDArray[np.uint32] = lengths[typical]
            average = float(those.mean(dtype=np.float64)) if len(those) else 0.0
            norms[full] = field_norms(lengths, average, name)
    return norms
