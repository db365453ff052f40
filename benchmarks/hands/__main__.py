"""``python -m benchmarks.hands``: what helps a query, and whether it ever harms one."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from benchmarks import report
from benchmarks.corpus import sentences
from benchmarks.hands import tables
from benchmarks.hands.repairs import Changed, Hands, Repaired, some
from benchmarks.hands.typing import Typing, typing
from benchmarks.machine import machine
from benchmarks.relevance import ours, sets
from benchmarks.search import indexes
from benchmarks.tokens import Tokens

_BROKEN, _RIGHT_WORDS, _TYPED = 300, 2000, 400
_SMOKE_DOCUMENTS, _SMOKE_SENTENCES, _SMOKE_COUNT = 300, 300, 10


@click.command()
@click.option("--sets", "names", default=",".join(sets.NAMES), show_default=True)
@click.option("--documents", multiple=True, type=click.IntRange(10), help="Sizes; default 10000.")
@click.option("--index", "given", multiple=True, type=click.Path(path_type=Path), help="As well.")
@click.option("--smoke", is_flag=True, help="A size that takes seconds, to see that all works.")
@click.option("--write", is_flag=True, help="Put the result into docs/benchmarks.md.")
def main(
    names: str, documents: tuple[int, ...], given: tuple[Path, ...], smoke: bool, write: bool
) -> None:
    """Measure, and print tables. Indexes are kept in .bench (BENCH_CACHE)."""
    described = machine()
    repaired, changed = _corrections(names.split(",") if names else [], smoke=smoke)
    typed = list(_typing(documents, given, smoke=smoke))
    text = tables.markdown(described, repaired, changed, typed)
    print(text)
    if write and not smoke:
        report.write("hands", "Helping hands", text)


def _corrections(
    names: Sequence[str], *, smoke: bool
) -> tuple[dict[str, list[Repaired]], dict[str, list[Changed]]]:
    """By set: what is repaired; which right queries and words, its own and others', are changed."""
    judged = {name: found for name in names if (found := sets.load(name, smoke=smoke))}
    for name in set(names) - set(judged):
        _say(f"{name}: skipped, {sets.FOLDER} has no {name}.json; name it in BENCH_SHARED")
    hands = {name: Hands(name, ours.our_index(one, _say)) for name, one in judged.items()}
    queries = {name: [query.text for query in one.queries] for name, one in judged.items()}
    repaired, changed = {}, {}
    for name, hand in hands.items():
        _say(f"{name}: slips and right queries")
        repaired[name] = hand.repaired(queries[name], _SMOKE_COUNT if smoke else _BROKEN)
        others = [other for other in hands if other != name]
        known = frozenset(hand.words)
        words = [w for other in others for w in hands[other].words if w not in known]
        changed[name] = [
            hand.changed("its own queries", queries[name]),
            hand.changed("queries of the other sets", (q for o in others for q in queries[o])),
            hand.changed("words that only the others have", some(words, _RIGHT_WORDS)),
        ]
    return repaired, changed


def _typing(documents: Sequence[int], given: Sequence[Path], *, smoke: bool) -> Iterator[Typing]:
    count = _SMOKE_COUNT if smoke else _TYPED
    built = (_SMOKE_DOCUMENTS,) if smoke else documents or (() if given else (10_000,))
    if built:
        source = sentences(_SMOKE_SENTENCES if smoke else None)
        tokens = Tokens(source)
        for size in built:
            corpus = indexes.Corpus(size, source, tokens)
            yield typing(indexes.our_index(corpus, None, _say), count)
    for folder in given:
        yield typing(folder, count)


def _say(text: str) -> None:
    click.echo(text, err=True)


if __name__ == "__main__":
    main()
