"""The texts of an article, analysed: what its document is found by and marked by."""

import struct
import zlib
from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate, chain, pairwise
from typing import Any

import numpy as np
import orjson

from index import spans
from index.analysis import Analyser, Analysis, Tokenised

_SEPARATOR = "\0"
_HEAD = struct.Struct("<I")
# More takes longer to deflate than it saves.
_LEVEL = 1


@dataclass(frozen=True, slots=True)
class FieldTerms:
    """What a text field of a document is found by.

    ``terms`` are the different morphemes with their ``frequencies``; ``positions`` has those of
    each one behind the other, ascending; ``length`` counts morphemes without extras. ``side``
    and ``runs`` are the different side bigrams (with theirs) and noun runs.
    """

    terms: tuple[str, ...]
    frequencies: "array[int]"
    positions: "array[int]"
    length: int
    side: tuple[str, ...]
    side_frequencies: "array[int]"
    runs: tuple[str, ...]

    def __reduce__(self) -> tuple[Any, ...]:
        """To another process as a few strings: a thousand small ones take ten times as long."""
        return _field, _row(self)

    @property
    def side_length(self) -> int:
        """How many side bigrams the text has."""
        return sum(self.side_frequencies)


@dataclass(frozen=True, slots=True)
class AnalysedTexts:
    """The terms of each text field, and where they stand (``index.spans``, fields in order)."""

    fields: Mapping[str, FieldTerms]
    spans: bytes


def analysed_texts(
    texts: Mapping[str, str], tokenised: Mapping[str, Tokenised], analyser: Analyser
) -> AnalysedTexts:
    """The text fields of an article, of what Kiwi made of each."""
    found = {name: analyser.analysis(own) for name, own in tokenised.items()}
    return AnalysedTexts(
        {name: field_terms(analysis) for name, analysis in found.items()},
        spans.encode([(texts[name], one.terms, one.runs) for name, one in found.items()]),
    )


def field_terms(analysis: Analysis) -> FieldTerms:
    """The postings of one analysed text."""
    positions: dict[str, list[int]] = {}
    for text, position in zip(analysis.terms.texts, analysis.terms.positions, strict=True):
        if text in positions:
            positions[text].append(position)
        else:
            positions[text] = [position]
    # An extra may stand before a morpheme of its name, and comes behind it.
    for text in analysis.terms.texts[analysis.terms.morphemes :]:
        positions[text].sort()
    side = Counter(analysis.side)
    return FieldTerms(
        terms=tuple(positions),
        # Of lists: an array takes those in a fifth of the time that it takes others.
        frequencies=array("I", list(map(len, positions.values()))),
        positions=array("I", list(chain.from_iterable(positions.values()))),
        length=analysis.terms.morphemes,
        side=tuple(side),
        side_frequencies=array("I", list(side.values())),
        runs=tuple(dict.fromkeys(analysis.runs.texts)),
    )


def analysis_key(texts: Mapping[str, str], stamp: str) -> bytes:
    """What names the analysis of these texts by the analyser with this stamp."""
    digest = blake2b(stamp.encode(), digest_size=16)
    for name, text in texts.items():
        digest.update(f"\0{name}\0{len(text)}\0{text}".encode())
    return digest.digest()


def dump(texts: AnalysedTexts) -> bytes:
    """Analysed texts as bytes, to be kept: a head of JSON, and the parts that it tells the lengths
    of, deflated."""
    rows = {name: _row(own) for name, own in texts.fields.items()}
    fields = {name: [row[0], list(map(len, row[1:]))] for name, row in rows.items()}
    parts = [part for row in rows.values() for part in row[1:]]
    head = orjson.dumps(fields)
    data = b"".join((_HEAD.pack(len(head)), head, *parts, texts.spans))
    return zlib.compress(data, _LEVEL)


def load(data: bytes) -> AnalysedTexts | None:
    """What ``dump`` gave; None where it is damaged or from another version."""
    try:
        raw = zlib.decompress(data)
        place = _HEAD.size + _HEAD.unpack_from(raw)[0]
        fields = {}
        for name, (length, sizes) in orjson.loads(raw[_HEAD.size : place]).items():
            ends = list(accumulate(sizes, initial=place))
            parts = [raw[begin:end] for begin, end in pairwise(ends)]
            fields[name] = _field(length, *parts)
            place = ends[-1]
        return AnalysedTexts(fields, raw[place:])
    except (zlib.error, struct.error, AttributeError, TypeError, ValueError):
        return None


def _row(own: FieldTerms) -> tuple[int, bytes, bytes, bytes, bytes, bytes, bytes]:
    return (
        own.length,
        _SEPARATOR.join(own.terms).encode(),
        _narrow(own.frequencies),
        _narrow(own.positions),
        _SEPARATOR.join(own.side).encode(),
        _narrow(own.side_frequencies),
        _SEPARATOR.join(own.runs).encode(),
    )


def _field(
    length: int,
    terms: bytes,
    frequencies: bytes,
    positions: bytes,
    side: bytes,
    side_frequencies: bytes,
    runs: bytes,
) -> FieldTerms:
    return FieldTerms(
        _split(terms),
        _wide(frequencies),
        _wide(positions),
        length,
        _split(side),
        _wide(side_frequencies),
        _split(runs),
    )


def _split(joined: bytes) -> tuple[str, ...]:
    return tuple(joined.decode().split(_SEPARATOR)) if joined else ()


def _narrow(numbers: "array[int]") -> bytes:
    """Numbers in as many bytes each as the largest takes, behind the letter of that type."""
    wide = np.array(numbers, np.uint32)
    largest = wide.max(initial=0)
    kind = "B" if largest < 1 << 8 else "H" if largest < 1 << 16 else "I"
    return kind.encode() + wide.astype(kind).tobytes()


def _wide(data: bytes) -> "array[int]":
    narrow = np.frombuffer(data, data[:1].decode(), offset=1) if len(data) > 1 else ()
    numbers = array("I")
    numbers.frombytes(np.array(narrow, np.uint32).tobytes())
    return numbers
