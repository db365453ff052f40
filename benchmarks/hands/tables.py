"""The tables of the benchmark."""

from collections.abc import Iterator, Mapping, Sequence

from benchmarks import report
from benchmarks.hands.repairs import Changed, Repaired
from benchmarks.hands.typing import Typing

_EXAMPLES = 5


def markdown(
    described: Mapping[str, str],
    repaired: Mapping[str, Sequence[Repaired]],
    changed: Mapping[str, Sequence[Changed]],
    typed: Sequence[Typing],
) -> str:
    """Everything that was measured."""
    parts = [report.of_machine(described)]
    if repaired:
        parts += ["### Queries with a slip", _repaired(repaired)]
        parts += ["### Right queries", _changed(changed), *_examples(changed)]
    if typed:
        parts += ["### Suggestions while typing", _typed(typed)]
    return "\n\n".join(parts)


def _repaired(found: Mapping[str, Sequence[Repaired]]) -> str:
    rows = [
        (name, r.slip, r.of, r.asked, *(_share(n, r.asked) for n in (r.run, r.offered, r.shown)))
        for name, own in found.items()
        for r in own
    ]
    head = ("set", "slip", "in", "asked", "run as meant", "offered", "first hit on the page")
    return report.table(head, rows)


def _changed(found: Mapping[str, Sequence[Changed]]) -> str:
    rows = [
        (name, c.of, c.asked, len(c.changed), _share(len(c.changed), c.asked, digits=2))
        for name, own in found.items()
        for c in own
    ]
    asked = sum(c.asked for own in found.values() for c in own)
    changed = sum(len(c.changed) for own in found.values() for c in own)
    rows.append(("all", "", asked, changed, _share(changed, asked, digits=3)))
    return report.table(("index of", "right", "asked", "changed", "share"), rows)


def _examples(found: Mapping[str, Sequence[Changed]]) -> Iterator[str]:
    pairs = [pair for own in found.values() for c in own for pair in c.changed[:_EXAMPLES]]
    if pairs:
        yield "Changed: " + ", ".join(f"{typed} → {run}" for typed, run in pairs) + "."


def _typed(found: Sequence[Typing]) -> str:
    rows = [
        (
            f"{t.documents:,}",
            f"{t.strokes:.0%}",
            f"{t.found:.1%}",
            f"{t.initials:.0%}",
            f"{t.other_mode:.0%}",
            t.one,
            t.two,
            f"{t.build:.1f}",
            f"{t.mebibytes:.0f}",
            f"{t.process:.0f}",
        )
        for t in found
    ]
    head = (
        *("articles", "strokes until shown", "shown at all", "by 초성", "in Latin mode"),
        *("CPU ms p50 / p95", "two words", "CPU s to build", "MiB", "MiB of the process"),
    )
    return report.table(head, rows)


def _share(some: int, asked: int, digits: int = 1) -> str:
    return f"{some / asked:.{digits}%}" if asked else "-"
