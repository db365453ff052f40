"""What may be completed while a query is typed: titles, tags, authors, categories, frequent words.

All is made from what is public at one epoch, and lies in arrays.
"""

import math
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, Self

import numpy as np

from index.array_file import Array
from index.fields import RUN_SUFFIX, TEXT_FIELDS
from index.known_words import (
    LEAST_DOCUMENTS,
    is_with_particle,
    latin_parts,
    may_be_suggested,
    spelled,
    stems,
    worth,
    worth_of_value,
)
from index.lexicon.weak_nouns import weak_nouns
from index.normalise import normalise
from index.strokes import initials, typed
from search.array_tables import Arrays, Strings, part, size, together
from search.background import politely
from search.plan import Plan
from search.prefixes import Places, Prefixes
from search.request import Kind
from search.snapshot import Snapshot
from search.typing import Reading
from search.words import Entry

Facet = Literal["tag", "category", "author"]

_FACETS: tuple[Facet, ...] = ("tag", "category", "author")
_KINDS: tuple[Kind, ...] = (*_FACETS, "term")
_MOST_OF_A_KIND = 50_000
# Titles of the newest articles; each takes about 150 bytes.
_MOST_TITLES = 500_000
# Titles that are read at a time: less than a millisecond's work.
_TOGETHER = 128


@dataclass(frozen=True, slots=True)
class _Title:
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    count: int
    worth: float


class Suggestions:
    """What may be suggested of one state of an index."""

    def __init__(self, arrays: Arrays) -> None:
        """Of the ``arrays`` of another."""
        self.arrays = arrays
        self._kinds, self._counts = arrays["kinds"], arrays["counts"]
        self._texts, self._ids = Strings(part(arrays, "texts")), Strings(part(arrays, "ids"))
        self._words = Prefixes(part(arrays, "words"))
        self._word_initials = Prefixes(part(arrays, "word_initials"))
        self._titles = Prefixes(part(arrays, "titles"))
        self._title_initials = Prefixes(part(arrays, "title_initials"))

    @classmethod
    def of(cls, entries: Sequence[Entry], titles: Sequence[_Title]) -> Self:
        """The best ones first."""
        texts = [entry.text for entry in entries]
        named = [title.text for title in titles]
        found: dict[str, Array] = {
            "kinds": np.array([_KINDS.index(e.kind) for e in entries], np.uint8),
            "counts": np.array([e.count for e in entries], np.uint32),
        }
        return cls(
            found
            | together(
                texts=Strings.of(text.encode() for text in texts).arrays,
                words=Prefixes.of(texts, typed).arrays,
                word_initials=Prefixes.of(texts, initials).arrays,
                ids=Strings.of(title.id.encode() for title in titles).arrays,
                titles=Prefixes.of(named, typed).arrays,
                title_initials=Prefixes.of(named, initials).arrays,
            )
        )

    @property
    def nbytes(self) -> int:
        """About how much memory it takes."""
        return size(self.arrays)

    def entries(self, reading: Reading) -> Iterator[Entry]:
        """See search.words.Completions.entries."""
        for number in self._entry_table(reading).beginning(reading.prefix):
            entry = self._entry(number)
            if not reading.pattern or reading.place(entry.text):
                yield entry

    def titles(self, meant: Sequence[Reading]) -> Iterator[str]:
        """See search.words.Completions.titles."""
        if len(meant) == 1:
            numbers = self._title_table(meant[0]).beginning(meant[0].prefix)
            return (self._ids[number] for number in numbers)
        holding: Places | None = None
        for by_initials in (False, True):
            own = [r for r in meant if r.by_initials == by_initials]
            if own:
                found = self._title_table(own[0]).holding(r.prefix for r in own)
                holding = found if holding is None else np.intersect1d(holding, found)
        return (self._ids[number] for number in (holding if holding is not None else ()))

    def endings(self, before: Sequence[Reading], last: Reading, most: int) -> Iterator[str]:
        """See search.words.Completions.endings."""
        titles = self._titles.holding(reading.prefix for reading in before)
        possible = islice((e.text for e in self.entries(last) if " " not in e.text), most)
        counted = [(self._titles.count(titles, typed(word)), word) for word in possible]
        yield from (word for n, word in sorted(counted, key=lambda pair: -pair[0]) if n)

    def known(self, reading: Reading) -> bool:
        """See search.words.Completions.known."""
        if next(self.entries(reading), None) is not None:
            return True
        return next(self.titles([reading]), None) is not None

    def _entry_table(self, reading: Reading) -> Prefixes:
        return self._word_initials if reading.by_initials else self._words

    def _title_table(self, reading: Reading) -> Prefixes:
        return self._title_initials if reading.by_initials else self._titles

    def _entry(self, number: int) -> Entry:
        return Entry(
            self._texts[number], _KINDS[int(self._kinds[number])], int(self._counts[number])
        )


