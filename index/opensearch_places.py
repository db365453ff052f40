"""Where a batch goes in a cluster: into the index that stands published, or into a new one."""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from index.manifest import Manifest
from index.opensearch_bulk import sending
from index.opensearch_client import ClusterError, Connection
from index.opensearch_indices import indices_of, remove_unnamed
from index.opensearch_layout import Names, articles_index, of_generation, state_index
from index.opensearch_state import (
    OtherVersionError,
    Parts,
    PublishedState,
    WordsState,
    forget_parts,
    name_it,
    parts_of,
    put,
    read_published,
    write_parts,
)
from index.settings import Settings

# Refreshes, deletions by query: as long as the index is large.
_LONG_SECONDS = 600
_IDS_AT_ONCE = 1000
# A node that goes takes what has no copy yet with it; where there are too few nodes for copies
# nothing is to be waited for.
_COPIES_FIRST = {"wait_for_active_shards": "all", "timeout": "5s", "request_timeout": 60}
_WHOLE = {"allow_partial_search_results": "false"}

Query = dict[str, Any]


class Place(Protocol):
    """Where the documents of one generation are written."""

    @property
    def generation(self) -> int:
        """The number of the generation."""

    @property
    def articles(self) -> str:
        """The index of its documents."""

    def begin(self) -> None:
        """Make it ready: what a run left that died is undone."""

    def living(self, ids: Sequence[str]) -> Iterator[tuple[str, str]]:
        """The documents with these ids in the generation before: id, and key in the cluster."""

    def publish(self, manifest: Manifest, stamp: str) -> PublishedState:
        """Let readers see it. Raises ClusterError."""

    def abandon(self) -> None:
        """Leave no trace of what was not published."""


class _Index:
    """What both ways have in common: one index of articles, at one generation."""

    def __init__(self, connection: Connection, generation: int, articles: str) -> None:
        self.generation = generation
        self.articles = articles
        self._connection = connection
        self._names = Names(connection.base)

    def keep_only(self, ids: Collection[str]) -> None:
        """Remove what this generation brought of other articles than those with these ids: of
        files that were changed after a process wrote them and died. Raises ClusterError where
        articles are missing."""
        self._refresh()
        brought = {"term": {"from": self.generation}}
        if self._count(brought) != len(ids):
            with sending(self._connection, self.articles) as bulk:
                for document_id, key in self._all(brought):
                    if document_id not in ids:
                        bulk.delete(document_id, key)
            self._refresh()
        there = self._count(brought)
        if there != len(ids):
            where = f"{self._connection.url}: {self.articles}"
            raise ClusterError(f"{where} has {there} of the {len(ids)} articles of the run")

    def _all(self, query: Query) -> Iterator[tuple[str, str]]:
        """All documents that a query finds: id, and key in the cluster."""
        body: Query = {"query": query, "_source": ["id"], "size": _IDS_AT_ONCE, "sort": ["id"]}
        while True:
            with self._connection.asking() as client:
                found = client.search(index=self.articles, body=body, params=_WHOLE)
            rows = found["hits"]["hits"]
            for row in rows:
                yield row["_source"]["id"], row["_id"]
            if len(rows) < _IDS_AT_ONCE:
                return
            body["search_after"] = rows[-1]["sort"]

    def _refresh(self) -> None:
        """Let everything that was written be found. Raises ClusterError where a shard is away."""
        with self._connection.asking() as client:
            self._whole(client.indices.refresh(index=self.articles, params=_patient()))

    def _count(self, query: Query) -> int:
        with self._connection.asking() as client:
            found = client.count(index=self.articles, body={"query": query}, params=_patient())
        # One that is nowhere is not among those that failed.
        self._whole(found, found["_shards"]["successful"] < found["_shards"]["total"])
        return int(found["count"])

    def _whole(self, answer: Mapping[str, Any], away: bool = False) -> None:
        if away or answer["_shards"]["failed"]:
            url = self._connection.url
            message = f"{url}: a shard of {self.articles} is away; nothing was published"
            raise ClusterError(message, cause="away")

    def _state(
        self, parts: Parts, stamp: str, started_ns: int, words: WordsState | None
    ) -> PublishedState:
        return PublishedState(
            generation=self.generation,
            stamp=stamp,
            published=time.time(),
            documents=self._count(of_generation(self.generation)),
            articles=self.articles,
            parts=parts.ids,
            started_ns=started_ns,
            words=words,
            place=(0, 0),
        )


