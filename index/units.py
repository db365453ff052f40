"""What the pieces of a query ask for: units with their alternatives."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.extras import Extra, extras
from index.morphemes import Piece, Pieces
from index.normalise import Normalised
from index.terms import RUN_KINDS, Run, runs

# What may hang on a word without being part of it.
PUNCTUATION = "\"'.,:;!?()[]{}<>…“”‘’「」『』《》·-"
_SHORT_WORD = 2
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing a query asks for: a morpheme, or a compound that swallows its pieces.

    ``terms`` are its alternatives with their weights, its own first. ``rescues`` are the strings
    of which one may meet it inside a noun run: its surface, its run, its word (each of two
    characters or more). Offsets are those of the query as it was given.
    """

    terms: tuple[tuple[str, float], ...]
    rescues: tuple[str, ...]
    position: int
    start: int
    end: int


def units(found: Pieces, folded: Normalised) -> list[Unit]:
    """The units of a query in order. The pieces of a number with its unit (3.5%) or of a model
    name (F-35A) give one unit together; readings of a hanja share its unit."""
    added = extras(found, folded.text)
    swallowed = {i for e in added if e.swallows for i in range(e.first, e.last)}
    builder = _Builder(found, folded)
    out = [builder.compound(e) for e in added if e.swallows]
    for i in range(len(found)):
        if i not in swallowed:
            out.append(builder.morpheme(i, [e for e in added if e.first <= i < e.last]))
    return sorted(out, key=lambda unit: unit.position)


class _Builder:
    def __init__(self, found: Pieces, folded: Normalised) -> None:
        self._found = found
        self._folded = folded
        self._runs = runs(found)
        words = list(_WORD.finditer(folded.text))
        self._words = [word[0].strip(PUNCTUATION).lower() for word in words]
        self._begins = [word.start() for word in words]

    def compound(self, extra: Extra) -> Unit:
        first = self._found[extra.first]
        return self._unit(((extra.text, extra.weight),), first, extra.end)

    def morpheme(self, i: int, others: Sequence[Extra]) -> Unit:
        piece = self._found[i]
        own = ((piece.text, 1.0), *((e.text, e.weight) for e in others))
        return self._unit(own, piece, piece.end, piece.tail)

    def _unit(
        self, terms: tuple[tuple[str, float], ...], piece: Piece, end: int, tail: int = 0
    ) -> Unit:
        if piece.kind in RUN_KINDS:
            rescues = tuple(self._rescues(piece, end))
        else:
            # A name that Kiwi does not know may come apart into anything (벨몬트: 벨 몬 트다), and
            # a noun made of a verb into the verb (끝내기): the word as a whole. Shorter ones are
            # too often a part of another (간다 of 우간다).
            rescues = tuple(w for w in (self._word(piece),) if len(w) > _SHORT_WORD)
        place = self._folded.original(piece.start, tail or end)
        return Unit(terms, rescues, piece.position, *place)

    def _rescues(self, piece: Piece, end: int) -> Iterator[str]:
        surface = self._folded.text[piece.start : end].replace(",", "").lower()
        run = next((r for r in self._runs if r.start <= piece.start < r.end), Run("", 0, 0))
        word = self._word(piece)
        # A unit that ends with a symbol (3.5%) is in no run: its number alone must not meet it.
        wider = (run.text, word) if end <= run.end else ()
        yield from dict.fromkeys(s for s in (surface, *wider) if len(s) > 1)

    def _word(self, piece: Piece) -> str:
        # Not by its number: each sentence numbers its words anew.
        return self._words[bisect_right(self._begins, piece.start) - 1]