def suggestions(snapshot: Snapshot, epoch: int) -> Suggestions:
    """Everything that may be suggested of what is public at ``epoch``."""
    titles, spellings = _read_titles(snapshot, epoch)
    return Suggestions.of(_entries(snapshot, epoch, spellings), titles)


def _read_titles(snapshot: Snapshot, epoch: int) -> tuple[list[_Title], dict[str, str]]:
    """The titles, newest first, and how Latin words are written in titles and subtitles."""
    titles: list[_Title] = []
    dates = array("d")
    spellings: Counter[str] = Counter()
    found = snapshot.titles(epoch)
    for some in politely(iter(lambda: list(islice(found, _TOGETHER)), [])):
        plain = _normalised([one.title for one in some])
        subtitles = (one.subtitle for one in some)
        spellings.update(latin_parts("\n".join((*plain, *subtitles))))
        for one, title in zip(some, plain, strict=True):
            if title:
                titles.append(_Title(one.id, title))
                dates.append(-math.inf if one.date is None else one.date)
    order = np.argsort(-np.frombuffer(dates), kind="stable")[:_MOST_TITLES]
    # The last of equal keys stays: the most frequent spelling.
    by_word = {word.lower(): word for word, _ in reversed(spellings.most_common())}
    return [titles[i] for i in order.tolist()], by_word


def _normalised(titles: Sequence[str]) -> Sequence[str]:
    """Titles as ``normalise`` gives them; nearly all of them are so already."""
    together = "\n".join(titles)
    if normalise(together).text == together:
        return titles
    return [normalise(title).text for title in titles]


def _entries(snapshot: Snapshot, epoch: int, spellings: Mapping[str, str]) -> list[Entry]:
    """Facet values and words, each text once, the most worth first."""
    words = _words(snapshot, epoch)
    found: dict[bytes, tuple[float, Entry]] = {}
    for entry in _facet_values(snapshot, epoch):
        key = typed(entry.text)
        if key and (key not in found or found[key][1].count < entry.count):
            # A label that is also a word is as well known as the word.
            known = words[key].worth if key in words else 0.0
            found[key] = max(worth_of_value(entry.count), known), entry
    for key, word in politely(words.items()):
        if key not in found:
            found[key] = word.worth, Entry(spelled(word.text, spellings), "term", word.count)
    rows = list(found.values())
    # Sorted by numpy: a list would hold up every other thread until it is done.
    order = np.argsort([-worth for worth, _ in rows], kind="stable")
    return [rows[i][1] for i in order.tolist()]


def _facet_values(snapshot: Snapshot, epoch: int) -> Iterator[Entry]:
    facets = snapshot.search(Plan((), visible_at=epoch, limit=0, counted=_FACETS)).facets
    for facet in _FACETS:
        for row in politely(facets[facet].rows(0, _MOST_OF_A_KIND)):
            yield Entry(row.value, facet, row.count)


def _words(snapshot: Snapshot, epoch: int) -> dict[bytes, _Word]:
    """Noun runs of several documents, those that are worth most, by their strokes."""
    found: dict[str, _Word] = {}
    for field in TEXT_FIELDS:
        for word, count in politely(snapshot.word_counts(field + RUN_SUFFIX, epoch)):
            if may_be_suggested(word):
                known = found.get(word, _Word(word, 0, 0.0))
                own = known.worth + worth(field, count)
                found[word] = _Word(word, max(count, known.count), own)
    weak = weak_nouns()
    kept = [w for w in politely(found.values()) if w.text not in weak and _is_frequent(w, found)]
    # Those of the same worth by their letters, as on any engine.
    by_text = np.argsort(np.array([word.text for word in kept], str), kind="stable")
    worths = np.array([word.worth for word in kept], float)[by_text]
    best = by_text[np.argsort(-worths, kind="stable")][:_MOST_OF_A_KIND]
    by_key: dict[bytes, _Word] = {}
    for i in best.tolist():
        by_key.setdefault(typed(kept[i].text), kept[i])
    return by_key


def _is_frequent(word: _Word, words: Mapping[str, _Word]) -> bool:
    """Whether a word stands in several documents, and is no commoner one with its particle."""
    if word.count < LEAST_DOCUMENTS:
        return False
    of_stems = (words[stem].count for stem in stems(word.text) if stem in words)
    return not is_with_particle(word.count, of_stems)
