"""``python -m benchmarks.search``: our engine beside others, on the same terms."""

import gc
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import click

from benchmarks import report
from benchmarks.corpus import sentences
from benchmarks.machine import machine
from benchmarks.queries import SETS, Draw
from benchmarks.search import indexes, sizes
from benchmarks.search.cold import cold
from benchmarks.search.compare import Cell, DifferentAnswersError, Sizes, compare
from benchmarks.search.contender import Contender, Rival
from benchmarks.search.indexes import Corpus
from benchmarks.search.service import service, typed_queries
from benchmarks.search.tables import markdown
from benchmarks.search.with_bm25s import Bm25sRival
from benchmarks.search.with_fts5 import Fts5Rival
from benchmarks.search.with_tantivy import TantivyRival
from benchmarks.search.with_whoosh import WhooshRival
from benchmarks.tokens import Tokens

_PARTS = ("compare", "cold", "service", "sizes")
_RIVALS = ("tantivy", "tantivy-10", "fts5", "bm25s", "whoosh")
_SMOKE_DOCUMENTS, _SMOKE_SENTENCES = 300, 300
_SAMPLE = 3000
_TYPED = 200


@click.command()
@click.option("--documents", multiple=True, type=click.IntRange(10), help="Sizes; default 10000.")
@click.option("--smoke", is_flag=True, help="A size that takes seconds, to see that all works.")
@click.option("--write", is_flag=True, help="Keep the result in docs/benchmarks.md.")
@click.option("--only", multiple=True, type=click.Choice(_PARTS), help="These parts alone.")
@click.option("--rival", "rivals", multiple=True, type=click.Choice(_RIVALS), help="These alone.")
@click.option("--index", type=click.Path(path_type=Path), help="Our index of these documents.")
@click.option("--whoosh-documents", default=10_000, show_default=True, help="Most for Whoosh.")
def main(
    documents: tuple[int, ...],
    smoke: bool,
    write: bool,
    only: tuple[str, ...],
    rivals: tuple[str, ...],
    index: Path | None,
    whoosh_documents: int,
) -> None:
    """Compare, and print tables. Indexes are kept in .bench (BENCH_CACHE)."""
    source = sentences(_SMOKE_SENTENCES if smoke else None)
    tokens = Tokens(source)
    for size in (_SMOKE_DOCUMENTS,) if smoke else documents or (10_000,):
        chosen = [r for r in rivals or _RIVALS if r != "whoosh" or size <= whoosh_documents]
        run = _Run(Corpus(size, source, tokens), index, chosen, smoke=smoke)
        result = run.result(only or _PARTS)
        report.concluded(
            "search", "Searching", size, result, markdown, keep_it=not smoke, write_it=write
        )


class _Run:
    """One size."""

    def __init__(
        self, corpus: Corpus, given: Path | None, rivals: list[str], *, smoke: bool
    ) -> None:
        self._corpus = corpus
        self._rivals = [_rival(name, corpus.documents) for name in rivals]
        self._smoke = smoke
        self._index = indexes.our_index(corpus, given, _say)
        self._folders: dict[str, Path] = {"ours": self._index}

    def result(self, parts: tuple[str, ...]) -> dict[str, Any]:
        """Everything that was asked for."""
        result: dict[str, Any] = {"machine": machine()}
        opened = self._opened()
        if "compare" in parts:
            result["cells"] = self._compared(opened)
        # What this process has mapped, the kernel would not drop.
        del opened
        gc.collect()
        if "cold" in parts:
            result["cold"] = self._cold()
        if "service" in parts:
            queries = typed_queries(
                self._corpus.source, self._corpus.documents, 20 if self._smoke else _TYPED
            )
            result["service"] = service(self._index, queries)
        if "sizes" in parts:
            result["sizes"] = sizes.sizes(self._index)
            result["disk"] = {name: _mebibytes(folder) for name, folder in self._folders.items()}
        return result

    def _opened(self) -> list[Contender]:
        found = []
        for rival in self._rivals:
            contender, self._folders[rival.name] = indexes.opened(self._corpus, rival, _say)
            found.append(contender)
        return found

    def _compared(self, rivals: list[Contender]) -> list[Cell]:
        in_ten = indexes.our_segmented_index(self._corpus, _say)
        contenders: list[Contender] = [
            indexes.ours("ours", self._index),
            indexes.ours(f"ours, {indexes.SEGMENTS} seg.", in_ten),
            *rivals,
        ]
        emptied = indexes.ours("ours, caches empty", self._index)
        sample = [row.tokens for row in islice(self._corpus.rows(), _SAMPLE)]
        draw = Draw(sample, self._corpus.tokens.extras)
        counts = Sizes(**dict.fromkeys(SETS, 2)) if self._smoke else Sizes()
        try:
            return compare(contenders, emptied, draw, counts, _say)
        except DifferentAnswersError as error:
            raise click.ClickException(f"the engines disagree: {error}") from error

    def _cold(self) -> list[Any]:
        sample = [row.tokens for row in islice(self._corpus.rows(), _SAMPLE)]
        asked = Draw(sample, self._corpus.tokens.extras).queries("and", "common", 1)[0]
        able = [name for name in ("ours", "tantivy", "fts5", "whoosh") if name in self._folders]
        return [
            cold(
                name,
                self._folders[name],
                asked.words,
                dropped=dropped,
                runs=1 if self._smoke else 5,
            )
            for name in able
            for dropped in (False, True)
        ]


def _rival(name: str, documents: int) -> Rival:
    makers: dict[str, Callable[[], Rival]] = {
        "tantivy": TantivyRival,
        "tantivy-10": lambda: TantivyRival(indexes.SEGMENTS, documents),
        "fts5": Fts5Rival,
        "bm25s": Bm25sRival,
        "whoosh": WhooshRival,
    }
    return makers[name]()


def _mebibytes(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 2**20


def _say(text: str) -> None:
    click.echo(text, err=True)


if __name__ == "__main__":
    main()
