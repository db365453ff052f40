"""``python -m benchmarks.capacity``: what 1, 10 and 100 million articles need."""

import math
import re
from collections.abc import Mapping
from typing import Any

import click

from benchmarks import report
from benchmarks.capacity.needs import (
    DISK_FILLED,
    HEAP_GIB,
    NODE_GIB,
    REPLICAS,
    SHARD_GIB,
    SLOWEST_MS,
    Line,
    Measured,
    Needs,
    limits_of_our_own,
    needs,
)
from benchmarks.corpus import ROOT
from benchmarks.report import of_machine, table
from benchmarks.timing import Times, in_words

_PAGE = ROOT / "docs" / "scale.md"
_SIZES = (1_000_000, 10_000_000, 100_000_000)
_MACHINES = (1, 8, 32)
# A machine that analyses a part: what is rented by the hour for this.
_CORES = 16
# Of the rows measured the one that matches and counts most.
_SLOWEST = ("or", "common", True)
_OWN, _ONE_NODE = "whoosh", "opensearch, 1 node"


@click.command()
@click.option("--write", is_flag=True, help="Keep the page as docs/scale.md.")
def main(write: bool) -> None:
    """Work it out from the kept results of benchmarks.scale, growth and indexing, and print it."""
    found = {name: report.kept(name) for name in ("scale", "growth", "indexing")}
    missing = [name for name, results in found.items() if not results]
    if missing:
        raise click.ClickException(
            f"run make {' '.join(f'bench-{name}' for name in missing)} first"
        )
    page = markdown(found["scale"], found["growth"], found["indexing"])
    print(page)
    if write:
        _PAGE.write_text(page + "\n", "utf-8")


def measured(
    scale: Mapping[str, Any], growth: Mapping[str, Any], indexing: Mapping[str, Any]
) -> Measured:
    """The figures of the largest run of each benchmark."""
    size = max(map(int, scale))
    engines = scale[str(size)]["engines"]
    there, own = engines[_ONE_NODE], engines[_OWN]
    run, cores = _first_run(indexing)
    return Measured(
        cores=cores,
        memory_gib=float(re.sub(r"[^0-9.]", "", scale[str(size)]["machine"]["memory"])),
        analysed=run["articles"] / run["seconds"] / cores,
        written=there["rate"],
        stored_kib=there["size"] * 1024 / size,
        searched_kib=there["searched"] * 1024 / size,
        own_kib=own["size"] * 1024 / size,
        query=Line.through(_slowest(scale, _ONE_NODE)),
        own_query=Line.through(_slowest(growth, "ours")),
    )


def _first_run(indexing: Mapping[str, Any]) -> tuple[Mapping[str, Any], int]:
    """Of the largest archive that was analysed; and the cores it ran on."""
    runs = [
        (run["articles"], run, result["cores"])
        for result in indexing.values()
        for run in result.get("runs", ())
        if run["name"] == "first run"
    ]
    _, run, cores = max(runs, key=lambda row: row[0])
    return run, cores


def _slowest(results: Mapping[str, Any], engine: str) -> dict[int, float]:
    """The p95 of the slowest kind of query by the number of documents."""
    return {
        int(size): Times.of(cell["times"][engine]).p95
        for size, result in results.items()
        for cell in result["cells"]
        if (cell["kind"], cell["chosen"], cell["facets"]) == _SLOWEST and engine in cell["times"]
    }


def markdown(
    scale: Mapping[str, Any], growth: Mapping[str, Any], indexing: Mapping[str, Any]
) -> str:
    """The page."""
    found = measured(scale, growth, indexing)
    size = max(map(int, scale))
    wanted = [needs(found, articles) for articles in _SIZES]
    engine = scale[str(size)]
    return "\n\n".join(
        [
            "# Scale",
            "Worked out by `make bench-capacity` from what `make bench-scale bench-growth "
            "bench-indexing` measured: documents of "
            f"{size:,} at most in a cluster and {max(map(int, growth)):,} in an index of our own.",
            of_machine(engine["machine"] | {"OpenSearch": engine["opensearch"]}),
            "## Measured",
            _measured(found),
            "## When to move from an index of our own to a cluster",
            _moving(found),
            "## What a cluster needs",
            _cluster(wanted),
            "## Indexing",
            _indexing(found, wanted),
        ]
    )


