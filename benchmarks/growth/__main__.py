"""``python -m benchmarks.growth``: one search on archives of growing size, and where it goes."""

import cProfile
import pstats
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import click
import orjson

from benchmarks import report
from benchmarks.asked import Asked, Kind
from benchmarks.corpus import CACHE
from benchmarks.growth import made_up
from benchmarks.machine import machine
from benchmarks.queries import Draw
from benchmarks.report import of_machine, table
from benchmarks.search.building import publish
from benchmarks.search.compare import Sizes, compare
from benchmarks.search.contender import FACETS
from benchmarks.search.indexes import OURS, made, ours, stamp
from benchmarks.search.ours import Ours
from benchmarks.search.with_tantivy import TantivyRival
from benchmarks.timing import in_words
from index.generation import IndexFolder
from index.segments import SegmentName

_SIZES = (10_000, 100_000, 1_000_000)
_KINDS: tuple[Kind, ...] = ("and", "or", "not", "phrase", "newest")
_SAMPLE = 3000
_COUNTS = Sizes(common=10, random=20, rare=0)
_ROUNDS = 5
_MODULES = ("benchmarks/growth/made_up.py", "benchmarks/corpus.py")
# The steps of a search, by the module and the function that does each; what one calls of another
# is not its own.
_STEPS = {
    "matching": ("array_search.py", "_matching"),
    "scoring": ("array_search.py", "_leading"),
    "cutting the page": ("cutting.py", "by_score"),
    "hits": ("array_search.py", "_hits"),
    "facet counts": ("array_search.py", "_facets"),
    "facet rows": ("counting.py", "rows"),
}
_NOTES = """Articles of made-up words (200,000 of them, frequencies by Mandelbrot's law; 190 in an
article on average, each drawn by itself), so that a million take minutes: one segment of ours for
each 125,000, and as many of Tantivy's as it makes. Queries and facets are as under Searching, and
answers are compared first. Times are means over the queries of a row in milliseconds, each the
median of nine calls in turns. A fact is one matching document without facets, and one value of four
counted for it with them."""


@click.command()
@click.option("--documents", multiple=True, type=click.IntRange(100), help="Sizes.")
@click.option("--smoke", is_flag=True, help="A size that takes seconds, to see that all works.")
@click.option("--write", is_flag=True, help="Keep the result in docs/benchmarks.md.")
def main(documents: tuple[int, ...], smoke: bool, write: bool) -> None:
    """Compare with Tantivy at each size, and print tables. Indexes are kept in .bench."""
    results: dict[str, Any] = {}
    for size in (300,) if smoke else documents or _SIZES:
        counts = Sizes(2, 2, 0) if smoke else _COUNTS
        results[str(size)] = orjson.loads(orjson.dumps(_result(size, counts)))
        if not smoke:
            results = report.keep("growth", size, results[str(size)])
    print(markdown(results))
    if write:
        report.write("growth", "Growth", markdown(results))


def _result(size: int, counts: Sizes) -> dict[str, Any]:
    folder = CACHE / "indexes" / f"{size}-made-up"
    own = made(folder / "ours", stamp(*_MODULES, *OURS), lambda at: _build(at, size), _say)
    rival = TantivyRival()
    theirs = made(
        folder / rival.name,
        stamp(*_MODULES, "benchmarks/tokens.py"),
        lambda at: rival.build(at, made_up.rows(size)),
        _say,
    )
    found = ours("ours", own)
    sample = [row.tokens for row in islice(made_up.rows(min(size, made_up.PIECE)), _SAMPLE)]
    draw = Draw(sample, set())
    contenders = [found, rival.open(theirs)]
    emptied = ours("ours, caches empty", own)
    cells = compare(contenders, emptied, draw, counts, _say, kinds=_KINDS)
    profiles = {
        kind: _profile(found, Draw(sample, set()).queries(kind, "common", counts.common))
        for kind in ("and", "or")
    }
    return {"machine": machine(), "cells": cells, "profiles": profiles}


