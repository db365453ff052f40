"""The results of the comparison as Markdown, from what was kept of every size."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.report import bars, of_machine, table
from benchmarks.timing import Times, in_words

_OURS, _EMPTIED = "ours", "ours, caches empty"
_NOTES = """Every engine has the same documents and terms: title and body, cut into morphemes
beforehand, with spaces between for the others. Ten best hits, the exact total and, where it says
so, the counts of four facets (author, category, tag, month). Times are p50 / p95 over the queries
of a row in milliseconds, each the median of nine calls in turns (SQLite and Whoosh: of three, on
ten queries). Before any time is taken the totals of all engines, and the counts of category and
month, are compared: one difference ends the run. (For prefixes ours is left out of that: it finds
noun runs that begin with it too, and so does more.) "Caches empty" is ours with everything
forgotten before each call: it knows no term, list or phrase of an earlier query, while the others
keep what they keep. Tantivy's facets are a
second call, the only way that its binding offers. Plain Whoosh is asked up to the size that it can
be written in minutes, bm25s what it knows: ranked OR."""


def markdown(results: Mapping[str, Any]) -> str:
    """The section of all sizes."""
    parts = [_NOTES]
    if len(results) > 1:
        parts += ["### Growth", _growth(results)]
    for size, result in results.items():
        parts += [f"### {int(size):,} documents", of_machine(result["machine"])]
        parts += [part(result) for name, part in _PARTS.items() if result.get(name)]
    return "\n\n".join(parts)


def _times(result: Mapping[str, Any]) -> str:
    engines = list(dict.fromkeys(name for cell in result["cells"] for name in cell["times"]))
    rows = [
        [_label(cell), f"{cell['matches_median']:,.0f} / {cell['matches_most']:,}"]
        + [str(Times.of(cell["times"][e])) if e in cell["times"] else "" for e in engines]
        for cell in result["cells"]
    ]
    return table(["query", "matches, median / most", *engines], rows)


def _ratios(result: Mapping[str, Any]) -> str:
    engines = list(dict.fromkeys(name for cell in result["cells"] for name in cell["times"]))
    pairs = [
        (mine, other)
        for other in engines
        if not other.startswith(_OURS)
        for mine in engines
        if mine.startswith(_OURS) and (other.startswith("tantivy") or mine == _OURS)
    ]
    rows = [
        [_label(cell), *(_ratio(cell["times"], *pair) for pair in pairs)]
        for cell in result["cells"]
    ]
    head = ["mean of ours over mean of theirs", *(f"{mine} / {other}" for mine, other in pairs)]
    return table(head, rows)


def _ratio(times: Mapping[str, Sequence[float]], mine: str, other: str) -> str:
    if mine not in times or other not in times:
        return ""
    pairs = list(zip(times[mine], times[other], strict=False))
    ratio = sum(m for m, _ in pairs) / sum(o for _, o in pairs)
    return f"{ratio:.2f}" if ratio >= 0.1 else f"1/{1 / ratio:.0f}"


def _cold(result: Mapping[str, Any]) -> str:
    rows = [
        [
            f"{c['engine']}{', files dropped from memory' if c['dropped'] else ''}",
            *(in_words(c[name]) for name in ("imported", "opened", "first", "rss")),
        ]
        for c in result["cold"]
    ]
    head = [
        "fresh process (AND, four facets)",
        "import, ms",
        "open, ms",
        "first query, ms",
        "RSS, MiB",
    ]
    return table(head, rows)


def _service(result: Mapping[str, Any]) -> str:
    s = result["service"]
    new, again = Times(**s["new"]), Times(**s["again"])
    rows = [
        ["warm-up (Kiwi, index), ms", in_words(s["warm_up"])],
        ["first query after it, ms", in_words(s["first"])],
        ["queries new to the process, p50 / p95, ms", new],
        ["the same again, p50 / p95, ms", again],
        ["memory of its own after warm-up, MiB", in_words(s["private_before"])],
        ["memory of its own after all queries, MiB", in_words(s["private_after"])],
        ["RSS, mapped files among it, MiB", in_words(s["rss_after"])],
    ]
    return table([f"the whole search in process, {s['queries']} queries as typed", ""], rows)


def _sizes(result: Mapping[str, Any]) -> str:
    rows = [[kind, in_words(size)] for kind, size in result["sizes"].items()]
    searched = sum(s for k, s in result["sizes"].items() if k not in ("stored text", "spans"))
    rows.append(["searched: all but stored text and spans", in_words(searched)])
    rows += [[f"(whole index: {name})", in_words(s)] for name, s in result["disk"].items()]
    return table(["in the index", "MiB"], rows)


def _growth(results: Mapping[str, Any]) -> str:
    rows: list[tuple[str, float]] = []
    for size, result in results.items():
        for cell in result["cells"]:
            if (cell["kind"], cell["chosen"], cell["facets"]) == ("and", "common", True):
                rows += [
                    (f"{int(size):>9,} {name}", statistics.median(times))
                    for name, times in cell["times"].items()
                    if name == _OURS or name.startswith("tantivy (")
                ]
    return "AND of common words with four facets, p50:\n\n" + bars(rows, "ms")


def _label(cell: Mapping[str, Any]) -> str:
    return f"{cell['kind']}, {cell['chosen']} words{', 4 facets' if cell['facets'] else ''}"


_PARTS = {"cells": lambda result: f"{_times(result)}\n\n{_ratios(result)}"}
_PARTS |= {"cold": _cold, "service": _service, "sizes": _sizes}