def _measured(found: Measured) -> str:
    rows = [
        ["articles analysed by a core, a second", in_words(found.analysed)],
        [
            f"documents written by {found.cores} cores (client and node), a second",
            in_words(found.written),
        ],
        ["KiB of a document, in a cluster", in_words(found.stored_kib)],
        ["KiB of them that searches read", in_words(found.searched_kib)],
        ["KiB of a document, in an index of our own", in_words(found.own_kib)],
        [
            "slowest kind of query, in a cluster, ms and ms for each million documents",
            _line(found.query),
        ],
        ["the same in an index of our own", _line(found.own_query)],
    ]
    told = (
        "The slowest kind of query: any of two or three common words, four facets, p95. It is "
        "taken to grow as between the two largest sizes measured, all else in proportion to the "
        "articles."
    )
    return f"{table(['', 'measured'], rows)}\n\n{told}"


def _line(line: Line) -> str:
    return f"{in_words(line.fixed)} + {in_words(line.each * 1e6)}"


def _moving(found: Measured) -> str:
    limits = limits_of_our_own(found)
    rows = [[name, _rounded(articles)] for name, articles in limits.items()]
    first = min(limits.values())
    return (
        table(
            [f"on a machine with {found.cores} cores and {found.memory_gib:g} GiB", "articles"],
            rows,
        )
        + f"\n\nUp to about **{_rounded(first)} articles** an index of our own is faster and takes "
        "one machine. A larger machine moves the limits in proportion to its memory and cores, but "
        "for the query, which runs on one core. Move earlier where one machine must be able to "
        "fail without a reader noticing, or where several machines write."
    )


def _cluster(wanted: list[Needs]) -> str:
    rows = [
        ["disk, all copies, GiB", *(f"{n.disk:,.0f}" for n in wanted)],
        ["disk to have, so that a rebuild fits, GiB", *(f"{n.rebuilding:,.0f}" for n in wanted)],
        ["of it read by searches, GiB", *(f"{n.searched:,.0f}" for n in wanted)],
        ["`opensearch_shards`", *(f"{n.shards:,}" for n in wanted)],
        [f"data nodes of {NODE_GIB} GiB", *(f"{n.nodes:,}" for n in wanted)],
        ["slowest kind of query, ms", *(f"{n.query_ms:,.0f}" for n in wanted)],
    ]
    told = (
        f"`opensearch_replicas = {REPLICAS}`. Nodes have {HEAP_GIB} GiB of heap and the rest for "
        "the page cache, which holds what searches read, of all copies; three at least, so that "
        f"two agree when one is gone. A shard has at most {SHARD_GIB} GiB, and no more documents "
        f"than the slowest kind of query reads in {SLOWEST_MS} ms on one core, while the shards of "
        "a query run beside each other: count a core for each shard of those queries that are to "
        f"run at the same time. Disks are filled to {DISK_FILLED:.0%}."
    )
    return f"{table(['articles', *(f'{n.articles:,}' for n in wanted)], rows)}\n\n{told}"


def _indexing(found: Measured, wanted: list[Needs]) -> str:
    rows = [
        [
            f"analysis, {machines} machine{'s' * (machines > 1)} of {_CORES} cores",
            *(_hours(n.analysis / machines / _CORES) for n in wanted),
        ]
        for machines in _MACHINES
    ]
    rows.append(
        [f"writing, {found.cores} cores for client and node", *(_hours(n.writing) for n in wanted)]
    )
    told = (
        "A first run analyses every article; later runs only those that changed, and a rebuild "
        "whose analyses are kept none. `reindex --part K/N` on N machines divides the "
        "analysis; writing grows with the nodes, as each shard is written by its own."
    )
    return f"{table(['hours', *(f'{n.articles:,}' for n in wanted)], rows)}\n\n{told}"


def _hours(hours: float) -> str:
    return f"{hours:,.0f}" if hours >= 10 else f"{hours:.1f}"


def _rounded(articles: float) -> str:
    """To two digits: more would be a claim."""
    if math.isinf(articles):
        return "not reached"
    unit = 10 ** max(0, int(math.log10(max(articles, 1))) - 1)
    return f"{round(articles / unit) * unit:,}"


if __name__ == "__main__":
    main()
