"""``python -m benchmarks.http``: the search API over HTTP, with one client and with many."""

import random
import re
import time
from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import click

from benchmarks import report
from benchmarks.corpus import sentences
from benchmarks.http.load import load
from benchmarks.http.server import serving
from benchmarks.machine import machine
from benchmarks.memory import Memory, family, memory_of
from benchmarks.report import bars, of_machine, table
from benchmarks.search.indexes import Corpus, our_index
from benchmarks.search.service import typed_queries
from benchmarks.timing import Times, in_words
from benchmarks.tokens import Tokens

_SMOKE, _SMOKE_SENTENCES = 300, 300
_TOLD_SECONDS = 1.1
_TRIALS, _MANY = 10, 32
_FIGURES = re.compile(r'^geulsaem_cache_(hits|misses)\{cache="answers"\} (\S+)', re.MULTILINE)
_NOTES = """`geulsaem serve` without `rate_limit`, begun anew for each row and asked something
before it is measured: ten hits with all facets and highlights, zstd as browsers take it. The
clients are one Python thread that reads from kept connections and looks at nothing but the length
of an answer; what it takes itself of the two cores is in the last column. "Zipf list": 2,000
queries from the words of the documents, the n-th asked 1/n as often as the first; of its requests
the share that was "asked before" can be answered from the cache of answers, and the share of
"hits" was. "No two alike": the same, each request with a length of snippets and a number of facet
values that no other has, so that no answer can be one that is kept."""


@click.command()
@click.option("--documents", multiple=True, type=click.IntRange(10), help="Sizes; default 10000.")
@click.option("--smoke", is_flag=True, help="A size that takes seconds, to see that all works.")
@click.option("--write", is_flag=True, help="Keep the result in docs/benchmarks.md.")
@click.option("--index", type=click.Path(path_type=Path), help="Our index of these documents.")
@click.option("--requests", default=2000, show_default=True, help="Of each row.")
@click.option("--workers", default=2, show_default=True, help="Of gunicorn.")
@click.option("--threads", default=4, show_default=True, help="Of each worker.")
def main(
    documents: tuple[int, ...],
    smoke: bool,
    write: bool,
    index: Path | None,
    requests: int,
    workers: int,
    threads: int,
) -> None:
    """Serve an index, ask, and print a table."""
    source = sentences(_SMOKE_SENTENCES if smoke else None)
    tokens = Tokens(source)
    count = 60 if smoke else requests
    for size in (_SMOKE,) if smoke else documents or (10_000,):
        corpus = Corpus(size, source, tokens)
        folder = our_index(corpus, index, lambda text: click.echo(text, err=True))
        asked = typed_queries(source, size, 50 if smoke else 2000)
        result: dict[str, Any] = {"machine": machine()}
        result |= _measured(folder, asked, count, workers, threads)
        report.concluded("http", "HTTP", size, result, markdown, keep_it=not smoke, write_it=write)


def _measured(
    index: Path, asked: Sequence[str], count: int, workers: int, threads: int
) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    memory: list[Memory] = []
    lists = {"Zipf list": zipf(asked, count), "no two alike": unlike(asked, count)}
    for name, paths in lists.items():
        for clients in (1, 16):
            rows.append({"name": name, "clients": clients})
            # A server for each row, so that none finds the answers of the one before.
            with serving(index, workers, threads) as (port, pid):
                # The first requests load what a new worker lacks; they are in no row.
                load(port, [_path("금리", 120, 20)] * workers * threads, workers * threads)
                hits, made = _figures(port, workers * threads)
                found = load(port, paths, clients)
                memory = [memory_of(one) for one in family(pid)]
                hits = _figures(port, hits + made + len(paths))[0] - hits
            rows[-1] |= {
                "times": Times.of(found.times),
                "per_second": found.per_second,
                "repeated": 1 - len(set(paths)) / len(paths),
                "hits": hits / len(paths),
                "own": found.own,
                "size": found.size,
            }
    return {"rows": rows, "private": [m.private for m in memory], "pss": sum(m.pss for m in memory)}


def _figures(port: int, least: int) -> tuple[int, int]:
    """Of all answers so far those that were kept ones and those that were made, at ``least`` so
    many together. Workers tell with any answer, but not with each."""
    hits = made = 0
    for _ in range(_TRIALS):
        time.sleep(_TOLD_SECONDS)
        load(port, ["/healthz"] * _MANY, _MANY)
        with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            found = dict(_FIGURES.findall(answer.read().decode()))
        hits, made = (int(float(found.get(name, 0))) for name in ("hits", "misses"))
        if hits + made >= least:
            break
    return hits, made


def zipf(asked: Sequence[str], count: int) -> list[str]:
    """Requests for queries of which the n-th is asked 1/n as often as the first."""
    weights = list(accumulate(1 / n for n in range(1, len(asked) + 1)))
    chosen = random.Random(3).choices(asked, cum_weights=weights, k=count)  # noqa: S311
    return [_path(query, 120, 20) for query in chosen]


def unlike(asked: Sequence[str], count: int) -> list[str]:
    """Requests of which no two are alike, in what they ask or how much of it."""
    numbers: dict[str, int] = {}
    paths = []
    for i in range(count):
        query = asked[i % len(asked)]
        number = numbers[query] = numbers.get(query, 0) + 1
        paths.append(_path(query, 100 + number % 41, 15 + number // 41 % 11))
    return paths


def _path(query: str, length: int, values: int) -> str:
    return f"/api/v1/search?q={quote(query)}&snippet_length={length}&facet_size={values}"


def markdown(results: Mapping[str, Any]) -> str:
    """The section of all sizes."""
    parts = [_NOTES]
    for size, result in results.items():
        parts += [f"### {int(size):,} documents", of_machine(result["machine"])]
        parts += [_rows(result["rows"]), _memory(result)]
    if len(results) > 1:
        parts += ["### Growth", _growth(results)]
    return "\n\n".join(parts)


def _rows(rows: Sequence[Mapping[str, Any]]) -> str:
    cells = [
        [
            f"{row['name']}, {row['clients']} client{'s' if row['clients'] > 1 else ''}",
            str(Times(**row["times"])),
            f"{row['per_second']:,.0f}",
            f"{row['repeated']:.0%}",
            f"{row['hits']:.0%}" if "hits" in row else "",
            f"{row['size'] / 1024:.1f}",
            f"{row['own']:.2f} ({row['own'] * row['per_second'] / 1000:.0%} of a core)",
        ]
        for row in rows
    ]
    head = ["HTTP", "p50 / p95, ms", "requests/s", "asked before", "hits", "KiB an answer"]
    return table([*head, "the client's own ms"], cells)


def _memory(result: Mapping[str, Any]) -> str:
    own = ", ".join(in_words(value) for value in result["private"])
    return (
        f"Memory: {result['pss']:,.0f} MiB for all processes together; "
        f"of their own alone (the first is the parent) {own} MiB."
    )


def _growth(results: Mapping[str, Any]) -> str:
    rows = [
        (f"{int(size):>9,} {row['name']}", float(row["times"]["p50"]))
        for size, result in results.items()
        for row in result["rows"]
        if row["clients"] == 1
    ]
    return "One client, p50:\n\n" + bars(rows, "ms")


if __name__ == "__main__":
    main()
