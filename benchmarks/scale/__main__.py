"""``python -m benchmarks.scale``: the same documents on one machine and in clusters."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from benchmarks import report
from benchmarks.corpus import CACHE, document, drafts, sentences
from benchmarks.machine import machine
from benchmarks.memory import memory_of
from benchmarks.queries import Draw
from benchmarks.report import of_machine, table
from benchmarks.scale.cluster import Cluster, cluster
from benchmarks.scale.writing import write
from benchmarks.search.compare import Cell, Sizes, compare
from benchmarks.search.indexes import Corpus
from benchmarks.search.ours import Ours, Planned
from benchmarks.timing import Times, in_words
from benchmarks.tokens import Tokens
from index.settings import Settings
from index.writer import open_writer
from search.engine import open_engine

_SMOKE, _SMOKE_SENTENCES = 300, 300
_SAMPLE = 3000
_NAME = "scale"
_EMBEDDED, _EMPTIED = "whoosh", "whoosh, caches empty"
_NOTES = """The same documents, analysed beforehand, written through the same seam: as an index of
our own on disk (`engine = "whoosh"`), and in clusters of one to three nodes on this one machine, a
shard for each node, with one replica where there is more than one. Clients, writer and nodes share
its cores, so that more nodes are not faster here; what is seen is what distribution costs.
Documents a second count from the first document to the published index, without the time in which
the benchmark puts documents together; words are the suggestions and corrections, which the cluster
has as documents of their own soon after, and a server of our own index makes for itself. Totals and
facet counts of all engines are compared before any time is taken. Times are p50 / p95 over the
queries of a row in milliseconds, each the median of several calls in turns, ten best hits; four
facets are author, category, tag and month. Memory: that of the process for our own (mapped pages of
the index among it), that of all nodes for a cluster (3 GiB of heap for all of them together)."""


@click.command()
@click.option("--documents", default=100_000, show_default=True, type=click.IntRange(10))
@click.option("--nodes", "sizes", multiple=True, type=click.IntRange(1, 5), help="Default 1, 2, 3.")
@click.option("--smoke", is_flag=True, help="A size that takes seconds, to see that all works.")
@click.option("--write", "keep", is_flag=True, help="Keep the result in docs/benchmarks.md.")
def main(documents: int, sizes: tuple[int, ...], smoke: bool, keep: bool) -> None:
    """Write, ask and compare both engines. Needs a JDK and Maven (tests/opensearch/cluster)."""
    source = sentences(_SMOKE_SENTENCES if smoke else None)
    corpus = Corpus(_SMOKE if smoke else documents, source, Tokens(source))
    queries = Sizes(2, 2, 2) if smoke else Sizes(common=10, random=20, rare=10)
    result = _Run(corpus, queries).result((1,) if smoke else sizes or (1, 2, 3))
    report.concluded(
        "scale", "Scale", corpus.documents, result, markdown, keep_it=not smoke, write_it=keep
    )


class _Run:
    """Our own index, and clusters beside it one after the other."""

    def __init__(self, corpus: Corpus, queries: Sizes) -> None:
        self._corpus = corpus
        self._queries = queries
        sample = [row.tokens for row in islice(corpus.rows(), _SAMPLE)]
        self._draw = lambda: Draw(sample, corpus.tokens.extras)
        self._engines: dict[str, dict[str, float]] = {}

    def result(self, sizes: tuple[int, ...]) -> dict[str, Any]:
        """Everything, ready for JSON."""
        found: dict[str, Any] = {"machine": machine(), "cells": []}
        with _folder() as folder:
            settings = Settings(index_dir=folder)
            self._write(_EMBEDDED, settings)
            own = self._engines[_EMBEDDED]
            own["size"] = sum(f.stat().st_size for f in folder.rglob("*.seg")) / 2**20
            for nodes in sizes:
                with cluster(nodes) as running:
                    found["opensearch"] = running.version
                    cells = self._compared(folder, running, nodes)
                    found["cells"] += [asdict(cell) for cell in cells]
            own["memory"] = memory_of().pss
        return found | {"engines": self._engines}

    def _compared(self, folder: Path, running: Cluster, nodes: int) -> list[Cell]:
        name = f"opensearch, {nodes} node{'s' * (nodes > 1)}"
        settings = Settings(
            engine="opensearch",
            opensearch_url=running.url,
            opensearch_index=_NAME,
            opensearch_shards=nodes,
            opensearch_replicas=min(1, nodes - 1),
            opensearch_timeout=60,
        )
        self._write(name, settings)
        there = Planned(name, open_engine(settings).snapshot())
        here, emptied = Ours(_EMBEDDED, folder), Ours(_EMPTIED, folder)
        for ours in (there, here, emptied):
            ours.rounds, ours.counts_prefixes = 5, True
        cells = compare([here, there], emptied, self._draw(), self._queries, _say)
        self._engines[name] |= {
            "size": running.size(_NAME),
            "words": running.size(f"{_NAME}-words"),
            "searched": running.searched(_NAME),
            "memory": running.memory,
        }
        return cells

    def _write(self, name: str, settings: Settings) -> None:
        _say(f"writing {self._corpus.documents:,} documents: {name}")
        documents = map(document, drafts(self._corpus.documents, self._corpus.source))
        written = write(open_writer(settings), documents)
        rate = self._corpus.documents / (written.seconds - written.making)
        self._engines[name] = asdict(written) | {"rate": rate}


def markdown(results: Mapping[str, Any]) -> str:
    """The section of all sizes."""
    parts = [_NOTES]
    for size, result in results.items():
        made = result["machine"] | {"OpenSearch": result["opensearch"]}
        parts += [f"### {int(size):,} documents", of_machine(made)]
        parts += [_engines(result), _times(result)]
    return "\n\n".join(parts)


def _engines(result: Mapping[str, Any]) -> str:
    rows = [
        [
            name,
            f"{own['rate']:,.0f}",
            f"{own['following']:,.0f}" if "words" in own else "",
            f"{own['size']:,.0f}",
            f"{own['words']:,.0f}" if "words" in own else "",
            f"{own['memory']:,.0f}",
        ]
        for name, own in result["engines"].items()
    ]
    head = ["engine", "documents/s", "words, s", "on disk, MiB", "words of it", "memory, MiB"]
    return table(head, rows)


def _times(result: Mapping[str, Any]) -> str:
    engines = list(dict.fromkeys(name for cell in result["cells"] for name in cell["times"]))
    rows: dict[str, dict[str, str]] = {}
    for cell in result["cells"]:
        label = f"{cell['kind']}, {cell['chosen']} words"
        label += ", 4 facets" if cell["facets"] else ""
        row = rows.setdefault(label, {})
        # Our own is asked beside every cluster, and shown once.
        row |= {e: str(Times.of(t)) for e, t in cell["times"].items() if e not in row}
    cells = [[label, *(row.get(engine, "") for engine in engines)] for label, row in rows.items()]
    clusters = [name for name in engines if not name.startswith(_EMBEDDED)]
    ratios = ", ".join(f"{name} {in_words(_ratio(result, name))}" for name in clusters)
    told = f"Mean time over that of our own, in the same run, queries with four facets: {ratios}."
    return f"{table(['query', *engines], cells)}\n\n{told}"


def _ratio(result: Mapping[str, Any], name: str) -> float:
    """The mean over queries with four facets of a cluster over that of our own index."""
    cells = [c["times"] for c in result["cells"] if c["facets"] and name in c["times"]]
    theirs = sum(sum(times[name]) for times in cells)
    return float(theirs / sum(sum(times[_EMBEDDED]) for times in cells))


@contextmanager
def _folder() -> Iterator[Path]:
    CACHE.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=CACHE, prefix="scale-") as name:
        yield Path(name) / "index"


def _say(text: str) -> None:
    click.echo(text, err=True)


if __name__ == "__main__":
    main()
