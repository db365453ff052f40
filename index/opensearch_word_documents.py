"""What may be suggested or corrected to, as documents of a cluster, and how these are found.

One for each title, facet value and word; kind `term` is a word to be suggested, `word` one that a
misspelt one may have been meant as. ``count`` is how many articles had it when it was counted,
``sure_until`` the instant from which that may be otherwise, as an article is published or expires.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from index.fields import ALWAYS, NEVER
from index.known_words import LEAST_DOCUMENTS, latin_parts
from index.normalise import normalise
from index.opensearch_layout import SEPARATOR
from index.opensearch_terms import LONGEST_TERM
from index.strokes import deletions, initials, typed, word_starts

TITLE, TERM, WORD = "title", "term", "word"
# Prefixes of no more strokes are terms of their own: they are those of very many words.
_SHORT = 4
# What is longer is found by so many strokes, and looked at.
_LONGEST = 48
_LONGEST_WHOLE = 256
_END = "\0"

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """How many visible documents have something, how many more will when they are published, the
    instant until which nothing of that changes, and the one when the last of them expires."""

    count: int
    coming: int
    until: int
    end: int

    def visible(self, least: int) -> Fields:
        """When it may be seen where it takes so many documents."""
        begin = ALWAYS if self.count >= least else self.until
        return {
            "count": self.count,
            "visible_from": begin,
            "visible_to": self.end,
            "sure_until": self.until,
        }


def word_id(kind: str, text: str) -> str:
    """The _id of the document of a word, a key of a facet, the id of an article."""
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16)
    return f"{kind}-{digest.hexdigest()}"


def title_of(source: Fields) -> Fields | None:
    """The document of an article's title; None where it has none. ``source`` is the article as
    the cluster has it (see ``index.opensearch_documents``)."""
    record = source["record"]
    text = normalise(record["title"]).text
    if not text:
        return None
    latin = {part: part.lower() for part in latin_parts(f"{text}\n{record['subtitle']}")}
    return _found_by_typing(text) | {
        "kind": TITLE,
        "text": text[:LONGEST_TERM],
        "article": source["id"],
        "rank": source.get("date", ALWAYS),
        "visible_from": source["visible_from"],
        "visible_to": source["visible_to"],
        "sure_until": NEVER,
        "latin": sorted(set(latin.values())),
        "latin_as": [key + SEPARATOR + part for part, key in latin.items()],
    }


def value_of(facet: str, text: str, seen: Seen, worth: float) -> Fields:
    """The document of a facet value as it is spelled."""
    return _found_by_typing(text) | seen.visible(1) | {"kind": facet, "text": text, "rank": worth}


def term_of(text: str, seen: Seen, worth: float, *, suggested: bool) -> Fields:
    """The document of a word as it is spelled; one that is not ``suggested`` only tells what a
    longer one is."""
    found = seen.visible(LEAST_DOCUMENTS) | {"kind": TERM, "text": text, "rank": worth}
    return found | (_found_by_typing(text) if suggested else {"whole": whole(text)})


def word_of(text: str, seen: Seen) -> Fields:
    """The document of a word that another one may have been meant as."""
    found = seen.visible(LEAST_DOCUMENTS) | {"kind": WORD, "text": text, "rank": seen.count}
    return found | {"deletions": sorted(set(deletions(text)))}


def whole(text: str) -> str:
    """What texts that are typed alike have in common."""
    return typed(text).decode()[:_LONGEST_WHOLE]


def beginning(field: str, prefix: bytes) -> Fields:
    """The query of texts in which a word begins so; ``field`` is ``typed`` or ``initials``, or
    one of them with ``_first`` for those that begin so themselves."""
    begun = prefix.decode()
    if len(begun) <= _SHORT:
        return {"term": {field: begun + _END}}
    return {"prefix": {field: begun[:_LONGEST]}}


def is_cut(prefix: bytes) -> bool:
    """Whether ``beginning`` finds more than what begins so."""
    return len(prefix.decode()) > _LONGEST


def _found_by_typing(text: str) -> Fields:
    starts = word_starts(text)
    found: Fields = {"whole": whole(text)}
    for name, form in (("typed", typed), ("initials", initials)):
        own = [form(text[start:]).decode()[:_LONGEST] for start in starts]
        found[name] = sorted({key for one in own for key in _keys(one)})
        found[f"{name}_first"] = sorted({key for one in own[:1] for key in _keys(one)})
    return found


def _keys(strokes: str) -> Iterator[str]:
    yield strokes
    yield from (strokes[:n] + _END for n in range(1, min(_SHORT, len(strokes)) + 1))