class SamePlace(_Index):
    """The index that stands published goes on."""

    def __init__(self, connection: Connection, before: PublishedState, manifest: Manifest) -> None:
        super().__init__(connection, before.generation + 1, before.articles)
        self._before = before
        self._manifest = manifest

    def begin(self) -> None:
        """See Place.begin."""
        self._undo()

    def living(self, ids: Sequence[str]) -> Iterator[tuple[str, str]]:
        """See Place.living."""
        for first in range(0, len(ids), _IDS_AT_ONCE):
            chosen = {"terms": {"id": ids[first : first + _IDS_AT_ONCE]}}
            query = {"bool": {"filter": [chosen, of_generation(self._before.generation)]}}
            for row in self._rows(query):
                yield row["_source"]["id"], row["_id"]

    def publish(self, manifest: Manifest, stamp: str) -> PublishedState:
        """See Place.publish."""
        self._refresh()
        parts = parts_of(manifest, self._manifest, self._before.parts)
        state = self._state(parts, stamp, manifest.started_ns, self._before.words)
        write_parts(self._connection, self._names.state, parts)
        state = name_it(self._connection, self._before, state)
        # Readers of the generation before may still ask for what it had.
        with suppress(ClusterError):
            self._delete({"range": {"until": {"lte": state.generation - 1}}})
        forget_parts(self._connection, self._before, state)
        return state

    def abandon(self) -> None:
        """See Place.abandon."""
        # Else the next run does it.
        with suppress(ClusterError):
            found = read_published(self._connection)
            # What was named although the answer got lost is what readers have.
            if found is not None and found.generation == self._before.generation:
                self._undo()

    def _undo(self) -> None:
        # A refresh would wait a minute for a shard that is nowhere; a search says so at once.
        self._count({"match_all": {}})
        self._refresh()
        before = self._before.generation
        later = {"range": {"from": {"gt": before}}}
        if self._count(later):
            self._delete(later)
        while rows := self._rows({"range": {"until": {"gt": before}}}):
            with sending(self._connection, self.articles) as bulk:
                for row in rows:
                    bulk.update(row["_source"]["id"], row["_id"], {"until": None})
            self._refresh()

    def _rows(self, query: Query) -> list[Mapping[str, Any]]:
        body = {"query": query, "_source": ["id"], "size": _IDS_AT_ONCE, "sort": ["_doc"]}
        with self._connection.asking() as client:
            found = client.search(index=self.articles, body=body, params=_WHOLE)
        rows: list[Mapping[str, Any]] = found["hits"]["hits"]
        return rows

    def _delete(self, query: Query) -> None:
        with self._connection.asking() as client:
            client.delete_by_query(
                index=self.articles,
                body={"query": query},
                params=_patient() | {"conflicts": "proceed", "refresh": "true"},
            )


class NewPlace(_Index):
    """A new index, which takes the place of the one that stands published."""

    def __init__(self, connection: Connection, settings: Settings, before: int) -> None:
        """``before`` is the number of the newest generation so far."""
        names = Names(connection.base)
        super().__init__(connection, before + 1, names.articles_of(before + 1))
        self._own_state = names.state_of(before + 1)
        self._settings = settings

    def begin(self) -> None:
        """See Place.begin."""
        bodies = {
            self.articles: articles_index(self._settings),
            self._own_state: state_index(self._settings),
        }
        for index, body in bodies.items():
            with self._connection.asking() as client:
                client.indices.create(index=index, body=body, params=_COPIES_FIRST)

    def living(self, ids: Sequence[str]) -> Iterator[tuple[str, str]]:
        """See Place.living: nothing was there before."""
        return iter(())

    def publish(self, manifest: Manifest, stamp: str) -> PublishedState:
        """See Place.publish."""
        self._refresh()
        parts = parts_of(manifest, Manifest(), {})
        state = self._state(parts, stamp, manifest.started_ns, self._words())
        write_parts(self._connection, self._own_state, parts)
        state = put(self._connection, self._own_state, state, {})
        self._switch()
        with suppress(ClusterError):
            remove_unnamed(self._connection)
        return state

    def abandon(self) -> None:
        """See Place.abandon."""
        with suppress(ClusterError):
            # What was named although the answer got lost is what readers have.
            if self._is_named():
                return
            with self._connection.asking() as client:
                for index in (self.articles, self._own_state):
                    client.indices.delete(index=index, params={"ignore_unavailable": "true"})

    def _words(self) -> WordsState | None:
        """Those of the generation before: they do until there are new ones."""
        try:
            before = read_published(self._connection)
        except OtherVersionError:
            return None
        return before.words if before else None

    def _switch(self) -> None:
        """Let both aliases lead here, at once."""
        ours = {self._names.base: self.articles, self._names.state: self._own_state}
        actions: list[Any] = []
        for alias, index in ours.items():
            actions += [
                {"remove": {"index": old, "alias": alias}}
                for old in indices_of(self._connection, alias)
            ]
            actions.append({"add": {"index": index, "alias": alias}})
        try:
            with self._connection.asking() as client:
                client.indices.update_aliases(body={"actions": actions})
        except ClusterError:
            # The answer may have been lost, and what was asked for a second time is refused.
            if not self._is_named():
                raise

    def _is_named(self) -> bool:
        return indices_of(self._connection, self._names.base) == [self.articles]


def _patient() -> dict[str, Any]:
    return {"request_timeout": _LONG_SECONDS}
