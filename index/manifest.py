"""What was in the content folder when the index was made, against what is there now."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from index.scan import SourceFile

MANIFEST_VERSION = 2
# Eight digits of the sum and the end of their line.
_HEAD = 9


class Entry(NamedTuple):
    """One file: its state at reading, the digest of what it said, its article and its problems.

    ``article`` is the id, empty where the file gave none; ``problems`` are (line, reason).
    """

    size: int
    mtime_ns: int
    inherited: str
    digest: str
    article: str
    problems: tuple[tuple[int, str], ...] = ()

    def matches(self, file: SourceFile) -> bool:
        """Whether the file is as it was, by its stat and what it inherits from its sections."""
        return (
            self.mtime_ns == file.mtime_ns
            and self.size == file.size
            and self.inherited == file.inherited
        )


@dataclass(frozen=True, slots=True)
class Manifest:
    """Entries by path, and when the reading began (nanoseconds since 1970)."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    started_ns: int = 0

    def articles(self) -> int:
        """How many entries are articles."""
        return sum(1 for entry in self.entries.values() if entry.article)


@dataclass(frozen=True, slots=True)
class Difference:
    """Files to read because they are new or not as they were, files as they were."""

    to_read: tuple[SourceFile, ...]
    unchanged: tuple[SourceFile, ...]


# A file written twice within the grain of the file system's clock has one mtime for two contents:
# whatever was touched so shortly before it was read is read again.
_RACY_NS = 2_000_000_000


def difference(manifest: Manifest, files: Iterable[SourceFile]) -> Difference:
    """Compare the folder with the manifest, by stat alone."""
    to_read, unchanged = [], []
    settled = manifest.started_ns - _RACY_NS
    for file in files:
        entry = manifest.entries.get(file.path)
        if entry is not None and file.mtime_ns < settled and entry.matches(file):
            unchanged.append(file)
        else:
            to_read.append(file)
    return Difference(tuple(to_read), tuple(unchanged))


def dump(manifest: Manifest) -> bytes:
    """The manifest as a line of JSON, behind a line with its CRC-32."""
    files = dict(manifest.entries)
    values = {"version": MANIFEST_VERSION, "started_ns": manifest.started_ns, "files": files}
    # Entry by entry: to hold a plain tuple of each takes longer than all the rest.
    text = orjson.dumps(values, default=tuple)
    return _sum(text) + text


def load(data: bytes) -> Manifest | None:
    """The manifest that ``dump`` wrote; None where it is damaged or of another version."""
    try:
        head, text = data[:_HEAD], data[_HEAD:]
        if head != _sum(text):
            return None
        values: Any = orjson.loads(text)
        if values["version"] != MANIFEST_VERSION:
            return None
        files = values["files"]
        for row in files.values():
            row[-1] = tuple(map(tuple, row[-1]))
        entries = dict(zip(files, map(Entry._make, files.values()), strict=True))
        return Manifest(entries, values["started_ns"])
    except (AttributeError, LookupError, TypeError, ValueError):
        return None


def _sum(text: bytes) -> bytes:
    return b"%08x\n" % zlib.crc32(text)
