"""Completions of what was typed, each looked up in what is public now."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, takewhile
from typing import Any, TypeVar

from index.normalise import normalise
from index.strokes import typed
from search.background import Built, State
from search.budget import MATCHING, affordable
from search.engine import FacetCount, Snapshot
from search.facets import asked_key
from search.plan import AnyOf, FacetHas, Plan, RunContains, TermIs
from search.plan import Reading as Wanted
from search.request import Suggestion
from search.typing import Reading, marked, readings
from search.words import Completions, Entry

T = TypeVar("T")

# So many places of the list are for titles where there are words enough, and so many where not.
_TITLES = 3
_MOST_TITLES = 5
_LOOKED_AT = 64
# Words that may end a query of several: for each it is counted where they stand together.
_ENDINGS = 16
# More words in one query narrow nothing down.
_MOST_WORDS = 8


class Suggester:
    """Answers from suggestions, checked against a snapshot and an instant of visibility."""

    def __init__(self, snapshot: Snapshot, epoch: int, built: Built[Completions]) -> None:
        self._snapshot = snapshot
        self._epoch = epoch
        self._made = built.value
        # What was made of this very state need not be counted again.
        self.current = built.state == State(snapshot.generation, epoch)

    def suggest(self, text: str, limit: int) -> tuple[Suggestion, ...]:
        """At most ``limit`` completions of what was typed, the best first."""
        words = [word for word in normalise(text).text.split() if typed(word)][:_MOST_WORDS]
        if not words:
            return ()
        whole = self._understood("".join(words))
        meant = [whole] if len(words) == 1 else [self._understood(word) for word in words]
        completions = list(self._words(whole, limit))
        if len(words) > 1:
            apart = [c for c in completions if " " in c.text]
            # As it was typed, with a space, before the same or another in one word.
            found = (*apart, *islice(self._endings(meant), limit), *completions)
            completions = list(_different(found))[:limit]
        room = max(limit - len(completions), min(_TITLES, limit // 2))
        titles = list(islice(self._titles(whole, meant), min(room, _MOST_TITLES)))
        return tuple(_different((*completions[: limit - len(titles)], *titles)))

    def _understood(self, word: str) -> Reading:
        """The likeliest reading of a word by which there is anything; else the first."""
        found = list(readings(word))
        return next((reading for reading in found if self._made.known(reading)), found[0])

    def _words(self, reading: Reading, limit: int) -> Iterator[Suggestion]:
        entries = _affordable(islice(self._made.entries(reading), _LOOKED_AT))
        shown = (now for entry in entries if (now := self._now(entry)))
        for entry in islice(shown, limit):
            count = None if entry.kind == "term" else entry.count
            yield Suggestion(entry.text, entry.kind, marked(entry.text, [reading]), count=count)

    def _now(self, entry: Entry) -> Entry | None:
        """An entry as it is counted and spelled now; None where nothing visible has it."""
        if self.current:
            return entry
        if entry.kind == "term":
            return entry if self._stand(entry.text) else None
        row = self._row(entry)
        return Entry(row.value, entry.kind, row.count) if row else None

    def _row(self, entry: Entry) -> FacetCount | None:
        key = asked_key(entry.text)
        wanted = Wanted((FacetHas(entry.kind, key),), (), 0)
        plan = Plan((wanted,), visible_at=self._epoch, limit=0, counted=(entry.kind,))
        return self._snapshot.search(plan).facets[entry.kind].of(key)

    def _endings(self, meant: Sequence[Reading]) -> Iterator[Suggestion]:
        """The words before with each word that the last one may become."""
        *before, last = meant
        start = [reading.text for reading in before]
        if not all(start):
            return
        for word in _affordable(self._made.endings(before, last, _ENDINGS)):
            if self.current or self._stand(*start, word):
                text = " ".join([*start, word])
                yield Suggestion(text, "term", marked(text, meant))

    def _stand(self, *words: str) -> bool:
        """Whether a visible document has all of some words."""
        clauses = tuple(AnyOf((TermIs(w.lower()), RunContains(w.lower()))) for w in words)
        plan = Plan((Wanted(clauses, (), 0),), visible_at=self._epoch, limit=0)
        return self._snapshot.search(plan).total > 0

    def _titles(self, whole: Reading, meant: Sequence[Reading]) -> Iterator[Suggestion]:
        ways = [[whole]] if len(meant) == 1 else [[whole], list(meant)]
        seen: set[str] = set()
        for way in ways:
            # Else it may have changed since, or have other syllables than the pattern.
            certain = self.current and not any(reading.pattern for reading in way)
            for record in self._records(islice(self._made.titles(way), _LOOKED_AT)):
                title = record["title"]
                if title not in seen and (certain or _meant_by(title, way)):
                    seen.add(title)
                    yield Suggestion(title, "title", marked(title, way), url=record["url"])

    def _records(self, ids: Iterable[str]) -> Iterator[Mapping[str, Any]]:
        """The records of articles that are visible."""
        wanted = _affordable(ids)
        # Together: each time may be a request to a cluster.
        while some := list(islice(wanted, _MOST_TITLES)):
            yield from self._snapshot.documents(some, self._epoch).values()


def _affordable(items: Iterable[T]) -> Iterator[T]:
    """The items, while there is something left to look them up with."""
    return takewhile(lambda _: affordable(MATCHING), items)


def _meant_by(title: str, meant: Sequence[Reading]) -> bool:
    text = normalise(title).text
    return all(reading.place(text) for reading in meant)


def _different(found: Iterable[Suggestion]) -> Iterator[Suggestion]:
    """The first of those that are typed alike."""
    seen: set[bytes] = set()
    for suggestion in found:
        key = typed(suggestion.text)
        if key not in seen:
            seen.add(key)
            yield suggestion
