"""The words of an index in a cluster, which follow what was published: what may be suggested, and
what a misspelt word may have been meant as, in an index of their own beside the articles.

After a change the words of the articles that changed are counted again. Where that is not enough,
as the index was built anew or a run could not write them, all are made in a new index.
"""

import logging
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from uuid import uuid4

from index.fields import NOT_WITHHELD, VALUE_FACETS
from index.generation import IndexLockedError
from index.known_words import (
    LEAST_DOCUMENTS,
    latin_parts,
    may_be_meant,
    may_be_suggested,
    spelled,
    worth,
    worth_of_value,
)
from index.lexicon.weak_nouns import weak_nouns
from index.opensearch_bulk import Bulk
from index.opensearch_client import ClusterError, Connection
from index.opensearch_layout import Names, of_generation, words_index
from index.opensearch_lock import Lease
from index.opensearch_state import PublishedState, WordsState, name_it
from index.opensearch_word_changes import SHOWN, Changed, articles, changed_since
from index.opensearch_word_counts import Counts, Only, Places, Query, spellings
from index.opensearch_word_documents import (
    TERM,
    TITLE,
    WORD,
    Fields,
    Seen,
    term_of,
    title_of,
    value_of,
    word_id,
    word_of,
)
from index.settings import Settings

_LONG_SECONDS = 600

_log = logging.getLogger(__name__)


def follow_or_warn(
    connection: Connection, settings: Settings, lease: Lease, state: PublishedState
) -> PublishedState:
    """Let the words follow what stands published, for who may write to all of the index; the state
    as it is then. What fails is no failure of a run that has published: it is logged, readers look
    up what they are told by older words, and the next run makes them."""
    try:
        return follow(connection, settings, lease, state, int(time.time()))
    except (ClusterError, IndexLockedError) as error:
        _log.warning(
            "suggestions and corrections are not up to date (%s); the next `reindex` does it", error
        )
        return state


def follow(
    connection: Connection, settings: Settings, lease: Lease, state: PublishedState, at: int
) -> PublishedState:
    """Let the words be those of what stands published, as the public sees it at an instant. Raises
    ClusterError and IndexLockedError."""
    known = state.words
    _remove_others(connection, known)
    changed = changed_since(connection, state, at) if known else None
    if known and changed is not None:
        if not changed.articles and known.generation == state.generation:
            return state
        index = known.index
        _Writing(connection, lease, state, index, at).change(changed)
    else:
        index = Names(connection.base).words(uuid4().hex[:12])
        with connection.asking() as client:
            client.indices.create(index=index, body=words_index(settings))
        _Writing(connection, lease, state, index, at).make()
    words = WordsState(index, state.articles, state.generation, at)
    named = name_it(connection, state, replace(state, words=words))
    with suppress(ClusterError):
        _remove_others(connection, words)
    return named


