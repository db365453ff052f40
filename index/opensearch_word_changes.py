"""Which articles of a cluster changed since its words were made, and what they have or had."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from index.fields import RUN_SUFFIX, TEXT_FIELDS, VALUE_FACETS
from index.known_words import may_be_meant, may_be_suggested
from index.opensearch_client import Connection
from index.opensearch_layout import WORDS_SUFFIX
from index.opensearch_state import PublishedState
from index.opensearch_word_counts import Query, asked
from index.opensearch_word_documents import Fields

_PAGE = 1000
# From so many changed articles on it is no more work to count all words.
_MOST_CHANGED = 20_000
# What the document of a title is made of.
SHOWN = (
    *("id", "date", "visible_from", "visible_to", "withheld"),
    *("record.title", "record.subtitle"),
)
_HELD = tuple(f"{name}{suffix}" for name in TEXT_FIELDS for suffix in (WORDS_SUFFIX, RUN_SUFFIX))
_ALL = (*SHOWN, "until", *_HELD, *VALUE_FACETS)


@dataclass(slots=True)
class Changed:
    """What changed since the words were made: the articles by id, those that there are still, and
    the values that they have or had."""

    articles: set[str] = field(default_factory=set)
    left: dict[str, Fields] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    values: dict[str, set[str]] = field(
        default_factory=lambda: {facet: set() for facet in VALUE_FACETS}
    )

    def take(self, source: Fields, generation: int) -> None:
        """An article as some generation has it."""
        self.articles.add(source["id"])
        until = source.get("until")
        if until is None or until > generation:
            self.left[source["id"]] = source
        for name in TEXT_FIELDS:
            runs = source.get(name + RUN_SUFFIX, ())
            self.words |= {w for w in runs if may_be_suggested(w) or may_be_meant(w, run=True)}
            terms = source.get(name + WORDS_SUFFIX, ())
            self.words |= {w for w in terms if may_be_meant(w, run=False)}
        for facet, values in self.values.items():
            values.update(source.get(facet, ()))


def changed_since(connection: Connection, state: PublishedState, at: int) -> Changed | None:
    """What changed since the words were made; None where they must be made anew."""
    known = state.words
    # What a generation before the last one ended is no longer there.
    if (
        known is None
        or known.articles != state.articles
        or not state.generation - 1 <= known.generation <= state.generation
        or at < known.at
        or not _exists(connection, known.index)
    ):
        return None
    passed = {"gt": known.at, "lte": at}
    ways = [{"range": {name: passed}} for name in ("visible_from", "visible_to")]
    if known.generation < state.generation:
        between = {"gt": known.generation, "lte": state.generation}
        ways += [{"range": {name: between}} for name in ("from", "until")]
    query: Query = {"bool": {"should": ways}}
    counting = {"size": 0, "query": query, "track_total_hits": True}
    count = asked(connection, state.articles, counting)["hits"]["total"]["value"]
    if count > _MOST_CHANGED:
        return None
    found = Changed()
    if not count:
        return found
    for source in articles(connection, state.articles, query, _ALL):
        found.take(source, state.generation)
    return found


def articles(
    connection: Connection, index: str, query: Query, wanted: Sequence[str]
) -> Iterator[Fields]:
    """What is ``wanted`` of all articles that a query finds."""
    body: Query = {"query": query, "_source": list(wanted), "size": _PAGE, "sort": ["id", "from"]}
    while True:
        rows = asked(connection, index, body)["hits"]["hits"]
        yield from (row["_source"] for row in rows)
        if len(rows) < _PAGE:
            return
        body["search_after"] = rows[-1]["sort"]


def _exists(connection: Connection, index: str) -> bool:
    with connection.asking() as client:
        return bool(client.indices.exists(index=index))
