"""Vocabularies and postings of a segment as Whoosh reads them."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any

from index import whoosh_api
from index.gaps import Numbers
from index.postings import Field
from index.segment import MORPHEME_FIELDS, RUN_FIELDS, SCORED_FIELDS, Segment

_FIELDS = tuple(sorted((*SCORED_FIELDS, *RUN_FIELDS)))


class ArrayTermsReader(whoosh_api.TermsReader):
    """Vocabularies and postings."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment
        self._fields = {name: segment.field(name) for name in _FIELDS}

    def __contains__(self, term: tuple[str, bytes]) -> bool:
        name, text = term
        return name in self._fields and self._fields[name].number(text) >= 0

    def indexed_field_names(self) -> Sequence[str]:
        """See TermsReader."""
        return _FIELDS

    def cursor(self, fieldname: str, fieldobj: Any) -> "ArrayCursor":
        """See TermsReader."""
        return ArrayCursor(self, fieldname, self._fields[fieldname])

    def terms(self) -> Iterator[tuple[str, bytes]]:
        """See TermsReader."""
        return self.terms_from(_FIELDS[0], b"")

    def terms_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[str, bytes]]:
        """See TermsReader: the rest of this field, then the fields behind it."""
        for name in _FIELDS[bisect_left(_FIELDS, fieldname) :]:
            field = self._fields[name]
            for number in range(field.place(prefix) if name == fieldname else 0, field.terms):
                yield name, field.term(number)

    def items(self) -> Iterator[tuple[tuple[str, bytes], Any]]:
        """See TermsReader."""
        return self.items_from(_FIELDS[0], b"")

    def items_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[tuple[str, bytes], Any]]:
        """See TermsReader."""
        for term in self.terms_from(fieldname, prefix):
            yield term, self.term_info(*term)

    def term_info(self, fieldname: str, text: bytes) -> Any:
        """See TermsReader. Raises KeyError."""
        return self.info_of(fieldname, self._number(fieldname, text))

    def info_of(self, fieldname: str, number: int) -> Any:
        """What Whoosh's scorers ask of a term; deleted documents count, as everywhere in Whoosh."""
        field = self._fields[fieldname]
        documents = field.documents(number)
        count, first, last = len(documents), int(documents[0]), int(documents[-1])
        if fieldname not in SCORED_FIELDS:
            return whoosh_api.TermInfo(float(count), count, 1, 1, 1.0, first, last)
        frequencies = field.frequencies(number)
        lengths = self._segment.lengths(fieldname)[documents]
        return whoosh_api.TermInfo(
            float(frequencies.sum()),
            count,
            int(lengths.min()),
            int(lengths.max()),
            float(frequencies.max()),
            first,
            last,
        )

    def frequency(self, fieldname: str, text: bytes) -> float:
        """See TermsReader. Raises KeyError."""
        weight: float = self.term_info(fieldname, text).weight()
        return weight

    def doc_frequency(self, fieldname: str, text: bytes) -> int:
        """See TermsReader. Raises KeyError."""
        return self._fields[fieldname].frequency(self._number(fieldname, text))

    def matcher(
        self, fieldname: str, text: bytes, format_: Any, scorer: Any = None
    ) -> "ArrayMatcher":
        """See TermsReader. Raises KeyError."""
        number = self._number(fieldname, text)
        postings = TermPostings(self._fields[fieldname], number, fieldname)
        info = self.info_of(fieldname, number)
        return ArrayMatcher((fieldname, text), postings, info, format_, scorer)

    def _number(self, fieldname: str, text: bytes) -> int:
        number = self._fields[fieldname].number(text) if fieldname in self._fields else -1
        if number < 0:
            raise KeyError((fieldname, text))
        return number