class _Writing:
    """Writes words of one generation, as the public sees it at one instant, into an index."""

    def __init__(
        self, connection: Connection, lease: Lease, state: PublishedState, index: str, at: int
    ) -> None:
        self._connection = connection
        self._lease = lease
        self._state = state
        self._index = index
        self._at = at
        self._counts = Counts(connection, state.articles, state.generation, at)

    def make(self) -> None:
        """All of them, into an index that is empty."""
        query = of_generation(self._state.generation)
        self._write(lambda bulk: self._all_titles(bulk, query))
        # How words are spelled is counted in the titles.
        self._write(lambda bulk: self._words(bulk, None, None))

    def change(self, changed: Changed) -> None:
        """Those of what changed."""
        self._write(partial(self._titles, changed=changed))
        self._write(lambda bulk: self._words(bulk, sorted(changed.words), changed))

    def _write(self, fill: Callable[[Bulk], None]) -> None:
        """Let ``fill`` send, and what was sent be found."""
        bulk = Bulk(self._connection, self._index, self._lease.check)
        try:
            fill(bulk)
            refused = bulk.refused()
        finally:
            bulk.close()
        if refused:
            name, reason = next(iter(refused.items()))
            _log.warning("%d are not suggested, %s among them: %s", len(refused), name, reason)
        with self._connection.asking() as client:
            params = {"request_timeout": _LONG_SECONDS}
            done = client.indices.refresh(index=self._index, params=params)
        if done["_shards"]["failed"]:
            where = f"{self._connection.url}: a shard of {self._index}"
            raise ClusterError(f"{where} is away", cause="away")

    def _all_titles(self, bulk: Bulk, query: Query) -> None:
        for source in articles(self._connection, self._state.articles, query, SHOWN):
            self._title(bulk, source["id"], source)

    def _titles(self, bulk: Bulk, changed: Changed) -> None:
        for article in sorted(changed.articles):
            self._title(bulk, article, changed.left.get(article), replaced=True)

    def _title(
        self, bulk: Bulk, article: str, source: Fields | None, *, replaced: bool = False
    ) -> None:
        found = title_of(source) if source and self._may_be_seen(source) else None
        self._put(bulk, TITLE, article, found, replaced=replaced)

    def _may_be_seen(self, source: Fields) -> bool:
        return source["withheld"] == NOT_WITHHELD and bool(source["visible_to"] > self._at)

    def _words(self, bulk: Bulk, only: Only, changed: Changed | None) -> None:
        self._spelled_words(bulk, only)
        for facet in VALUE_FACETS:
            self._values(bulk, facet, None if changed is None else sorted(changed.values[facet]))

    def _spelled_words(self, bulk: Bulk, only: Only) -> None:
        latin = None
        if only is not None:
            latin = sorted({part for word in only for part in latin_parts(word)})
        known = spellings(self._connection, self._index, self._at, latin)
        left = set(only or ())
        for word, places in self._counts.words(only):
            left.discard(word)
            replaced = only is not None
            self._put(bulk, TERM, word, _term(word, places, known), replaced=replaced)
            self._put(bulk, WORD, word, _meant(word, places), replaced=replaced)
        for word in sorted(left):
            for kind in (TERM, WORD):
                self._put(bulk, kind, word, None, replaced=True)

    def _values(self, bulk: Bulk, facet: str, only: Only) -> None:
        left = set(only or ())
        for key, spelling, seen in self._counts.values(facet, only):
            left.discard(key)
            found = value_of(facet, spelling, seen, worth_of_value(seen.count))
            self._put(bulk, facet, key, found if found["whole"] else None)
        for key in sorted(left):
            self._put(bulk, facet, key, None, replaced=True)

    def _put(
        self, bulk: Bulk, kind: str, text: str, found: Fields | None, *, replaced: bool = False
    ) -> None:
        """Write a document, or remove the one that was ``replaced``."""
        key = word_id(kind, text)
        if found is not None:
            bulk.put(text, key, found)
        elif replaced:
            bulk.delete(text, key)


def _term(word: str, places: Places, known: Mapping[str, str]) -> Fields | None:
    """The document of a word that may be suggested; None where it may not."""
    runs = {name: seen for (name, run), seen in places.items() if run}
    if not runs or not may_be_suggested(word):
        return None
    together = _together(runs.values())
    if not _is_frequent(together):
        return None
    value = sum(worth(name, seen.count) for name, seen in runs.items())
    suggested = word not in weak_nouns()
    return term_of(spelled(word, known), together, value, suggested=suggested)


def _meant(word: str, places: Places) -> Fields | None:
    """The document of a word that another one may have been meant as; None where it may not."""
    own = [seen for (_, run), seen in places.items() if may_be_meant(word, run=run)]
    together = _together(own) if own else None
    return word_of(word, together) if together and _is_frequent(together) else None


def _together(own: Collection[Seen]) -> Seen:
    """Of several fields: articles have most words in one of them; a sum would count them twice."""
    count = max(one.count for one in own)
    return Seen(
        count,
        max(one.count + one.coming for one in own) - count,
        min(one.until for one in own),
        max(one.end for one in own),
    )


def _is_frequent(seen: Seen) -> bool:
    return seen.count + seen.coming >= LEAST_DOCUMENTS


def _remove_others(connection: Connection, words: WordsState | None) -> None:
    """Remove what runs left that died, and what was replaced."""
    with connection.asking() as client:
        found = sorted(client.indices.get_alias(index=Names(connection.base).words("*")))
    for index in found:
        if words is None or index != words.index:
            with connection.asking() as client:
                client.indices.delete(index=index, params={"ignore_unavailable": "true"})
