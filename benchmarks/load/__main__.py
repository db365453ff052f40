"""``python -m benchmarks.load``: the server under a real mix, while a writer publishes."""

import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from benchmarks import report
from benchmarks.corpus import sentences
from benchmarks.http.server import serving
from benchmarks.load.mix import SHARES, mix
from benchmarks.load.readers import Answer, ask
from benchmarks.load.writer import copied, publishing
from benchmarks.machine import machine
from benchmarks.memory import family, memory_of
from benchmarks.report import of_machine, table
from benchmarks.search.indexes import Corpus, our_index
from benchmarks.timing import in_words
from benchmarks.tokens import Tokens

_SMOKE, _SMOKE_SENTENCES, _SMOKE_SECONDS = 300, 300, 6.0
_STEPS = 10
_NOTES = """`geulsaem serve` with two workers, asked for what the readers of a news site ask for, at
random instants, while a writer in a process of its own adds articles (analysed beforehand) and
publishes in regular steps. The time of an answer counts from when its request was due, whether or
not a connection was free. Clients and writer share the machine with the server. Memory is what all
processes of the server have together (PSS: mapped pages of the index count, once), and what they
have of their own."""


@click.command()
@click.option("--documents", default=10_000, show_default=True, type=click.IntRange(10))
@click.option("--minutes", default=10.0, show_default=True, type=click.FloatRange(0.05))
@click.option("--rate", default=40.0, show_default=True, help="Requests a second.")
@click.option("--connections", default=32, show_default=True, help="At most, at a time.")
@click.option("--added", default=1000, show_default=True, help="Articles the writer adds in all.")
@click.option("--every", default=30.0, show_default=True, help="Seconds between publishes.")
@click.option("--workers", default=2, show_default=True, help="Of gunicorn.")
@click.option("--threads", default=4, show_default=True, help="Of each worker.")
@click.option("--index", type=click.Path(path_type=Path), help="Our index of these documents.")
@click.option("--smoke", is_flag=True, help="A size that takes seconds, to see that all works.")
@click.option("--write", is_flag=True, help="Keep the result in docs/benchmarks.md.")
def main(
    documents: int,
    minutes: float,
    rate: float,
    connections: int,
    added: int,
    every: float,
    workers: int,
    threads: int,
    index: Path | None,
    smoke: bool,
    write: bool,
) -> None:
    """Serve an index, ask and publish, and print what came of it; exit 1 after any error."""
    source = sentences(_SMOKE_SENTENCES if smoke else None)
    seconds = _SMOKE_SECONDS if smoke else minutes * 60
    if smoke:
        documents, added, every = _SMOKE, 50, 1.0
    corpus = Corpus(documents, source, Tokens(source))
    folder = our_index(corpus, index, lambda text: click.echo(text, err=True))
    times = [at * every for at in range(1, int(seconds / every) + 1) if at * every < seconds]
    result: dict[str, Any] = {"machine": machine(), "seconds": seconds, "rate": rate}
    with copied(folder) as own, serving(own, workers, threads) as (port, pid):
        asked = mix(source, documents)
        with publishing(own, source, documents=documents, added=added, times=times) as writer:
            watch = _Watch(pid, seconds / _STEPS / 6)
            writer.send(time.perf_counter())
            answers = ask(port, asked, seconds=seconds, rate=rate, most=connections)
            watch.stop()
            published = list(iter(writer.recv, None))
    result |= _rows(answers, seconds, watch.seen, published)
    result |= {"added": added, "workers": workers}
    report.concluded("load", "Load", documents, result, markdown, keep_it=not smoke, write_it=write)
    if result["errors"]:
        raise click.exceptions.Exit(1)


class _Watch:
    """The memory of a server over time: ``seen`` are seconds, MiB (PSS), MiB of its own."""

    def __init__(self, pid: int, pause: float) -> None:
        self.seen: list[tuple[float, float, float]] = []
        self._pause = pause
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        begun = time.perf_counter()
        while not self._done.wait(self._pause):
            with suppress(OSError):
                found = [memory_of(one) for one in family(self._pid)]
                pss, private = sum(m.pss for m in found), sum(m.private for m in found)
                self.seen.append((time.perf_counter() - begun, pss, private))


def _rows(
    answers: Sequence[Answer],
    seconds: float,
    memory: Sequence[tuple[float, float, float]],
    published: Sequence[tuple[float, float]],
) -> dict[str, Any]:
    kinds = {kind: [a for a in answers if a.kind == kind] for kind in SHARES}
    width = seconds / _STEPS
    steps = []
    for step in range(_STEPS):
        begin, end = step * width, (step + 1) * width
        within = [a for a in answers if begin <= a.at < end]
        sizes = [row for row in memory if begin <= row[0] < end]
        steps.append(
            {
                "until": end,
                "times": _quantiles(within),
                "errors": sum(bool(a.error) for a in within),
                "generations": sum(begin <= row[1] < end for row in published),
                "pss": max((row[1] for row in sizes), default=0.0),
                "private": max((row[2] for row in sizes), default=0.0),
            }
        )
    during = [a for a in answers if any(b <= a.at <= e + 1 for b, e in published)]
    return {
        "kinds": {kind: _quantiles(found) for kind, found in kinds.items()},
        "all": _quantiles(answers),
        "publishing": _quantiles(during),
        "steps": steps,
        "published": len(published),
        "errors": dict(Counter(a.error for a in answers if a.error).most_common(20)),
    }


def _quantiles(answers: Sequence[Answer]) -> list[float]:
    """The number of answers; of their milliseconds p50, p95, p99 and the worst."""
    found = sorted(a.milliseconds for a in answers if not a.error)
    if not found:
        return [0, 0.0, 0.0, 0.0, 0.0]
    at = [found[min(len(found) - 1, int(len(found) * q))] for q in (0.5, 0.95, 0.99)]
    return [len(found), *at, found[-1]]


def markdown(results: Mapping[str, Any]) -> str:
    """The section of all sizes."""
    parts = [_NOTES]
    for size, result in results.items():
        parts += [f"### {int(size):,} documents", of_machine(result["machine"]), _told(result)]
        parts += [_by_kind(result), _over_time(result)]
    return "\n\n".join(parts)


def _told(result: Mapping[str, Any]) -> str:
    errors = result["errors"]
    found = f"{result['all'][0]:,} answers in {result['seconds'] / 60:.1f} minutes at"
    found += f" {result['rate']:g} requests a second; {result['published']} generations with"
    found += f" {result['added']:,} articles published; {sum(errors.values())} errors."
    return "\n\n".join([found, *(f"- {count} × {error}" for error, count in errors.items())])


def _by_kind(result: Mapping[str, Any]) -> str:
    named = {**result["kinds"], "all": result["all"], "while publishing": result["publishing"]}
    rows = [[kind, f"{n:,}", *map(in_words, times)] for kind, (n, *times) in named.items()]
    return table(["kind", "answers", "p50, ms", "p95, ms", "p99, ms", "worst, ms"], rows)


def _over_time(result: Mapping[str, Any]) -> str:
    rows = [
        [
            f"{step['until'] / 60:.2f}",
            step["generations"],
            *map(in_words, step["times"][1:]),
            step["errors"],
            f"{step['pss']:,.0f}",
            f"{step['private']:,.0f}",
        ]
        for step in result["steps"]
    ]
    head = ["until minute", "generations", "p50, ms", "p95, ms", "p99, ms", "worst, ms", "errors"]
    return table([*head, "memory, MiB", "of their own, MiB"], rows)


if __name__ == "__main__":
    main()
