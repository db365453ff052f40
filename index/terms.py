"""What the pieces of a text give to the three fields: terms, side bigrams, noun runs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from typing import Any, NamedTuple

from index.extras import extras
from index.lexicon.longer import longer_words
from index.morphemes import HANJA, LATIN, MODIFIER, NOUN, NUMBER, PREDICATE, Pieces
from index.normalise import Normalised

RUN_KINDS = frozenset((NOUN, NUMBER, LATIN, HANJA))
_SIDE_PARTS = re.compile(r"[가-힣ㄱ-ㆎ㐀-鿿]+|[^가-힣ㄱ-ㆎ㐀-鿿]+")
_SYLLABLES = re.compile("[가-힣]+")
# Words come again and again; so many take some megabytes.
_KNOWN_STEMS = 1 << 15
_BIGRAM_SCRIPT = re.compile(r"[가-힣ㄱ-ㆎ㐀-鿿]")
# Behind the last word.
_NO_WORD = (("", -2, -2),)


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


@dataclass(frozen=True, slots=True)
class Runs(Sequence[Run]):
    """The noun runs of a text in order, by column."""

    texts: list[str]
    starts: list[int]
    ends: list[int]

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return Runs(self.texts[i], self.starts[i], self.ends[i])
        return Run(self.texts[i], self.starts[i], self.ends[i])


@dataclass(frozen=True, slots=True)
class Terms(Sequence[Term]):
    """The terms of a text by column: ``morphemes`` of them, and extras behind these."""

    texts: list[str]
    positions: list[int]
    starts: list[int]
    ends: list[int]
    morphemes: int

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return [self[k] for k in range(*i.indices(len(self)))]
        extra = range(len(self))[i] >= self.morphemes
        return Term(self.texts[i], self.positions[i], self.starts[i], self.ends[i], extra)


def terms(found: Pieces, folded: Normalised) -> Terms:
    """The terms of the morpheme field, with their places in the text as it was given."""
    added = extras(found, folded.text)
    firsts = [extra.first for extra in added]
    texts = [*found.texts, *(extra.text for extra in added)]
    positions = [*found.positions, *map(found.positions.__getitem__, firsts)]
    starts = [*found.starts, *map(found.starts.__getitem__, firsts)]
    ends = [*found.tails, *(extra.end for extra in added)]
    return Terms(texts, positions, *folded.originals(starts, ends), len(found))


def runs(found: Pieces) -> Runs:
    """The noun runs, with their places in the normalised text."""
    texts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    run, begun, end, noun = "", -1, -1, False
    for kind, start, last, surface in zip(
        found.kinds, found.starts, found.ends, found.surfaces, strict=True
    ):
        if kind is PREDICATE:
            continue
        if start != end:
            if noun:
                texts.append(run)
                starts.append(begun)
                ends.append(end)
            run, begun, noun = surface, start, kind is not MODIFIER
        else:
            run += surface
            noun = noun or kind is not MODIFIER
        end = last
    if noun:
        texts.append(run)
        starts.append(begun)
        ends.append(end)
    return Runs(texts, starts, ends)


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


def is_plain(text: str) -> bool:
    """Whether every noun run with ``text`` somewhere in it contains it: syllables have no joints
    to look at."""
    return bool(_SYLLABLES.fullmatch(text)) and text not in longer_words()


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


def side(found: Pieces) -> list[str]:
    """Bigrams of the characters that kept morphemes cover, word by word, and one bigram across
    each space between Hangul neighbours. Latin words, numbers and single syllables stay whole."""
    out: list[str] = []
    word, sentence, stem, before = -1, -1, "", ""
    rows = zip(found.surfaces, found.words, found.sentences, strict=True)
    for surface, its_word, its_sentence in chain(rows, _NO_WORD):
        # Each sentence numbers its words anew.
        if its_word == word and its_sentence == sentence:
            stem += surface
            continue
        first, last, bigrams = _side_of(stem)
        if before and first:
            out.append(before + first)
        out += bigrams
        before = last if its_word == word + 1 and its_sentence == sentence else ""
        word, sentence, stem = its_word, its_sentence, surface
    return out


@lru_cache(maxsize=_KNOWN_STEMS)
def _side_of(stem: str) -> tuple[str, str, tuple[str, ...]]:
    """Its first and its last syllable (empty where it has none there), and its bigrams."""
    out: list[str] = []
    for part in _SIDE_PARTS.findall(stem):
        if len(part) == 1 or not _BIGRAM_SCRIPT.match(part):
            out.append(part)
        else:
            out.extend(map("".join, pairwise(part)))
    first, last = (end if "가" <= end <= "힣" else "" for end in (stem[:1], stem[-1:]))
    return first, last, tuple(out)


def _joined(before: str, after: str) -> bool:
    """Whether two neighbouring characters belong to one number or one Latin word."""
    if before.isdigit():
        return after.isdigit()
    return before.isascii() and after.isascii() and before.isalpha() and after.isalpha()
