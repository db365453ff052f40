"""What several terms are worth in a few documents: the postings of a field are read together."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from index.fields import FIELD_WEIGHT, RUN_SUFFIX, TEXT_FIELDS
from index.postings import Field
from search.docsets import Numbers, Sought
from search.ranking import LEADS, Floats
from search.term import Term
from search.term_lists import RunsWithin

# The suffix of the kind of field that a term is of, and where it stands, by text field.
Asked = tuple[str, Sequence[tuple[str, Term | RunsWithin]]]
# A term and the place of its row among all values.
_Row = tuple[int, Term | RunsWithin]


def weighted_in(terms: Sequence[Asked], sought: Sought, norms: Mapping[str, Floats]) -> Floats:
    """The weighted frequencies (see ``ranking``), in a row for each term and a column for each of
    the documents ``sought``. ``norms`` by field, for every document there is."""
    numbers = sought.numbers
    rows = np.zeros((len(terms), len(numbers)), np.float32)
    values = rows.reshape(-1)
    fields: dict[tuple[str, str], list[_Row]] = defaultdict(list)
    for row, (suffix, parts) in enumerate(terms):
        for field, term in parts:
            fields[field, suffix].append((row * len(numbers), term))
    # A sum of floats depends on the order, which is that of the fields.
    for (field, suffix), found in sorted(fields.items(), key=_field_first):
        if suffix.startswith(RUN_SUFFIX):
            at = np.concatenate([term.located(sought)[1] + base for base, term in found])
            values[at] += np.float32(FIELD_WEIGHT[field])
            continue
        for own, (postings, there, at) in _by_segment(found, sought).items():
            weighted: Floats = norms[field + suffix].take(numbers.take(there))
            weighted *= own.frequencies_of(postings).astype(np.float32)
            if not suffix and field in LEADS:
                weighted += LEADS[field].take(own.first_positions(postings), mode="clip")
            values[at] += weighted
    return rows


def _field_first(fields: tuple[tuple[str, str], object]) -> int:
    return TEXT_FIELDS.index(fields[0][0])


def _by_segment(found: Sequence[_Row], sought: Sought) -> dict[Field, Sequence[Numbers]]:
    """Where terms meet the documents, by the field of each segment that has any: the postings, the
    places of their documents, and those in all rows."""
    reads: dict[Field, list[tuple[Numbers, Numbers, Numbers]]] = defaultdict(list)
    for base, term in found:
        assert isinstance(term, Term)
        inside, there = term.located(sought)
        begin = 0
        for own, postings in term.postings(inside):
            end = begin + len(postings)
            if end > begin:
                met = there[begin:end]
                reads[own].append((postings, met, met + base))
            begin = end
    return {own: [np.concatenate(p) for p in zip(*r, strict=True)] for own, r in reads.items()}
