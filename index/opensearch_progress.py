"""What the parts of a run have done, kept in the cluster so that any process can go on with them.

Each process writes articles by an alias of its own: once that is gone, because another one took the
part over or the run has ended, nothing it still sends is taken.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any
from uuid import uuid4

from index.article import Problem
from index.manifest import Entry
from index.opensearch_bulk import sending
from index.opensearch_client import ClusterError, Connection
from index.opensearch_indices import indices_of
from index.opensearch_layout import Names
from index.opensearch_runs import Run, document, documents, part_id, read_run
from index.opensearch_state import packed, unpacked
from index.parts import Part

Place = dict[str, int]

_ROWS = 5000


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
        found = document(connection, self._index, part_id(part.number))
        self.done: bool = found is not None and found["_source"]["done"]
        self._chunks: list[str] = list(found["_source"]["chunks"]) if found else []
        self._place: Mapping[str, Any] = (
            {"op_type": "create"} if found is None else _place_in(found)
        )
        if not self.done:
            self._write({"done": False, "chunks": self._chunks})
            self._move_alias()

    def entries(self) -> dict[str, Entry]:
        """The files whose articles are written."""
        found: dict[str, Entry] = {}
        for values in documents(self._connection, self._run, self._chunks):
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
        found = document(self._connection, self._index, part_id(self._part.number))
        if found is None or _place_in(found) != self._place:
            raise ClusterError(f"another process works on part {self._part} now")

    def _write(self, values: Mapping[str, Any]) -> None:
        key, values = part_id(self._part.number), {**values, "by": self.alias}
        try:
            self._place = self._put(key, values, self._place)
        except ClusterError:
            found = document(self._connection, self._index, key)
            # The answer may have been lost, and what was asked for a second time is refused.
            if found is not None and found["_source"] == values:
                self._place = _place_in(found)
                return
            self.check()
            raise

    def _put(self, key: str, values: Mapping[str, Any], place: Mapping[str, Any]) -> Place:
        with self._connection.asking() as client:
            done = client.index(index=self._index, id=key, body=dict(values), params=dict(place))
        return _place_in(done)

    def _move_alias(self) -> None:
        """Let nobody but this process write articles of the part."""
        theirs = Names(self._connection.base).written_by(self._part.number)
        actions: list[Any] = [{"add": {"index": self._run.articles, "alias": self.alias}}]
        if indices := indices_of(self._connection, theirs):
            actions.insert(0, {"remove": {"indices": indices, "alias": theirs}})
        with self._connection.asking() as client:
            client.indices.update_aliases(body={"actions": actions})


def read_done(connection: Connection, run: Run) -> Done | None:
    """What all parts of a run together have found; None where some of it is not there."""
    rows: dict[str, Row] = {}
    skipped: list[Problem] = []
    for values in documents(connection, run, [part_id(n + 1) for n in range(run.parts)]):
        if values is None:
            return None
        skipped += [Problem(**problem) for problem in values["skipped"]]
        for some in documents(connection, run, values["rows"]):
            if some is None:
                return None
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


def _place_in(found: Mapping[str, Any]) -> Place:
    """Where a document lies, for the one that is to take its place."""
    return {"if_seq_no": found["_seq_no"], "if_primary_term": found["_primary_term"]}
