"""All engines on the same queries in turn, their answers compared before their times."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.asked import KINDS, Asked, Kind
from benchmarks.queries import SETS, Draw
from benchmarks.search.contender import Answer, Contender
from benchmarks.timing import alternating

# Of these facets all values are asked for, so that none is cut off by chance among equals.
_WHOLE_FACETS = ("category", "month")


class DifferentAnswersError(Exception):
    """Two engines found different documents: their times mean nothing."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The times of one kind of query on one set of words: milliseconds by engine, a list as long
    as ``queries`` or shorter (the first of them)."""

    kind: Kind
    chosen: str
    facets: bool
    queries: int
    matches_median: float
    matches_mean: float
    matches_most: int
    times: Mapping[str, Sequence[float]]

    def ratio(self, ours: str, theirs: str) -> float | None:
        """Our mean over theirs, on the queries that both were asked."""
        if ours not in self.times or theirs not in self.times:
            return None
        pairs = list(zip(self.times[ours], self.times[theirs], strict=False))
        return sum(o for o, _ in pairs) / sum(t for _, t in pairs)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many queries of each set."""

    common: int = 10
    random: int = 50
    rare: int = 20


def compare(
    contenders: Sequence[Contender],
    emptied: Contender,
    draw: Draw,
    sizes: Sizes,
    say: Callable[[str], None],
    kinds: Sequence[Kind] = KINDS,
) -> list[Cell]:
    """Measure everything. ``emptied`` forgets before each call what it knows of earlier ones.

    Raises DifferentAnswersError.
    """
    cells = []
    for chosen in SETS:
        for kind in kinds:
            queries = draw.queries(kind, chosen, getattr(sizes, chosen))
            if not queries:
                continue
            for facets in (False, True):
                say(f"{kind}, {chosen} words, {'four facets' if facets else 'no facets'}")
                cells.append(_cell(contenders, emptied, queries, chosen, facets=facets))
    return cells


def _cell(
    contenders: Sequence[Contender],
    emptied: Contender,
    queries: Sequence[Asked],
    chosen: str,
    *,
    facets: bool,
) -> Cell:
    kind = queries[0].kind
    able = [c for c in contenders if kind in c.kinds and (c.has_facets or not facets)]
    times: dict[str, list[float]] = {}
    totals = []
    for i, asked in enumerate(queries):
        asked_now = [c for c in able if c.most_queries is None or i < c.most_queries]
        totals.append(_checked([*asked_now, emptied], asked, facets=facets))
        for name, value in _times(asked_now, emptied, asked, facets=facets).items():
            times.setdefault(name, []).append(value)
    return Cell(
        kind,
        chosen,
        facets,
        len(queries),
        statistics.median(totals),
        statistics.fmean(totals),
        max(totals),
        times,
    )


def _times(
    contenders: Sequence[Contender], emptied: Contender, asked: Asked, *, facets: bool
) -> dict[str, float]:
    every = [*contenders, emptied]
    calls = {c.name: lambda c=c: c.run(asked, facets=facets) for c in every}
    rounds = {c.name: c.rounds for c in every}
    return alternating(calls, rounds, {emptied.name: emptied.forget})


def _checked(contenders: Sequence[Contender], asked: Asked, *, facets: bool) -> int:
    """How many documents a query has. Raises DifferentAnswersError where engines disagree."""
    answers = {c.name: c.run(asked, facets=facets) for c in contenders}
    same = [
        c.name
        for c in contenders
        if answers[c.name].total is not None and (asked.kind != "prefix" or c.counts_prefixes)
    ]
    found = {name: _comparable(answers[name]) for name in same}
    if len(set(map(str, found.values()))) > 1:
        raise DifferentAnswersError(f"{asked}: {found}")
    total = next(answers[name].total for name in same)
    assert total is not None
    return total


def _comparable(answer: Answer) -> tuple[int | None, list[list[tuple[str, int]]]]:
    whole = [sorted(answer.facets[name].items()) for name in _WHOLE_FACETS if answer.facets]
    return answer.total, whole
