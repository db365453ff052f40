"""What the pieces of a text give to the three fields: terms, side bigrams, noun runs."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from index.extras import extras
from index.lexicon.longer import longer_words
from index.morphemes import Kind, Piece
from index.normalise import Normalised

RUN_KINDS = frozenset((Kind.NOUN, Kind.NUMBER, Kind.LATIN, Kind.HANJA))
_SIDE_PARTS = re.compile(r"[가-힣ㄱ-ㆎ㐀-鿿]+|[^가-힣ㄱ-ㆎ㐀-鿿]+")
_TWO_SYLLABLES = re.compile(r"[가-힣]{2}")
# Words come again and again; so many take some megabytes.
_KNOWN_STEMS = 1 << 15
_BIGRAM_SCRIPT = re.compile(r"[가-힣ㄱ-ㆎ㐀-鿿]")


class Term(NamedTuple):
    """A term of the morpheme field: its position, and the span it marks in the original text.

    ``extra`` terms share the position of another and do not count in the field length.
    """

    text: str
    position: int
    start: int
    end: int
    extra: bool = False


class Run(NamedTuple):
    """A maximal noun run (no space, no particle inside): a term of the run field. A modifier that
    is written together with nouns is a part of it: 전고체, 총자산."""

    text: str
    start: int
    end: int


def terms(found: Sequence[Piece], folded: Normalised) -> Iterator[Term]:
    """The terms of the morpheme field, extras behind the morphemes."""
    place = folded.original
    if folded.starts is None:
        for piece in found:
            yield Term(piece.text, piece.position, piece.start, piece.tail)
    else:
        for piece in found:
            yield Term(piece.text, piece.position, *place(piece.start, piece.tail))
    for extra in extras(found, folded.text):
        first = found[extra.first]
        yield Term(extra.text, first.position, *place(first.start, extra.end), extra=True)


def runs(found: Sequence[Piece], text: str) -> Iterator[Run]:
    """The noun runs of a text, with offsets into it."""
    run, start, end = "", -1, -1
    noun = False
    for piece in found:
        kind = piece.kind
        if kind is Kind.PREDICATE:
            continue
        if piece.start != end:
            if noun:
                yield Run(run, start, end)
            run, start, noun = "", piece.start, False
        # A number's term has lost its commas: 1,234 and 1234 give the same runs and bigrams.
        end = piece.end
        run += piece.text if kind is Kind.NUMBER else text[piece.start : end].lower()
        noun = noun or kind is not Kind.MODIFIER
    if noun:
        yield Run(run, start, end)


def run_contains(run: str, wanted: str) -> bool:
    """Whether ``wanted`` stands in a noun run, never inside a number or a Latin word of it.

    17일 is not in 117일, bet not in xpressbet, 전시 not in 대전시; 대학교 is in 세종대학교.
    """
    at = run.find(wanted)
    while at >= 0:
        if stands_at(run, at, wanted):
            return True
        at = run.find(wanted, at + 1)
    return False


def stands_at(run: str, at: int, wanted: str) -> bool:
    """The same of one place in a noun run, where ``wanted`` is known to stand."""
    end = at + len(wanted)
    return not (
        _joined(run[at - 1 : at], wanted[0])
        or _joined(wanted[-1], run[end : end + 1])
        or any(
            at >= place and run.startswith(longer, at - place)
            for longer, place in longer_words().get(wanted, ())
        )
    )


def side(found: Sequence[Piece], text: str) -> list[str]:
    """Bigrams of the characters that kept morphemes cover, word by word, and one bigram across
    each space between Hangul neighbours. Latin words, numbers and single syllables stay whole."""
    out: list[str] = []
    before, before_at = "", (-2, -1)
    for word, sentence, stem in _stems(found, text):
        across = before[-1:] + stem[0]
        if (word - 1, sentence) == before_at and _TWO_SYLLABLES.fullmatch(across):
            out.append(across)
        out += _bigrams(stem)
        before, before_at = stem, (word, sentence)
    return out


@lru_cache(maxsize=_KNOWN_STEMS)
def _bigrams(stem: str) -> tuple[str, ...]:
    out: list[str] = []
    for part in _SIDE_PARTS.findall(stem):
        if len(part) == 1 or not _BIGRAM_SCRIPT.match(part):
            out.append(part)
        else:
            out.extend(map("".join, pairwise(part)))
    return tuple(out)


def _stems(found: Sequence[Piece], text: str) -> Iterator[tuple[int, int, str]]:
    word, sentence, stem = -1, 0, ""
    for piece in found:
        if piece.word != word:
            if stem:
                yield word, sentence, stem
            word, sentence, stem = piece.word, piece.sentence, ""
        stem += piece.text if piece.kind is Kind.NUMBER else text[piece.start : piece.end].lower()
    if stem:
        yield word, sentence, stem


def _joined(before: str, after: str) -> bool:
    """Whether two neighbouring characters belong to one number or one Latin word."""
    if before.isdigit():
        return after.isdigit()
    return before.isascii() and after.isascii() and before.isalpha() and after.isalpha()