class TermPostings:
    """The postings of a term as lists: Whoosh takes them one by one."""

    def __init__(self, field: Field, number: int, name: str) -> None:
        self.documents: list[int] = field.documents(number).tolist()
        self.frequencies = [1] * len(self.documents)
        if name in SCORED_FIELDS:
            self.frequencies = field.frequencies(number).tolist()
        self._positions: tuple[Numbers, Any] | None = None
        if name in MORPHEME_FIELDS:
            self._positions = field.positions(number)

    def value(self, place: int, format_: Any) -> bytes:
        """What the format of the field keeps of a posting."""
        if self._positions is not None:
            starts, positions = self._positions
            found: bytes = format_.encode(positions[starts[place] : starts[place + 1]].tolist())
            return found
        encoded: bytes = format_.encode(self.frequencies[place])
        return encoded


class ArrayMatcher(whoosh_api.LeafMatcher):
    """Walks the postings of a term; all of them are one block."""

    def __init__(
        self, term: tuple[str, bytes], postings: TermPostings, info: Any, format_: Any, scorer: Any
    ) -> None:
        self._term = term
        self._postings = postings
        self._documents = postings.documents
        self._info = info
        self.format = format_
        self.scorer = scorer
        self._place = 0

    def is_active(self) -> bool:
        """See Matcher."""
        return self._place < len(self._documents)

    def reset(self) -> None:
        """See Matcher."""
        self._place = 0

    def copy(self) -> "ArrayMatcher":
        """See Matcher."""
        other = ArrayMatcher(self._term, self._postings, self._info, self.format, self.scorer)
        other._place = self._place
        return other

    def id(self) -> int:
        """See Matcher."""
        return self._documents[self._place]

    def next(self) -> None:
        """See Matcher."""
        if not self.is_active():
            raise whoosh_api.ReadTooFar
        self._place += 1

    def skip_to(self, id: int) -> None:
        """See Matcher."""
        if not self.is_active():
            raise whoosh_api.ReadTooFar
        self._place = bisect_left(self._documents, id, lo=self._place)

    def skip_to_quality(self, minquality: float) -> int:
        """See Matcher."""
        if self.block_quality() > minquality:
            return 0
        self._place = len(self._documents)
        return 1

    def all_ids(self) -> Iterator[int]:
        """See Matcher."""
        return iter(self._documents)

    def weight(self) -> float:
        """See Matcher."""
        return float(self._postings.frequencies[self._place])

    def value(self) -> bytes:
        """See Matcher."""
        return self._postings.value(self._place, self.format)

    def block_max_weight(self) -> float:
        """The highest frequency."""
        weight: float = self._info.max_weight()
        return weight

    def block_min_length(self) -> int:
        """The shortest field with the term."""
        length: int = self._info.min_length()
        return length

    def block_max_length(self) -> int:
        """The longest field with the term."""
        length: int = self._info.max_length()
        return length


class ArrayCursor(whoosh_api.FieldCursor):
    """Walks the vocabulary of a field."""

    def __init__(self, reader: ArrayTermsReader, name: str, field: Field) -> None:
        self._reader = reader
        self._name = name
        self._field = field
        self._number = 0

    def first(self) -> str | None:
        """See FieldCursor; like ``find`` and ``next`` it returns the term, None at the end."""
        self._number = 0
        return self.text()

    def find(self, string: str | bytes) -> str | None:
        """See FieldCursor: the first term from ``string`` on."""
        self._number = self._field.place(string.encode() if isinstance(string, str) else string)
        return self.text()

    def next(self) -> str | None:
        """See FieldCursor."""
        self._number = min(self._number + 1, self._field.terms)
        return self.text()

    def term(self) -> str | None:
        """See FieldCursor."""
        return self.text()

    def text(self) -> str | None:
        """The term; Whoosh asks by both names."""
        return self._field.term(self._number).decode() if self.is_valid() else None

    def term_info(self) -> Any:
        """What is known of the term; None at the end."""
        return self._reader.info_of(self._name, self._number) if self.is_valid() else None

    def is_valid(self) -> bool:
        """Whether the cursor stands on a term."""
        return self._number < self._field.terms
