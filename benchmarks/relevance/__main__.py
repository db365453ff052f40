"""``python -m benchmarks.relevance``: how well we find, beside others."""

import pickle
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from benchmarks import report
from benchmarks.corpus import CACHE
from benchmarks.machine import machine
from benchmarks.relevance import ours, sets, tables
from benchmarks.relevance.measures import Run
from benchmarks.relevance.sets import JudgedSet
from benchmarks.timing import timed

_SHORT_WORDS = 2


@click.command()
@click.option("--sets", "names", default=",".join(sets.NAMES), show_default=True)
@click.option("--smoke", is_flag=True, help="A corner of each set, to see that all works.")
@click.option("--write", is_flag=True, help="Put the result into docs/benchmarks.md.")
@click.option("--ours-only", is_flag=True, help="Leave the others out.")
@click.option("--keep", help="Keep the lists under a name, to be compared with.")
@click.option("--against", help="Show the differences from a kept run, query by query.")
def main(
    names: str, smoke: bool, write: bool, ours_only: bool, keep: str | None, against: str | None
) -> None:
    """Measure, and print tables. Indexes are kept in .bench (BENCH_CACHE)."""
    described = machine()
    runs: dict[str, Sequence[Run]] = {}
    sizes: dict[str, int] = {}
    for name in names.split(","):
        judged = sets.load(name, smoke=smoke)
        if judged is None:
            _say(f"{name}: skipped, {sets.FOLDER} has no {name}.json; name it in BENCH_SHARED")
            continue
        for title, own in _parts(judged, list(_runs(judged, ours_only=ours_only))):
            runs[title], sizes[title] = own, len(judged.documents)
    if not runs:
        return
    text = tables.markdown(described, runs, sizes)
    print(text)
    if keep:
        _kept(keep).parent.mkdir(parents=True, exist_ok=True)
        _kept(keep).write_bytes(pickle.dumps(runs))
    if against:
        # Our own file of an earlier run.
        before = pickle.loads(_kept(against).read_bytes())  # noqa: S301
        print("\n" + tables.compared(runs, before))
    if write and not smoke:
        report.write("relevance", "Finding", text)


def _runs(judged: JudgedSet, *, ours_only: bool) -> Iterator[Run]:
    folder = ours.our_index(judged, _say)
    yield _run("geulsaem, ranking alone", ours.ranking(folder), judged)
    yield _run("geulsaem, first page", ours.service(folder), judged)
    if ours_only:
        return
    from benchmarks.relevance.rivals import RIVALS

    for name, build in RIVALS.items():
        _say(f"{judged.name}: {name}")
        yield _run(name, build(judged.documents), judged)


def _run(name: str, ask: ours.Ask, judged: JudgedSet) -> Run:
    ranked: list[tuple[int, ...]] = []
    ask(judged.queries[0].text)
    times = [timed(lambda q=q: ranked.append(tuple(ask(q.text)))) for q in judged.queries]
    return Run(name, tuple(ranked), tuple(q.relevant for q in judged.queries), tuple(times))


def _parts(judged: JudgedSet, runs: Sequence[Run]) -> Iterator[tuple[str, Sequence[Run]]]:
    yield judged.name, runs
    if judged.name == "ms":
        short = [i for i, q in enumerate(judged.queries) if len(q.text.split()) <= _SHORT_WORDS]
        if short:
            yield "ms, at most two words", [run.part(short) for run in runs]


def _kept(name: str) -> Path:
    return CACHE / "results" / f"relevance-{name}.pickle"


def _say(text: str) -> None:
    click.echo(text, err=True)


if __name__ == "__main__":
    main()
