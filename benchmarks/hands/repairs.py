"""How many broken queries are repaired, and how many right ones are changed."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.hands.broken import (
    Broken,
    Slip,
    apart,
    in_latin_mode,
    misspelt,
    queries_with,
    vocabulary,
    words_with,
)
from index.analysis import Analyser, analyser_for
from search.occurrence import Occurrence
from search.query import clean
from search.request import SearchAnswer, SearchRequest
from search.service import SearchService
from search.whoosh_engine import WhooshEngine

SLIPS: dict[str, Slip] = {"keyboard": in_latin_mode, "spelling": misspelt, "spacing": apart}


@dataclass(frozen=True, slots=True)
class Repaired:
    """Of ``asked`` queries with a slip: those that were run as they were meant, those for which
    that was offered, and those whose first page shows the first hit of what was meant."""

    slip: str
    of: str
    asked: int
    run: int
    offered: int
    shown: int


@dataclass(frozen=True, slots=True)
class Changed:
    """Of ``asked`` right queries, those that were changed, as (typed, run)."""

    of: str
    asked: int
    changed: tuple[tuple[str, str], ...]


class Hands:
    """The service on the index of one set."""

    def __init__(self, name: str, folder: Path) -> None:
        engine = WhooshEngine(folder)
        analyser: Analyser = analyser_for()
        analyser.warm_up()
        self.name = name
        self.snapshot = engine.snapshot()
        self._service = SearchService(engine, analyser, ZoneInfo("Asia/Seoul"))
        self._service.prepare()
        self._occurrence = Occurrence(self.snapshot, None, analyser)
        self.words = tuple(vocabulary(self.snapshot))

    def repaired(self, queries: Sequence[str], count: int) -> list[Repaired]:
        """What becomes of each slip, in words by themselves and in words of queries."""
        found = []
        for name, slip in SLIPS.items():
            words = words_with(slip, self.words, self._known, count)
            found.append(self._repaired(name, "words", words))
            if slip is not apart:
                broken = queries_with(slip, queries, self._known, count)
                found.append(self._repaired(name, "queries", broken))
        return found

    def changed(self, of: str, queries: Iterable[str]) -> Changed:
        """Which of some right queries are changed."""
        asked = list(dict.fromkeys(queries))
        applied = [(q, self._answer(q).query.applied) for q in asked]
        return Changed(of, len(asked), tuple((q, a) for q, a in applied if clean(q) != a))

    def _repaired(self, slip: str, of: str, broken: Iterable[Broken]) -> Repaired:
        asked = run = offered = shown = 0
        for one in broken:
            answer, meant = self._answer(one.text), self._answer(one.meant)
            first = {hit.id for hit in meant.hits[:1]}
            asked += 1
            run += answer.query.applied == one.meant
            offered += answer.query.did_you_mean == one.meant
            shown += bool(first) and first <= {hit.id for hit in (*answer.hits, *answer.also)}
        return Repaired(slip, of, asked, run, offered, shown)

    def _answer(self, text: str) -> SearchAnswer:
        return self._service.search(SearchRequest(q=text, facets=(), highlight=False))

    def _known(self, text: str) -> bool:
        return self._occurrence.of_word(text) > 0 if " " not in text else False


def some(words: Sequence[str], count: int) -> list[str]:
    """So many of the words, always the same ones."""
    rng = random.Random(5)  # noqa: S311
    return rng.sample(words, min(count, len(words)))
