"""A run in parts as it was announced in a cluster, from its beginning to its end.

That a run is open is said by one document beside the leases; what its parts did lies in an index
of its own, which goes with the run (see ``index.opensearch_progress``).
"""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from index.opensearch_client import ClusterError, Connection
from index.opensearch_indices import indices_of
from index.opensearch_layout import Names, state_index
from index.opensearch_state import OtherVersionError, read_published
from index.settings import Settings

_ID = "parts"
_AT_ONCE = 32
CANCEL = "`reindex --part cancel`"


@dataclass(frozen=True, slots=True)
class Run:
    """A run that was announced.

    It makes ``generation``, from ``before`` (the generation that stands published; 0: from
    nothing that could be built on), ``anew`` or by changes, in the index ``articles``.
    """

    key: str
    parts: int
    stamp: str
    generation: int
    before: int
    anew: bool
    articles: str
    started_ns: int
    host: str
    since: str

    @classmethod
    def now(cls, **values: Any) -> "Run":
        """A run that this machine begins."""
        since = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(key=uuid4().hex, host=socket.gethostname(), since=since, **values)


def read_run(connection: Connection) -> Run | None:
    """The run that is open; None where none is."""
    found = document(connection, Names(connection.base).locks, _ID)
    try:
        return None if found is None else Run(**found["_source"])
    except TypeError as error:
        where = f"{connection.url} ({connection.base})"
        raise ClusterError(
            f"{where}: another version has a run in parts open; end it with that version"
        ) from error


def announce(connection: Connection, settings: Settings, run: Run) -> None:
    """Open a run. Only who may write to all of the index does."""
    names = Names(connection.base)
    with connection.asking() as client:
        client.indices.create(index=names.run(run.key), body=state_index(settings))
    try:
        with connection.asking() as client:
            client.index(index=names.locks, id=_ID, body=asdict(run), params={"op_type": "create"})
    except ClusterError:
        # The answer may have been lost, and what was asked for a second time is refused.
        if read_run(connection) != run:
            raise


def stop_writing(connection: Connection) -> None:
    """Take nothing any more of what the processes of a run send."""
    aliases = Names(connection.base).written_by()
    indices = indices_of(connection, aliases)
    if indices:
        with connection.asking() as client:
            remove = {"remove": {"indices": indices, "alias": aliases}}
            client.indices.update_aliases(body={"actions": [remove]})


def close(connection: Connection, run: Run) -> None:
    """End a run, and forget what its parts have done."""
    names = Names(connection.base)
    stop_writing(connection)
    with _if_there(), connection.asking() as client:
        client.delete(index=names.locks, id=_ID)
    with connection.asking() as client:
        client.indices.delete(index=names.run(run.key), params={"ignore_unavailable": "true"})


def remove_closed(connection: Connection) -> None:
    """Remove what runs left that were ended while a process of theirs still wrote; none is open."""
    stop_writing(connection)
    with connection.asking() as client:
        left = sorted(client.indices.get_alias(index=Names(connection.base).run("*")))
    for index in left:
        with connection.asking() as client:
            client.indices.delete(index=index, params={"ignore_unavailable": "true"})


def done_parts(connection: Connection, run: Run) -> list[int]:
    """The numbers of the parts that are done."""
    found = documents(connection, run, [part_id(n + 1) for n in range(run.parts)])
    return [n + 1 for n, values in enumerate(found) if values and values["done"]]


def in_words(connection: Connection, run: Run) -> str:
    """What is open, and how to end it."""
    return (
        f"{connection.url} ({connection.base}) has a run of {run.parts} parts open, begun on "
        f"{run.host} at {run.since}, {len(done_parts(connection, run))} of {run.parts} parts done; "
        f"finish it with `reindex --part K/{run.parts}`, or give it up with {CANCEL}"
    )


def open_run(connection: Connection) -> Run | None:
    """The run that is open, for who may write to all of the index: one that was published, and
    whose process died before its last step, is closed."""
    run = read_run(connection)
    if run is not None and is_published(connection, run):
        close(connection, run)
        return None
    return run


def is_published(connection: Connection, run: Run) -> bool:
    """Whether what a run made stands published."""
    try:
        state = read_published(connection)
    except OtherVersionError:
        return False
    made = (run.generation, run.articles)
    return state is not None and (state.generation, state.articles) == made


def refuse_beside_parts(connection: Connection) -> None:
    """Raises ClusterError where a run in parts is open: it would be undone."""
    run = open_run(connection)
    if run is not None:
        raise ClusterError(in_words(connection, run))


@contextmanager
def _if_there() -> Iterator[None]:
    try:
        yield
    except ClusterError as error:
        if not error.missing:
            raise


def part_id(number: int) -> str:
    """The key of what is known of a part."""
    return f"part-{number}"


def document(connection: Connection, index: str, key: str) -> Mapping[str, Any] | None:
    """A document with its place; None where there is none."""
    try:
        with connection.asking() as client:
            found: Mapping[str, Any] = client.get(index=index, id=key)
    except ClusterError as error:
        if error.missing:
            return None
        raise
    return found


def documents(
    connection: Connection, run: Run, keys: list[str]
) -> Iterator[Mapping[str, Any] | None]:
    """What the parts of a run keep under some keys, None where there is nothing."""
    index = Names(connection.base).run(run.key)
    for first in range(0, len(keys), _AT_ONCE):
        with connection.asking() as client:
            rows = client.mget(index=index, body={"ids": keys[first : first + _AT_ONCE]})["docs"]
        for row in rows:
            yield row["_source"] if row.get("found") else None
