"""The results as Markdown."""

from collections.abc import Mapping, Sequence

from benchmarks import report
from benchmarks.relevance.measures import Difference, Run, half_width

_HEAD = ("", "nDCG@10", "±", "MRR@10", "hit@1", "no result", "ms p50 / p95")
_NOTE = """The documents are articles without title and date, their text the body. *Ranking alone*
orders every document that holds any scored term; *first page* is what the API answers: `hits`,
then `also`. One configuration for all sets. A query without a result counts 0. ± is half of the
95 % interval by bootstrap over queries: two values nearer than that are not told apart by this
set. The others rank by any term of the query. Times are without facets and highlights."""
_TITLES = {
    "kq": "questions on encyclopedia paragraphs (KorQuAD 1.0)",
    "ar": "questions on business documents (AutoRAG)",
    "ms": "web queries, machine-translated (MS MARCO)",
    "ms, at most two words": "those of the queries that are nearest to a search box",
}


def markdown(
    machine: Mapping[str, str], runs: Mapping[str, Sequence[Run]], sizes: Mapping[str, int]
) -> str:
    """All sets, a table each."""
    parts = [_NOTE, report.of_machine(machine)]
    for name, own in runs.items():
        queries = len(own[0].ranked)
        parts.append(f"### {name}: {_TITLES[name]}")
        parts.append(f"{sizes[name]:,} documents, {queries:,} queries.")
        parts.append(report.table(_HEAD, [_row(run) for run in own]))
    return "\n\n".join(parts)


def compared(runs: Mapping[str, Sequence[Run]], before: Mapping[str, Sequence[Run]]) -> str:
    """Differences from an earlier run, query by query."""
    rows = []
    for name, own in runs.items():
        old = {run.name: run for run in before.get(name, ())}
        for run in own:
            if run.name in old:
                found = Difference.of(run.ndcg, old[run.name].ndcg)
                sure = "yes" if abs(found.mean) > found.half_width else ""
                mean, width = f"{found.mean:+.4f}", f"{found.half_width:.4f}"
                rows.append((f"{name}: {run.name}", mean, width, found.better, found.worse, sure))
    return report.table(("nDCG@10", "difference", "±", "better", "worse", "sure"), rows)


def _row(run: Run) -> tuple[str, ...]:
    return (
        run.name,
        f"{run.ndcg.mean():.4f}",
        f"{half_width(run.ndcg):.4f}",
        f"{run.reciprocal_rank.mean():.4f}",
        f"{run.first.mean():.4f}",
        f"{run.empty:.2%}",
        str(run.times),
    )