def _build(index_dir: Path, size: int) -> None:
    index = IndexFolder(index_dir)
    with index.lock():
        folder = index.begin(fresh=True)
        names = []
        with ProcessPoolExecutor(mp_context=get_context("spawn"), max_workers=2) as pool:
            written = []
            for first, count in made_up.pieces(size):
                names.append(SegmentName(f"from-{first}.seg"))
                path = folder / names[-1].file
                written.append(pool.submit(made_up.write_segment, path, first, count))
            for future in written:
                future.result()
        publish(index, folder, names, size)


def _profile(engine: Ours, queries: Sequence[Asked]) -> dict[str, float]:
    """The share of each step in the time of queries with four facets."""
    profile = cProfile.Profile(builtins=False)
    for _ in range(_ROUNDS):
        for asked in queries:
            profile.enable()
            engine.run(asked, facets=True)
            profile.disable()
    stats: Any = pstats.Stats(profile)

    def spent(module: str, name: str) -> float:
        places = [p for p in stats.stats if Path(p[0]).name == module and p[2] == name]
        return float(sum(stats.stats[place][3] for place in places))

    found = {step: spent(*place) for step, place in _STEPS.items()}
    found["hits"] -= found["scoring"] + found["cutting the page"]
    run = engine.run.__code__
    whole = spent(Path(run.co_filename).name, run.co_name)
    found["all else"] = whole - sum(found.values())
    return {step: time / whole for step, time in found.items()}


def markdown(results: Mapping[str, Any]) -> str:
    """The section."""
    largest = list(results.values())[-1]
    return "\n\n".join(
        [
            _NOTES,
            of_machine(largest["machine"]),
            _table(results, "mean ms", ("ours", "caches empty", "tantivy"), _times),
            _table(results, "nanoseconds a fact", ("ours", "tantivy"), _facts),
            _shares(results),
        ]
    )


def _table(
    results: Mapping[str, Any],
    what: str,
    engines: Sequence[str],
    of: Callable[[Mapping[str, Any]], Mapping[str, Sequence[str]]],
) -> str:
    columns = [(size, of(result)) for size, result in results.items()]
    head = [f"{int(size):,}: {engine}" for size, _ in columns for engine in engines]
    names = list(dict.fromkeys(name for _, rows in columns for name in rows))
    nothing = [""] * len(engines)
    rows = [[n, *(value for _, c in columns for value in c.get(n, nothing))] for n in names]
    return table([what, *head], rows)


def _times(result: Mapping[str, Any]) -> dict[str, list[str]]:
    return {_label(cell): list(map(in_words, _means(cell))) for cell in result["cells"]}


def _facts(result: Mapping[str, Any]) -> dict[str, list[str]]:
    """Of common words, which match most: the fixed part of a query counts least."""
    found = {}
    plain = {_label(c): _means(c) for c in result["cells"] if not c["facets"]}
    for cell in result["cells"]:
        matches = cell["matches_mean"]
        if cell["chosen"] != "common" or not matches or cell["kind"] == "phrase":
            continue
        means = _means(cell)
        if cell["facets"]:
            before = plain[_label({**cell, "facets": False})]
            means = [(m - b) / len(FACETS) for m, b in zip(means, before, strict=True)]
        found[_label(cell)] = [f"{mean * 1e6 / matches:.1f}" for mean in (means[0], means[-1])]
    return found


def _shares(results: Mapping[str, Any]) -> str:
    columns = [
        (f"{kind}, {int(size):,}", own)
        for kind in ("and", "or")
        for size, result in results.items()
        for own in (result["profiles"][kind],)
    ]
    steps = list(columns[0][1])
    rows = [[step, *(f"{own[step]:.0%}" for _, own in columns)] for step in steps]
    return table(
        ["where the time goes: common words, four facets", *(name for name, _ in columns)], rows
    )


def _means(cell: Mapping[str, Any]) -> list[float]:
    """Ours, ours with its caches empty, Tantivy."""
    return [statistics.fmean(cell["times"][name]) for name in _engines(cell)]


def _engines(cell: Mapping[str, Any]) -> Iterator[str]:
    yield from ("ours", "ours, caches empty")
    yield next(name for name in cell["times"] if name.startswith("tantivy"))


def _label(cell: Mapping[str, Any]) -> str:
    return f"{cell['kind']}, {cell['chosen']} words{', 4 facets' if cell['facets'] else ''}"


def _say(text: str) -> None:
    click.echo(text, err=True)


if __name__ == "__main__":
    main()
