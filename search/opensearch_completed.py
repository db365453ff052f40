"""From what a cluster has for a reading to what is suggested: each text once, as what it is best
known as, and no word that is a much commoner one with its particle."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from index.known_words import LEAST_DOCUMENTS, is_with_particle, stems
from index.lexicon.weak_nouns import weak_nouns
from index.opensearch_word_documents import TERM, whole
from index.strokes import initials, typed, word_starts
from search.typing import Reading
from search.words import Entry

# The best known of texts that are typed alike is shown, of equals the first of these.
_FIRST = ("tag", "category", "author", TERM)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry, how many documents it takes, and from when on it must be counted anew."""

    entry: Entry
    least: int
    sure_until: int


def siblings(texts: Iterable[str]) -> list[str]:
    """By what to ask for all that is typed as some texts are, and as their stems."""
    found = {whole(own) for text in texts for own in (text, *stems(text.lower()))}
    return sorted(found - {""})


def best(rows: Sequence[Row], reading: Reading) -> Iterator[Candidate]:
    """What is suggested for a reading, the best first, of what was found for it and for its
    ``siblings``."""
    terms = {row["text"].lower(): row["count"] for row in rows if row["kind"] == TERM}
    by_key: dict[str, list[Row]] = {}
    for row in (own for own in rows if not _is_no_word(own, terms)):
        by_key.setdefault(whole(row["text"]), []).append(row)
    ranked = []
    for own in by_key.values():
        row = min(own, key=_standing)
        place = _place(row["text"], reading)
        if place is not None:
            # A label that is also a word is as well known as the word.
            worth = max(other["rank"] for other in own if other is row or other["kind"] == TERM)
            ranked.append(((place > 0, -worth, *_among_equals(row)), row))
    for _, row in sorted(ranked, key=lambda pair: pair[0]):
        least = LEAST_DOCUMENTS if row["kind"] == TERM else 1
        yield Candidate(Entry(row["text"], row["kind"], row["count"]), least, row["sure_until"])


def _standing(row: Row) -> tuple[bool, float, int, str]:
    """Labels go before words, those of more documents before others."""
    term = row["kind"] == TERM
    amount = row["rank"] if term else row["count"]
    return term, -amount, _FIRST.index(row["kind"]), row["text"]


def _among_equals(row: Row) -> tuple[int, int, str]:
    return _FIRST.index(row["kind"]), -row["count"], row["text"].lower()


def _place(text: str, reading: Reading) -> int | None:
    """Which word of a text begins so, the first is 0."""
    form = initials if reading.by_initials else typed
    if reading.pattern and not reading.place(text):
        return None
    for number, start in enumerate(word_starts(text)):
        if form(text[start:]).startswith(reading.prefix):
            return number
    return None


def _is_no_word(row: Row, terms: Mapping[str, int]) -> bool:
    if row["kind"] != TERM:
        return False
    word = row["text"].lower()
    known = (terms[stem] for stem in stems(word) if stem in terms)
    return word in weak_nouns() or is_with_particle(row["count"], known)
