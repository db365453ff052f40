"""How an index lies in a cluster: names, mapping, settings. See docs/operations.md."""

import re
from typing import Any

from index.fields import (
    DATE_FACETS,
    NOT_WITHHELD,
    RUN_SUFFIX,
    SIDE_SUFFIX,
    TEXT_FIELDS,
    VALUE_FACETS,
)
from index.opensearch_terms import ANALYSIS, LONGEST_TERM
from index.settings import Settings

# Raise it with every change of this page that older documents do not follow.
LAYOUT = 2
# Between the key of a facet value and the value as it is spelled.
SEPARATOR = "\0"
SPELLED_SUFFIX = "_as"
WORDS_SUFFIX = "_words"
# BM25 of each field: the numbers of search/ranking.py, which a test holds equal.
K1, SIDE_K1 = 1.0, 0.4
B = {"title": 0.3, "subtitle": 0.75, "body": 0.75}

_ARTICLES, _STATE, _LOCKS, _WORDS = "articles", "state", "locks", "words"


class Names:
    """The names of indices and aliases that begin with ``base``."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.state = f"{base}-{_STATE}"
        self.locks = f"{base}-{_LOCKS}"
        self.all = f"{base}-*"
        self._numbered = re.compile(rf"{re.escape(base)}-(\d{{6,}})-(?:{_ARTICLES}|{_STATE})")

    def articles_of(self, number: int) -> str:
        """The index of the articles that the rebuild with a number made."""
        return f"{self.base}-{number:06d}-{_ARTICLES}"

    def state_of(self, number: int) -> str:
        """The index beside it that says what stands published."""
        return f"{self.base}-{number:06d}-{_STATE}"

    def words(self, key: str) -> str:
        """An index of what may be suggested and corrected to; the state names the one in use."""
        return f"{self.base}-{_WORDS}-{key}"

    def run(self, key: str) -> str:
        """The index in which the parts of a run tell each other what they have done."""
        return f"{self.base}-parts-{key}"

    def written_by(self, part: int | str = "*", key: str = "*") -> str:
        """The alias by which a process writes a part of a run; of all parts and processes where
        they are not named."""
        return f"{self.base}-part-{part}-{key}"

    def number(self, index: str) -> int | None:
        """The number of the rebuild that made an index; None for what is not one of these."""
        found = self._numbered.fullmatch(index)
        return int(found[1]) if found else None


def of_generation(generation: int) -> dict[str, Any]:
    """The query of the documents that a generation has."""
    return {
        "bool": {
            "filter": [{"range": {"from": {"lte": generation}}}],
            "must_not": [{"range": {"until": {"lte": generation}}}],
        }
    }


def visible(at: int | None) -> list[dict[str, Any]]:
    """The queries of documents that the public sees at an instant; none for None."""
    if at is None:
        return []
    return [{"term": {"withheld": NOT_WITHHELD}}, *within(at)]


def within(at: int) -> list[dict[str, Any]]:
    """The same where nothing is withheld."""
    return [{"range": {"visible_from": {"lte": at}}}, {"range": {"visible_to": {"gt": at}}}]


def articles_index(settings: Settings) -> dict[str, Any]:
    """Settings and mapping of an index of articles. It is refreshed by those who publish."""
    similarity: dict[str, Any] = {}
    for name, b in B.items():
        similarity[name] = {"type": "BM25", "k1": K1, "b": b}
        similarity[name + SIDE_SUFFIX] = {"type": "BM25", "k1": SIDE_K1, "b": b}
    own = {"refresh_interval": "-1", "similarity": similarity, "analysis": ANALYSIS}
    return {
        "settings": {"index": _spread(settings) | own},
        "mappings": {"dynamic": "strict", "properties": _properties()},
    }


def state_index(settings: Settings) -> dict[str, Any]:
    """Settings and mapping of an index whose documents are read by id alone."""
    spread = _spread(settings) | {"number_of_shards": 1}
    return {"settings": {"index": spread}, "mappings": {"dynamic": False}}


def words_index(settings: Settings) -> dict[str, Any]:
    """Settings and mapping of an index of words (see ``index.opensearch_word_documents``). What is
    worth most comes first, so that who asks for the best need not look at the others."""
    keyword = {"type": "keyword", "ignore_above": LONGEST_TERM}
    found = dict.fromkeys(_WORD_KEYWORDS, keyword)
    found |= {name: {"type": "long"} for name in _WORD_LONGS}
    found["rank"] = {"type": "double"}
    order = {"sort.field": ["rank", "text"], "sort.order": ["desc", "asc"]}
    return {
        "settings": {"index": _spread(settings) | order | {"refresh_interval": "-1"}},
        # The keys are there to be found by: they are not shown.
        "mappings": {"dynamic": "strict", "properties": found, "_source": {"includes": _SHOWN}},
    }


def _spread(settings: Settings) -> dict[str, Any]:
    return {
        "number_of_shards": settings.opensearch_shards,
        "number_of_replicas": settings.opensearch_replicas,
    }


def _properties() -> dict[str, Any]:
    keyword = {"type": "keyword", "ignore_above": LONGEST_TERM}
    found: dict[str, Any] = {name: {"type": "long"} for name in _LONGS}
    for name in TEXT_FIELDS:
        found |= _text_properties(name, keyword)
    for name in ("id", "title_key", *VALUE_FACETS, *DATE_FACETS):
        found[name] = keyword
    found |= {name + SPELLED_SUFFIX: keyword for name in VALUE_FACETS}
    return found | {
        "date": {"type": "date", "format": "epoch_second"},
        "withheld": {"type": "byte"},
        "record": {"type": "object", "enabled": False},
        "spans": {"type": "binary"},
    }


_LONGS = ("from", "until", "visible_from", "visible_to")
_SHOWN = ["kind", "text", "article", "count", "rank", "sure_until"]
_WORD_LONGS = ("count", "visible_from", "visible_to", "sure_until")
_WORD_KEYWORDS = (
    *("kind", "text", "article", "whole", "typed", "typed_first", "initials", "initials_first"),
    *("deletions", "latin", "latin_as"),
)


def _text_properties(name: str, keyword: dict[str, Any]) -> dict[str, Any]:
    # Without its values beside it, every candidate would be read from the whole document.
    inside = {"type": "wildcard", "ignore_above": LONGEST_TERM, "doc_values": True}
    return {
        name: {"type": "text", "analyzer": "terms", "similarity": name},
        name + SIDE_SUFFIX: {
            "type": "text",
            "analyzer": "bigrams",
            "index_options": "freqs",
            "similarity": name + SIDE_SUFFIX,
        },
        name + RUN_SUFFIX: keyword | {"fields": {"inside": inside}},
        # What is counted when corrections are made: text fields cannot be.
        name + WORDS_SUFFIX: {"type": "keyword", "index": False},
    }
