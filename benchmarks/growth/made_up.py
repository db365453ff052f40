"""Articles of made-up words in any number: none is analysed, so that a million take minutes.

Words follow Mandelbrot's law (frequency ~ 1 / (rank + FLAT)), each drawn by itself; authors,
categories, tags and dates are as skewed as those of ``benchmarks.corpus``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.corpus import Draft, Sentence
from benchmarks.search.contender import Row
from benchmarks.tokens import BREAK
from index.analysis import Analysis
from index.array_file import ArrayFileWriter
from index.document import Document
from index.fields import NEVER, RUN_SUFFIX, SIDE_SUFFIX, TEXT_FIELDS
from index.postings import Postings
from index.segment_writer import ColumnsBuilder, finish, write_postings

Numbers = npt.NDArray[np.int64]

# Articles of a segment; what is smaller is one.
PIECE = 125_000
_WORDS = 200_000
_FLAT = 50
# Fewest and most words of a text.
_LENGTHS = {"title": (4, 12), "body": (60, 320)}
_AUTHORS, _CATEGORIES, _TAGS, _DAYS = 300, 12, 2000, 3980
_FIRST_DAY = datetime(2015, 1, 1, tzinfo=UTC)
_NOTHING = Sentence("", Analysis((), (), ()))
# As wide as the highest number, so that they sort like their numbers.
_NAMES = [f"w{number:06d}" for number in range(_WORDS)]
_ENCODED = [name.encode() for name in _NAMES]


@dataclass(frozen=True, slots=True)
class Text:
    """A field of some articles: the numbers of its words, and where those of each begin."""

    words: Numbers
    starts: Numbers

    def of(self, number: int) -> list[str]:
        """The words of one."""
        own = self.words[self.starts[number] : self.starts[number + 1]]
        return [_NAMES[word] for word in own.tolist()]

    def postings(self) -> Postings:
        """All of them in order of term and document."""
        lengths = np.diff(self.starts)
        documents = np.repeat(np.arange(len(lengths)), lengths)
        keys = self.words << 44 | documents << 20
        keys |= np.arange(len(documents)) - np.repeat(self.starts[:-1], lengths)
        keys.sort()
        pairs = keys >> 20
        begins = np.flatnonzero(np.diff(pairs, prepend=-1))
        terms = pairs[begins] >> 24
        first = np.flatnonzero(np.diff(terms, prepend=-1))
        return Postings(
            [_ENCODED[term] for term in terms[first].tolist()],
            np.append(first, len(terms)),
            pairs[begins] & 0xFFFFFF,
            np.diff(begins, append=len(keys)),
            (keys & 0xFFFFF).astype(np.uint32),
        )


@dataclass(frozen=True, slots=True)
class Piece:
    """Some articles, with the number of the first."""

    first: int
    texts: dict[str, Text]
    facets: Sequence[tuple[str, str, tuple[str, ...]]]
    seconds: Sequence[int]

    def draft(self, number: int) -> Draft:
        """One of them, without its text."""
        author, category, tags = self.facets[number]
        date = _FIRST_DAY + timedelta(seconds=self.seconds[number])
        nothing = (_NOTHING, _NOTHING, (_NOTHING,))
        return Draft(self.first + number, date, False, author, category, tags, *nothing)


def pieces(documents: int) -> Iterator[tuple[int, int]]:
    """Number of the first, and how many they are, of each piece of so many articles."""
    for first in range(0, documents, PIECE):
        yield first, min(PIECE, documents - first)


def piece(first: int, count: int) -> Piece:
    """The articles from ``first`` on; the same whenever they are asked for."""
    rng = np.random.default_rng((first, count))
    shares = np.cumsum(1 / (np.arange(_WORDS) + _FLAT))
    texts = {name: _text(rng, shares / shares[-1], count, *_LENGTHS[name]) for name in _LENGTHS}
    seconds = (rng.random(count) ** 0.7 * _DAYS * 86400).astype(np.int64).tolist()
    authors, categories = _skewed(rng, _AUTHORS, count), _skewed(rng, _CATEGORIES, count)
    tags = _skewed(rng, _TAGS, count * 5)
    most = rng.integers(1, 6, count).tolist()
    facets = [
        (
            f"기자{authors[i]}",
            f"분류{categories[i]}",
            tuple(sorted({f"태그{tag}" for tag in tags[i * 5 : i * 5 + most[i]]})),
        )
        for i in range(count)
    ]
    return Piece(first, texts, facets, seconds)


def rows(documents: int) -> Iterator[Row]:
    """For engines that take tokens."""
    for first, count in pieces(documents):
        own = piece(first, count)
        title, body = own.texts["title"], own.texts["body"]
        for i in range(count):
            tokens = [*title.of(i), BREAK, *body.of(i), BREAK]
            yield Row(first + i, tokens, own.draft(i))


def write_segment(path: Path, first: int, count: int) -> None:
    """A piece as a segment of ours: side and run fields are empty. Raises OSError."""
    own = piece(first, count)
    columns = ColumnsBuilder()
    for i in range(count):
        columns.add(_document(own.draft(i)))
    with ArrayFileWriter(path) as file:
        fields: dict[str, dict[str, bool]] = {}
        for name in TEXT_FIELDS:
            text = own.texts.get(name)
            lengths = np.zeros(count, np.uint32)
            found = _empty(positions=True)
            if text is not None:
                lengths, found = np.diff(text.starts).astype(np.uint32), text.postings()
            write_postings(file, fields, name, [found])
            file.write(f"{name}/lengths", lengths)
            write_postings(file, fields, name + SIDE_SUFFIX, [_empty(positions=False)])
            file.write(f"{name}{SIDE_SUFFIX}/lengths", np.zeros(count, np.uint32))
            runs = Postings([], np.zeros(1, np.int64), np.empty(0, np.int64))
            write_postings(file, fields, name + RUN_SUFFIX, [runs])
        columns.write(file)
        finish(file, fields, count)


def _text(
    rng: np.random.Generator, shares: npt.NDArray[np.float64], count: int, *most: int
) -> Text:
    starts = np.concatenate(([0], np.cumsum(rng.integers(*most, count))))
    return Text(np.searchsorted(shares, rng.random(starts[-1])), starts)


def _skewed(rng: np.random.Generator, values: int, count: int) -> list[int]:
    found: list[int] = (rng.random(count) ** 3 * values).astype(np.int64).tolist()
    return found


def _empty(*, positions: bool) -> Postings:
    none = np.empty(0, np.int64)
    return Postings([], np.zeros(1, np.int64), none, none, none if positions else None)


def _document(draft: Draft) -> Document:
    seconds, day = int(draft.date.timestamp()), draft.date
    return Document(
        id=draft.id,
        text={},
        facets={
            "author": (draft.author,),
            "category": (draft.category,),
            "tag": draft.tags,
            "year": (f"{day:%Y}",),
            "month": (f"{day:%Y-%m}",),
        },
        date=seconds,
        visible_from=seconds,
        visible_to=NEVER,
        withheld=0,
        record={"id": draft.id},
        spans=b"",
    )
