"""What stands published in a cluster: one document says it, so that it changes at once.

The manifest lies beside it in parts, by a hash of the paths, of which a run writes those that
changed.
"""

import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import uuid4

import orjson

from index.fields import SCHEMA_VERSION
from index.manifest import Entry, Manifest
from index.opensearch_bulk import sending
from index.opensearch_client import ClusterError, Connection
from index.opensearch_indices import newest
from index.opensearch_layout import LAYOUT, Names

_PUBLISHED = "published"
_PARTS = 256
_PARTS_AT_ONCE = 32


class OtherVersionError(ClusterError):
    """The index was made by another version of the product; ``generation`` is its number."""

    def __init__(self, message: str, generation: int) -> None:
        super().__init__(message, cause="version")
        self.generation = generation


@dataclass(frozen=True, slots=True)
class WordsState:
    """Of what the words were made that lie in ``index``: of a generation in the index
    ``articles``, as the public saw it at the instant ``at``."""

    index: str
    articles: str
    generation: int
    at: int


@dataclass(frozen=True, slots=True)
class PublishedState:
    """What stands published.

    ``articles`` is the index that holds the documents, ``documents`` how many the generation has,
    ``published`` seconds since 1970; ``parts`` are the ids of the parts of the manifest, by the
    number of the part, and ``started_ns`` belongs to it. ``words`` follow it (None: there are none
    yet). ``place`` tells one state from the next that is written over it.
    """

    generation: int
    stamp: str
    published: float
    documents: int
    articles: str
    parts: Mapping[str, str]
    started_ns: int
    words: WordsState | None
    place: tuple[int, int]


def read_published(connection: Connection) -> PublishedState | None:
    """What stands published; None where nothing does.

    Raises ClusterError, and OtherVersionError where another version of the product wrote it.
    """
    names = Names(connection.base)
    try:
        with connection.asking() as client:
            found = client.get(index=names.state, id=_PUBLISHED)
    except ClusterError as error:
        if error.missing:
            return None
        raise
    return _state(found, f"{connection.url} ({connection.base})")


def newest_generation(connection: Connection) -> int:
    """The number of the newest generation, of another version and of rebuilds that died too."""
    try:
        state = read_published(connection)
        generation = state.generation if state else 0
    except OtherVersionError as error:
        generation = error.generation
    return max(generation, newest(connection))


def _written(state: PublishedState) -> dict[str, Any]:
    """The document that says so."""
    return {
        "layout": LAYOUT,
        "schema": SCHEMA_VERSION,
        "generation": state.generation,
        "stamp": state.stamp,
        "published": state.published,
        "documents": state.documents,
        "articles": state.articles,
        "parts": state.parts,
        "started_ns": state.started_ns,
        "words": asdict(state.words) if state.words else None,
    }


def _state(found: Mapping[str, Any], where: str) -> PublishedState:
    values = found.get("_source", {})
    versions = (values.get("layout"), values.get("schema"))
    if versions != (LAYOUT, SCHEMA_VERSION):
        raise OtherVersionError(
            f"{where}: the index was made by another version (layout {versions[0]}, schema "
            f"{versions[1]}; this one has {LAYOUT} and {SCHEMA_VERSION}); run `reindex` with the "
            "version that is to serve it",
            values.get("generation", 0),
        )
    return PublishedState(
        generation=values["generation"],
        stamp=values["stamp"],
        published=values["published"],
        documents=values["documents"],
        articles=values["articles"],
        parts=values["parts"],
        started_ns=values["started_ns"],
        words=WordsState(**values["words"]) if values["words"] else None,
        place=(found["_seq_no"], found["_primary_term"]),
    )


def read_manifest(connection: Connection, state: PublishedState) -> Manifest | None:
    """The manifest of what stands published; None where a part of it is missing."""
    entries: dict[str, Entry] = {}
    ids = list(state.parts.values())
    for first in range(0, len(ids), _PARTS_AT_ONCE):
        asked = {"ids": ids[first : first + _PARTS_AT_ONCE]}
        with connection.asking() as client:
            rows = client.mget(index=Names(connection.base).state, body=asked)["docs"]
        if not all(row.get("found") for row in rows):
            return None
        for row in rows:
            entries |= unpacked(row["_source"]["data"])
    return Manifest(entries, state.started_ns)


