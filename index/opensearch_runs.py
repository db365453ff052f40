"""A run in parts as the cluster knows it: what was announced, and what each part has done.

That a run is open is said by one document beside the leases; what its parts did lies in an index
of its own, which goes with the run. Each process writes articles by an alias of its own: once that
is gone, nothing it still sends is taken.
"""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import uuid4

from index.article import Problem
from index.manifest import Entry
from index.opensearch_bulk import sending
from index.opensearch_client import ClusterError, Connection
from index.opensearch_indices import indices_of
from index.opensearch_layout import Names, state_index
from index.opensearch_state import packed, unpacked
from index.parts import Part
from index.settings import Settings

Place = dict[str, int]

_ID = "parts"
_ROWS = 5000
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
    found = _document(connection, Names(connection.base).locks, _ID)
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
    found = _documents(connection, run, [_part_id(n + 1) for n in range(run.parts)])
    return [n + 1 for n, values in enumerate(found) if values and values["done"]]


def in_words(connection: Connection, run: Run) -> str:
    """What is open, and how to end it."""
    return (
        f"{connection.url} ({connection.base}) has a run of {run.parts} parts open, begun on "
        f"{run.host} at {run.since}, {len(done_parts(connection, run))} of {run.parts} parts done; "
        f"finish it with `reindex --part K/{run.parts}`, or give it up with {CANCEL}"
    )


def refuse_beside_parts(connection: Connection) -> None:
    """Raises ClusterError where a run in parts is open: it would be undone."""
    run = read_run(connection)
    if run is not None:
        raise ClusterError(in_words(connection, run))


@dataclass(frozen=True, slots=True)
class Row:
    """What a part found of a file: its entry (None where it is gone), and whether the run has
    written the article's document."""

    entry: Entry | None
    written: bool


@dataclass(frozen=True, slots=True)
class Done:
    """What a part leaves: rows of the files that differ from the manifest before, by path, and
    what the scan left out."""

    rows: Mapping[str, Row]
    skipped: tuple[Problem, ...]


class Progress:
    """What one process has done of a part, kept so that another can go on."""

    def __init__(self, connection: Connection, run: Run, part: Part) -> None:
        """Take the part over from whoever worked on it before."""
        self._connection = connection
        self._run = run
        self._part = part
        self._index = Names(connection.base).run(run.key)
        self.alias = Names(connection.base).written_by(part.number, uuid4().hex)
        found = _document(connection, self._index, _part_id(part.number))
        self.done: bool = found is not None and found["_source"]["done"]
        self._chunks: list[str] = list(found["_source"]["chunks"]) if found else []
        self._place: Mapping[str, Any] = {"op_type": "create"} if found is None else _place(found)
        if not self.done:
            self._write({"done": False, "chunks": self._chunks})
            self._move_alias()

    def entries(self) -> dict[str, Entry]:
        """The files whose articles are written."""
        found: dict[str, Entry] = {}
        for values in _documents(self._connection, self._run, self._chunks):
            assert values is not None
            found |= unpacked(values["data"])
        return found

    def note(self, entries: Mapping[str, Entry]) -> None:
        """The articles of these files are written. Raises ClusterError where the run has ended
        or another process works on the part."""
        key = f"chunk-{uuid4().hex}"
        self._put(key, {"data": packed(entries)}, {"op_type": "create"})
        self._chunks.append(key)
        self._write({"done": False, "chunks": self._chunks})

    def finish(self, done: Done) -> None:
        """The part is done."""
        rows = iter(done.rows.items())
        keys = []
        with sending(self._connection, self._index) as bulk:
            while some := dict(islice(rows, _ROWS)):
                keys.append(f"rows-{uuid4().hex}")
                bulk.put("rows of the manifest", keys[-1], _rows_document(some))
        skipped = [asdict(problem) for problem in done.skipped]
        self._write({"done": True, "chunks": [], "rows": keys, "skipped": skipped})
        self.done = True

    def check(self) -> None:
        """Raises ClusterError where the run has ended or another process works on the part."""
        run = read_run(self._connection)
        if run is None or run.key != self._run.key:
            raise ClusterError(f"the run in {self._part.of} parts has ended meanwhile")
        found = _document(self._connection, self._index, _part_id(self._part.number))
        if found is None or _place(found) != self._place:
            raise ClusterError(f"another process works on part {self._part} now")

    def _write(self, values: Mapping[str, Any]) -> None:
        key, values = _part_id(self._part.number), {**values, "by": self.alias}
        try:
            self._place = self._put(key, values, self._place)
        except ClusterError:
            found = _document(self._connection, self._index, key)
            # The answer may have been lost, and what was asked for a second time is refused.
            if found is not None and found["_source"] == values:
                self._place = _place(found)
                return
            self.check()
            raise

    def _put(self, key: str, values: Mapping[str, Any], place: Mapping[str, Any]) -> Place:
        with self._connection.asking() as client:
            done = client.index(index=self._index, id=key, body=dict(values), params=dict(place))
        return _place(done)

    def _move_alias(self) -> None:
        """Let nobody but this process write articles of the part."""
        theirs = Names(self._connection.base).written_by(self._part.number)
        actions: list[Any] = [{"add": {"index": self._run.articles, "alias": self.alias}}]
        if indices := indices_of(self._connection, theirs):
            actions.insert(0, {"remove": {"indices": indices, "alias": theirs}})
        with self._connection.asking() as client:
            client.indices.update_aliases(body={"actions": actions})


def read_done(connection: Connection, run: Run) -> Done:
    """What all parts of a run together have found; all are done."""
    rows: dict[str, Row] = {}
    skipped: list[Problem] = []
    for values in _documents(connection, run, [_part_id(n + 1) for n in range(run.parts)]):
        assert values is not None
        skipped += [Problem(**problem) for problem in values["skipped"]]
        for some in _documents(connection, run, values["rows"]):
            assert some is not None
            rows |= _rows(some)
    return Done(rows, tuple(sorted(skipped, key=lambda problem: (problem.file, problem.line))))


def _rows_document(rows: Mapping[str, Row]) -> dict[str, Any]:
    return {
        "data": packed({path: row.entry for path, row in rows.items() if row.entry is not None}),
        "gone": [path for path, row in rows.items() if row.entry is None],
        "written": [path for path, row in rows.items() if row.written],
    }


def _rows(values: Mapping[str, Any]) -> dict[str, Row]:
    written = set(values["written"])
    rows = {path: Row(e, path in written) for path, e in unpacked(values["data"]).items()}
    return rows | {path: Row(None, written=False) for path in values["gone"]}


@contextmanager
def _if_there() -> Iterator[None]:
    try:
        yield
    except ClusterError as error:
        if not error.missing:
            raise


def _part_id(number: int) -> str:
    return f"part-{number}"


def _place(found: Mapping[str, Any]) -> Place:
    return {"if_seq_no": found["_seq_no"], "if_primary_term": found["_primary_term"]}


def _document(connection: Connection, index: str, key: str) -> Mapping[str, Any] | None:
    try:
        with connection.asking() as client:
            found: Mapping[str, Any] = client.get(index=index, id=key)
    except ClusterError as error:
        if error.missing:
            return None
        raise
    return found


def _documents(
    connection: Connection, run: Run, keys: list[str]
) -> Iterator[Mapping[str, Any] | None]:
    index = Names(connection.base).run(run.key)
    for first in range(0, len(keys), _AT_ONCE):
        with connection.asking() as client:
            rows = client.mget(index=index, body={"ids": keys[first : first + _AT_ONCE]})["docs"]
        for row in rows:
            yield row["_source"] if row.get("found") else None
