"""What a benchmark prints and, when asked to, keeps in docs/benchmarks.md."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from benchmarks.corpus import CACHE, ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
_INTRODUCTION = """# Benchmarks

Each section is written by one command; run it again to have it for another machine. Figures of one
table were measured in one run, in turns, so that ratios hold where milliseconds do not: the
machine is a shared one.
"""
_BAR = 40


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; all columns but the first are numbers."""
    lines = [
        f"| {' | '.join(head)} |",
        f"| --- |{' ---: |' * (len(head) - 1)}",
        *(f"| {' | '.join(map(str, row))} |" for row in rows),
    ]
    return "\n".join(lines)


def bars(rows: Sequence[tuple[str, float]], unit: str) -> str:
    """A chart of text."""
    longest = max(value for _, value in rows)
    width = max(len(name) for name, _ in rows)
    lines = [
        f"{name:<{width}} {value:>10.2f} {unit} {'█' * max(1, round(value / longest * _BAR))}"
        for name, value in rows
    ]
    return "\n".join(["```text", *lines, "```"])


def of_machine(values: Mapping[str, str]) -> str:
    """The machine in a line."""
    return "; ".join(f"{name}: {value}" for name, value in values.items()) + "."


def kept(benchmark: str) -> dict[str, Any]:
    """The results of earlier runs, by size."""
    try:
        found: dict[str, Any] = orjson.loads(_file(benchmark).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    return found


def keep(benchmark: str, size: int, result: Mapping[str, Any]) -> dict[str, Any]:
    """Remember the result of a size; all that are known, the smallest first."""
    known = kept(benchmark) | {str(size): result}
    ordered = dict(sorted(known.items(), key=lambda pair: int(pair[0])))
    _file(benchmark).parent.mkdir(parents=True, exist_ok=True)
    _file(benchmark).write_bytes(orjson.dumps(ordered))
    return ordered


def concluded(
    benchmark: str,
    title: str,
    size: int,
    result: Mapping[str, Any],
    markdown: Callable[[Mapping[str, Any]], str],
    *,
    keep_it: bool,
    write_it: bool,
) -> None:
    """Print the result of a size. Where it is to be kept, remember it; where it is to be written
    too, put those of all sizes on the page."""
    # As it comes back from where it is kept.
    plain = orjson.loads(orjson.dumps(result))
    print(markdown({str(size): plain}))
    if keep_it:
        known = keep(benchmark, size, plain)
        if write_it:
            write(benchmark, title, markdown(known))


def write(benchmark: str, title: str, text: str) -> None:
    """Put a section between its marks on the page."""
    begin, end = f"<!-- {benchmark} -->", f"<!-- end of {benchmark} -->"
    section = f"{begin}\n## {title}\n\n{text}\n{end}"
    PAGE.parent.mkdir(exist_ok=True)
    page = PAGE.read_text("utf-8") if PAGE.is_file() else _INTRODUCTION
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if pattern.search(page):
        page = pattern.sub(lambda _: section, page)
    else:
        page = f"{page.rstrip()}\n\n{section}\n"
    PAGE.write_text(page, "utf-8")


def _file(benchmark: str) -> Path:
    return CACHE / "results" / f"{benchmark}.json"
