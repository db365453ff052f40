"""The texts of an article, analysed: what its document is found by and marked by."""

import zlib
from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import orjson

from index import spans
from index.analysis import Analyser, Analysis

_SEPARATOR = "\0"


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


@dataclass(frozen=True, slots=True)
class AnalysedTexts:
    """The terms of each text field, and where they stand (``index.spans``, fields in order)."""

    fields: Mapping[str, FieldTerms]
    spans: bytes


def analyse_texts(texts: Mapping[str, str], analyser: Analyser) -> AnalysedTexts:
    """Analyse the text fields of an article."""
    found = {name: analyser.analyse(text) for name, text in texts.items()}
    return AnalysedTexts(
        {name: field_terms(analysis) for name, analysis in found.items()},
        spans.encode(
            [
                (texts[name], analysis.terms, [(run.start, run.end) for run in analysis.runs])
                for name, analysis in found.items()
            ]
        ),
    )


def field_terms(analysis: Analysis) -> FieldTerms:
    """The postings of one analysed text."""
    positions: dict[str, list[int]] = {}
    for term in analysis.terms:
        positions.setdefault(term.text, []).append(term.position)
    side = Counter(analysis.side)
    return FieldTerms(
        terms=tuple(positions),
        frequencies=array("I", map(len, positions.values())),
        positions=array("I", [p for found in positions.values() for p in sorted(found)]),
        length=sum(not term.extra for term in analysis.terms),
        side=tuple(side),
        side_frequencies=array("I", side.values()),
        runs=tuple({run.text: None for run in analysis.runs}),
    )


def analysis_key(texts: Mapping[str, str], stamp: str) -> bytes:
    """What names the analysis of these texts by the analyser with this stamp."""
    digest = blake2b(stamp.encode(), digest_size=16)
    for name, text in texts.items():
        digest.update(f"\0{name}\0{len(text)}\0{text}".encode())
    return digest.digest()


def dump(texts: AnalysedTexts) -> bytes:
    """Analysed texts as bytes, to be kept."""
    fields = {name: _row(own) for name, own in texts.fields.items()}
    return zlib.compress(orjson.dumps({"fields": fields, "spans": texts.spans.hex()}), 3)


def load(data: bytes) -> AnalysedTexts | None:
    """What ``dump`` gave; None where it is damaged."""
    try:
        values = orjson.loads(zlib.decompress(data))
        fields = {name: _field(row) for name, row in values["fields"].items()}
        return AnalysedTexts(fields, bytes.fromhex(values["spans"]))
    except (zlib.error, orjson.JSONDecodeError, KeyError, TypeError, ValueError, OverflowError):
        return None


def _row(own: FieldTerms) -> list[Any]:
    return [
        _SEPARATOR.join(own.terms),
        own.frequencies.tolist(),
        own.positions.tolist(),
        own.length,
        _SEPARATOR.join(own.side),
        own.side_frequencies.tolist(),
        _SEPARATOR.join(own.runs),
    ]


def _field(row: list[Any]) -> FieldTerms:
    terms, frequencies, positions, length, side, side_frequencies, runs = row
    return FieldTerms(
        _split(terms),
        array("I", frequencies),
        array("I", positions),
        int(length),
        _split(side),
        array("I", side_frequencies),
        _split(runs),
    )


def _split(joined: str) -> tuple[str, ...]:
    return tuple(joined.split(_SEPARATOR)) if joined else ()
