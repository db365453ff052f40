"""``python -m benchmarks.indexing``: how fast an index comes to be, and where the time goes."""

import os
from collections.abc import Mapping
from typing import Any

import click

from benchmarks import report
from benchmarks.corpus import sentences
from benchmarks.indexing.running import runs, runs_of_prepared
from benchmarks.indexing.writing import written
from benchmarks.machine import machine
from benchmarks.report import bars, of_machine, table
from benchmarks.search.indexes import Corpus
from benchmarks.timing import in_words
from benchmarks.tokens import Tokens

_PARTS = ("writing", "runs")
_SMOKE, _SMOKE_SENTENCES = 100, 300
# Above this the index of the runs is made without Kiwi, which would take hours.
_LARGEST_FIRST_RUN = 20_000
_NOTES = """Writing alone: documents that are analysed already, at most 10,000 of them held in
memory, handed to the writer of each engine in this process. Ours writes all that it searches
(three text fields as morphemes, side bigrams and noun runs, spans, facets, stored records), the
others one field of title and body with the facets: the rates of the others are for less work.
Runs: `reindex` as a process of its own on Markdown files, from its start to its end; with
`--watch` from a change to its publication. Above 20,000 articles their index was made without Kiwi.
The share inside Kiwi is the time in its calls over all processes: of the wall time that all cores
had, and of the processor time that all processes took, which others who use the machine do not
change."""


@click.command()
@click.option("--documents", multiple=True, type=click.IntRange(10), help="Sizes; default 1000.")
@click.option("--smoke", is_flag=True, help="A size that takes seconds, to see that all works.")
@click.option("--write", is_flag=True, help="Keep the result in docs/benchmarks.md.")
@click.option("--only", multiple=True, type=click.Choice(_PARTS), help="These parts alone.")
@click.option("--whoosh-documents", default=1000, show_default=True, help="Most for Whoosh.")
def main(
    documents: tuple[int, ...],
    smoke: bool,
    write: bool,
    only: tuple[str, ...],
    whoosh_documents: int,
) -> None:
    """Write and reindex, and print tables. At the machine's rate 1,000 articles take a minute."""
    source = sentences(_SMOKE_SENTENCES if smoke else None)
    tokens = Tokens(source)
    for size in (_SMOKE,) if smoke else documents or (1000,):
        result: dict[str, Any] = {"machine": machine(), "cores": len(os.sched_getaffinity(0))}
        if "writing" in (only or _PARTS):
            result["writing"] = written(Corpus(size, source, tokens), whoosh_documents)
        if "runs" in (only or _PARTS):
            large = size > _LARGEST_FIRST_RUN
            result["runs"] = runs_of_prepared(size, source) if large else runs(size)
        report.concluded(
            "indexing", "Indexing", size, result, markdown, keep_it=not smoke, write_it=write
        )


def markdown(results: Mapping[str, Any]) -> str:
    """The section of all sizes."""
    parts = [_NOTES]
    for size, result in results.items():
        parts += [f"### {int(size):,} articles", of_machine(result["machine"])]
        if "writing" in result:
            parts += [_writing(result), _speeds(result)]
        if "runs" in result:
            parts.append(_runs(result))
    return "\n\n".join(parts)


def _writing(result: Mapping[str, Any]) -> str:
    ours = _speed(result["writing"][0])
    rows = [
        [
            w["engine"],
            f"{w['documents']:,}",
            f"{_speed(w):,.0f}",
            f"{ours / _speed(w):.2f}",
            f"{w['mebibytes'] / w['documents'] * 1000:.1f}",
            f"{w['peak']:,.0f}",
        ]
        for w in result["writing"]
    ]
    head = ["writing alone", "documents", "documents/s", "ours is so many times as fast"]
    return table([*head, "MiB per 1,000", "most memory, MiB"], rows)


def _share(ran: Mapping[str, Any]) -> float:
    return float(ran["kiwi_processor"] / ran["processor"]) if ran["processor"] else 0.0


def _speeds(result: Mapping[str, Any]) -> str:
    return bars([(w["engine"], _speed(w)) for w in result["writing"]], "documents/s")


def _speed(written: Mapping[str, Any]) -> float:
    return float(written["documents"] / written["seconds"])


def _runs(result: Mapping[str, Any]) -> str:
    rows = []
    for ran in result["runs"]:
        had = ran["seconds"] * result["cores"]
        rows.append(
            [
                ran["name"],
                in_words(ran["seconds"]),
                f"{ran['articles']:,}",
                in_words(ran["articles"] / ran["seconds"]),
                f"{ran['kiwi_wall'] / had:.0%} / {_share(ran):.0%}",
                in_words(ran["kiwi_loading"]),
                f"{ran['peak']:,.0f}",
            ]
        )
    head = ["reindex", "seconds", "articles", "articles/s", "inside Kiwi, of wall / of processor"]
    return table([*head, "loading Kiwi, s", "most memory, MiB"], rows)


if __name__ == "__main__":
    main()
