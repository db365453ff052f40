"""Postings of terms, unpacked: a query needs them to match, for its phrases and to score."""

from collections.abc import Sequence
from functools import partial

from index.array_file import Array
from index.fields import RUN_SUFFIX
from search.cache import ByteCache, CacheState
from search.docsets import DocSet, Numbers, common, of_numbers
from search.global_postings import GlobalPostings

_BYTES = 16 << 20
_WITHIN = "/within"
# The suffix of a field that no index has: the documents of its term are those of every noun run
# that contains it.
WITHIN_RUNS = RUN_SUFFIX + _WITHIN


class TermLists:
    """The postings of terms; the document numbers that the last queries unpacked are kept."""

    def __init__(self, postings: GlobalPostings) -> None:
        self._postings = postings
        self.cache: ByteCache[tuple[str, str], Numbers] = ByteCache(_BYTES)

    def documents(self, field: str, text: str) -> Numbers:
        """The documents of a term, ascending."""

        def made() -> tuple[Numbers, int]:
            numbers = self._listed(field, text)
            return numbers, numbers.nbytes + 200

        return self.cache.get((field, text), made)

    def _listed(self, field: str, text: str) -> Numbers:
        if not field.endswith(WITHIN_RUNS):
            return self._postings.term(field, text)
        found = self._postings.containing(field.removesuffix(_WITHIN), text)
        return self._postings.expanded([found]).as_numbers()

    def found(self, field: str, text: str) -> DocSet:
        """The same as a set: of many that are kept as bits no list is made."""
        count = self._postings.documents
        mask = None if field.endswith(WITHIN_RUNS) else self._postings.mask(field, text)
        if mask is not None:
            return DocSet(count, mask=mask)
        return of_numbers(count, self.documents(field, text))

    def counts(self, fields: Sequence[str], text: str) -> tuple[int, int]:
        """How many documents hold a term in one of the fields, and how many of them are left;
        no list is made where bits are kept."""
        return self._postings.counts(
            {name: partial(self.documents, name, text) for name in fields}, text
        )

    def located(self, field: str, text: str, numbers: Numbers) -> tuple[Numbers, Numbers]:
        """What the documents of a term and ascending ``numbers`` have in common: their places in
        both."""
        known = None
        if not field.endswith(WITHIN_RUNS):
            known = self._postings.located(field, text, numbers)
        if known is not None:
            return known
        return common(self.documents(field, text), numbers, self._postings.documents)

    def frequencies(self, field: str, text: str, inside: Numbers | None = None) -> Numbers:
        """How often a term stands in each of its documents, or in those at some places."""
        if inside is None:
            return self._postings.frequencies(field, text)
        return self._postings.frequencies_at(field, text, inside)

    def begins(self, field: str, text: str, inside: Numbers | None = None) -> Numbers:
        """Where its occurrences in each of them begin."""
        return self._postings.begins(field, text, inside)

    def occurrences(self, field: str, text: str) -> Array:
        """Where it stands, document by document."""
        return self._postings.occurrences(field, text)

    def state(self) -> CacheState:
        """The figures of the cache."""
        return self.cache.state()
