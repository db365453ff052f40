"""The texts of an article, analysed: what its document is found by and marked by."""

import struct
import zlib
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate, chain, pairwise
from typing import Any

import orjson

from index import spans
from index.analysis import Analyser, Analysis, Tokenised

_SEPARATOR = "\0"
_HEAD = struct.Struct("<I")
# Of the spans of a kept analysis: their length and sum.
_SPANS = struct.Struct("<II")
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

    @property
    def side_length(self) -> int:
        """How many side bigrams the text has."""
        return sum(self.side_frequencies)


class PackedFields(Mapping[str, FieldTerms]):
    """The terms of each text field in the bytes that the cache keeps, and that go to another
    process so: a thousand strings would take ten times as long. Unpacked where asked for."""

    def __init__(self, data: bytes, fields: Mapping[str, FieldTerms] | None = None) -> None:
        """``data``: what ``packed`` gave; ``fields``: the same, where it is there already."""
        self.data = data
        self._unpacked = fields

    def __getitem__(self, name: str) -> FieldTerms:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __reduce__(self) -> tuple[Any, ...]:
        return PackedFields, (self.data,)

    @property
    def _fields(self) -> Mapping[str, FieldTerms]:
        if self._unpacked is None:
            self._unpacked = unpacked(self.data)
        return self._unpacked


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
        PackedFields(packed({name: field_terms(one) for name, one in found.items()})),
        spans.encode([(texts[name], one.terms, one.runs) for name, one in found.items()]),
    )


def field_terms(analysis: Analysis) -> FieldTerms:
    """The postings of one analysed text."""
    positions = defaultdict[str, list[int]](list)
    for text, position in zip(analysis.terms.texts, analysis.terms.positions, strict=True):
        positions[text].append(position)
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


def packed(fields: Mapping[str, FieldTerms]) -> bytes:
    """The terms of text fields as bytes: a head of JSON, and the parts that it tells the lengths
    of."""
    rows = {name: _row(own) for name, own in fields.items()}
    head = orjson.dumps({name: [row[0], list(map(len, row[1:]))] for name, row in rows.items()})
    parts = [part for row in rows.values() for part in row[1:]]
    return b"".join((_HEAD.pack(len(head)), head, *parts))


def unpacked(data: bytes) -> dict[str, FieldTerms]:
    """What was packed. Raises struct.error, AttributeError, TypeError and ValueError."""
    place = _HEAD.size + _HEAD.unpack_from(data)[0]
    fields = {}
    for name, (length, sizes) in orjson.loads(data[_HEAD.size : place]).items():
        ends = list(accumulate(sizes, initial=place))
        fields[name] = _field(length, *(data[begin:end] for begin, end in pairwise(ends)))
        place = ends[-1]
    return fields


def dump(texts: AnalysedTexts) -> bytes:
    """Analysed texts as bytes, to be kept."""
    own = texts.fields
    fields = own.data if isinstance(own, PackedFields) else packed(own)
    # The spans are deflated already.
    spans = _SPANS.pack(len(texts.spans), zlib.crc32(texts.spans)) + texts.spans
    return spans + zlib.compress(fields, _LEVEL)


def load(data: bytes) -> AnalysedTexts | None:
    """What ``dump`` gave; None where it is damaged or from another version."""
    try:
        length, crc = _SPANS.unpack_from(data)
        begin = _SPANS.size + length
        spans, own = data[_SPANS.size : begin], zlib.decompress(data[begin:])
        fields = PackedFields(own, unpacked(own))
    except (zlib.error, struct.error, AttributeError, TypeError, ValueError):
        return None
    return AnalysedTexts(fields, spans) if zlib.crc32(spans) == crc else None


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
    values = numbers.tolist()
    with suppress(ValueError):
        return b"B" + bytes(values)
    kind = "H" if max(values) < 1 << 16 else "I"
    return kind.encode() + array(kind, values).tobytes()


def _wide(data: bytes) -> "array[int]":
    numbers = array("I")
    if data[:1] == b"I":
        numbers.frombytes(data[1:])
    else:
        numbers.fromlist(array(data[:1].decode(), data[1:]).tolist())
    return numbers
