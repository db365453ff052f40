"""Postings of terms, unpacked: a query needs them to match, for its phrases and to score."""

from dataclasses import dataclass

from index.cache import ByteCache, CacheState
from index.fields import RUN_SUFFIX
from search.docsets import DocSet, Numbers, Sought, of_numbers
from search.global_postings import GlobalPostings
from search.term import Lists, Term

_BYTES = 16 << 20
_WITHIN = "/within"
# The suffix of a field that no index has: the documents of its term are those of every noun run
# that contains it.
WITHIN_RUNS = RUN_SUFFIX + _WITHIN


@dataclass(frozen=True, slots=True)
class RunsWithin:
    """The noun runs of a field that contain a text, as if they were a term."""

    field: str
    text: str
    postings: GlobalPostings
    kept: Lists

    @property
    def frequency(self) -> int:
        """How many documents they have."""
        return len(self.documents())

    def documents(self) -> Numbers:
        """The documents of all of them, ascending."""
        return self.kept.get((self.field + _WITHIN, self.text), self._listed)

    def _listed(self) -> tuple[Numbers, int]:
        found = self.postings.containing(self.field, self.text)
        numbers = self.postings.expanded([found]).as_numbers()
        return numbers, numbers.nbytes + 200

    def found(self) -> DocSet:
        """The same as a set."""
        return of_numbers(self.postings.documents, self.documents())

    def located(self, sought: Sought) -> tuple[Numbers, Numbers]:
        """What the documents and those sought have in common: their places in both."""
        return sought.within(self.documents())


class TermLists:
    """The terms that were asked for last, and the lists of documents that they unpacked."""

    def __init__(self, postings: GlobalPostings) -> None:
        self._postings = postings
        self._lists: Lists = ByteCache(_BYTES)

    def term(self, field: str, text: str) -> Term:
        """A term of a field; of no documents, where the vocabulary has none."""
        parts = self._postings.parts(field, text)
        return Term((field, text), parts, self._postings.documents, self._lists)

    def within(self, field: str, text: str) -> RunsWithin:
        """The noun runs of a field that contain a text."""
        return RunsWithin(field, text, self._postings, self._lists)

    def state(self) -> CacheState:
        """The figures of the cache of lists."""
        return self._lists.state()