def read_known(connection: Connection) -> tuple[PublishedState, Manifest] | None:
    """What stands published, and its manifest; None where there is nothing to build on."""
    try:
        state = read_published(connection)
    except OtherVersionError:
        return None
    if state is None:
        return None
    manifest = read_manifest(connection, state)
    return None if manifest is None else (state, manifest)


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a manifest: all by number, and the documents of those that are new."""

    ids: Mapping[str, str]
    new: Mapping[str, dict[str, str]]


def parts_of(manifest: Manifest, before: Manifest, kept: Mapping[str, str]) -> Parts:
    """The parts of a manifest; those in which it does not differ from the one ``before`` are
    ``kept``."""
    ours, theirs = _by_part(manifest), _by_part(before)
    ids, new = {}, {}
    for part, entries in ours.items():
        if part in kept and entries == theirs.get(part):
            ids[part] = kept[part]
        else:
            ids[part] = f"manifest-{part}-{uuid4().hex}"
            new[ids[part]] = {"data": packed(entries)}
    return Parts(ids, new)


def name_it(
    connection: Connection, before: PublishedState, state: PublishedState
) -> PublishedState:
    """Let ``state`` stand published in the place of the one before; with its own place.

    Raises ClusterError where another one stands there meanwhile.
    """
    number, term = before.place
    place = {"if_seq_no": number, "if_primary_term": term}
    try:
        return put(connection, Names(connection.base).state, state, place)
    except ClusterError as error:
        found = read_published(connection)
        # The answer may have been lost, and what was asked for a second time is refused.
        if found is not None and replace(found, place=state.place) == state:
            return found
        if error.conflict:
            raise ClusterError(
                "another run has published meanwhile; run `reindex` again"
            ) from error
        raise


def put(
    connection: Connection, index: str, state: PublishedState, place: Mapping[str, int]
) -> PublishedState:
    """Write a state over what is in a ``place`` of an index (empty: whatever is there)."""
    params = connection.patience | dict(place)
    with connection.asking() as client:
        done = client.index(index=index, id=_PUBLISHED, body=_written(state), params=params)
    return replace(state, place=(done["_seq_no"], done["_primary_term"]))


def write_parts(connection: Connection, index: str, parts: Parts) -> None:
    """Write the new parts of a manifest."""
    with sending(connection, index) as bulk:
        for key, part in parts.new.items():
            bulk.put("a part of the manifest", key, part)


def remember(
    connection: Connection, before: PublishedState, known: Manifest, manifest: Manifest
) -> PublishedState:
    """Let a manifest that readers see nothing of stand in the place of the ``known`` one."""
    parts = parts_of(manifest, known, before.parts)
    write_parts(connection, Names(connection.base).state, parts)
    state = replace(before, parts=parts.ids, started_ns=manifest.started_ns)
    state = name_it(connection, before, state)
    forget_parts(connection, before, state)
    return state


def forget_parts(connection: Connection, before: PublishedState, state: PublishedState) -> None:
    """Remove the parts of a manifest that no state names any more."""
    # They take room, and do no harm.
    with suppress(ClusterError), sending(connection, Names(connection.base).state) as bulk:
        for key in set(before.parts.values()) - set(state.parts.values()):
            bulk.delete("a part of the manifest", key)


def _by_part(manifest: Manifest) -> dict[str, dict[str, Entry]]:
    found: dict[str, dict[str, Entry]] = {}
    for path, entry in manifest.entries.items():
        number = zlib.crc32(path.encode("utf-8", "surrogatepass")) % _PARTS
        found.setdefault(f"{number:02x}", {})[path] = entry
    return found


def packed(entries: Mapping[str, Entry]) -> str:
    """Some entries of a manifest as a cluster keeps them."""
    rows = {path: tuple(entry) for path, entry in entries.items()}
    return b64encode(zlib.compress(orjson.dumps(rows))).decode("ascii")


def unpacked(data: str) -> dict[str, Entry]:
    """The entries that ``packed`` made it of."""
    rows = orjson.loads(zlib.decompress(b64decode(data)))
    return {
        path: Entry._make((*row, tuple(map(tuple, problems))))
        for path, (*row, problems) in rows.items()
    }
