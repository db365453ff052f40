"""The articles' files of a content folder, found as Hugo would find them."""

import os
import stat
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

import orjson

from index.article import MAX_BYTES, ArticleError, Problem, article_id, parse_cascade

_ENDINGS = (".md", ".markdown")
_MAX_DEPTH = 64


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A Markdown file: its path below the content folder with ``/``, and its state.

    ``cascade`` are the values that its sections hand down, ``inherited`` their digest.
    """

    path: str
    id: str
    size: int
    mtime_ns: int
    inherited: str
    cascade: Mapping[str, object] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Scan:
    """The files of a folder in order, what was left out and why, folders that could not be read."""

    files: tuple[SourceFile, ...]
    skipped: tuple[Problem, ...]
    unreadable: tuple[str, ...]


class ContentError(Exception):
    """The content folder is missing or cannot be read."""


def scan(root: Path) -> Scan:
    """Find every article file below ``root``.

    Hidden files, ``_index`` pages and the resources of a page bundle (what lies beside an
    ``index.md``) are no articles. Links are followed, each folder once. Raises ContentError.
    """
    try:
        next(root.iterdir(), None)
    except FileNotFoundError as error:
        raise ContentError(f"{root}: there is no such content folder") from error
    except OSError as error:
        raise ContentError(
            f"{root}: the content folder cannot be read: {error.strerror}"
        ) from error
    walk = _Walk(root)
    walk.folder(root, "", {}, 0)
    return Scan(tuple(_one_each(walk)), tuple(walk.skipped), tuple(walk.unreadable))


def _one_each(walk: "_Walk") -> Iterator[SourceFile]:
    first: dict[str, str] = {}
    for file in sorted(walk.files, key=lambda f: f.path):
        if file.id in first:
            reason = f"has the same id as {first[file.id]} ({file.id}); rename one of them"
            walk.skipped.append(Problem(file.path, 0, reason))
        else:
            first[file.id] = file.path
            yield file


class _Walk:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: list[SourceFile] = []
        self.skipped: list[Problem] = []
        self.unreadable: list[str] = []
        self._seen: set[tuple[int, int]] = set()

    def folder(self, folder: Path, prefix: str, cascade: Mapping[str, object], depth: int) -> None:
        """Collect the files of one folder and of those below it."""
        entries = self._entries(folder, prefix, depth)
        if entries is None:
            return
        cascade = self._cascade(entries, prefix, cascade)
        inherited = blake2b(orjson.dumps(cascade, default=str), digest_size=8).hexdigest()
        articles = [e for e in entries if _is_article(e.name) and not e.name.startswith("_index.")]
        bundle = prefix and any(e.name in ("index.md", "index.markdown") for e in articles)
        for entry in articles:
            if not bundle or entry.name.startswith("index."):
                self._file(entry, prefix, cascade, inherited)
        if bundle:
            return
        for entry in entries:
            if self._stat(entry, prefix, entry.is_dir):
                self.folder(Path(entry.path), f"{prefix}{entry.name}/", cascade, depth + 1)

    def _entries(self, folder: Path, prefix: str, depth: int) -> list[os.DirEntry[str]] | None:
        try:
            state = folder.stat()
            if (state.st_dev, state.st_ino) in self._seen or depth > _MAX_DEPTH:
                self.skipped.append(
                    Problem(prefix or ".", 0, "a link to a folder that was read already; left out")
                )
                return None
            self._seen.add((state.st_dev, state.st_ino))
            with os.scandir(folder) as found:
                return sorted((e for e in found if e.name[0] != "."), key=lambda e: e.name)
        except OSError as error:
            self.skipped.append(Problem(prefix or ".", 0, f"cannot be read: {error.strerror}"))
            self.unreadable.append(prefix)
            return None

    def _cascade(
        self, entries: list[os.DirEntry[str]], prefix: str, cascade: Mapping[str, object]
    ) -> Mapping[str, object]:
        for entry in entries:
            if entry.name in ("_index.md", "_index.markdown"):
                path = f"{prefix}{entry.name}"
                try:
                    return {**cascade, **parse_cascade(Path(entry.path).read_bytes(), path)}
                except ArticleError as error:
                    self.skipped.append(Problem(path, error.line, error.reason))
                except OSError as error:
                    self.skipped.append(Problem(path, 0, f"cannot be read: {error.strerror}"))
        return cascade

    def _file(
        self,
        entry: os.DirEntry[str],
        prefix: str,
        cascade: Mapping[str, object],
        inherited: str,
    ) -> None:
        path = f"{prefix}{entry.name}"
        if not self._stat(entry, prefix, lambda: True):
            return
        state = entry.stat()
        if not stat.S_ISREG(state.st_mode):
            if not stat.S_ISDIR(state.st_mode):
                self.skipped.append(Problem(path, 0, "is no regular file"))
        elif state.st_size > MAX_BYTES:
            megabytes = state.st_size / 2**20
            reason = f"is too large for an article ({megabytes:.0f} MiB, at most 10)"
            self.skipped.append(Problem(path, 0, reason))
        else:
            self.files.append(
                SourceFile(
                    path, article_id(path), state.st_size, state.st_mtime_ns, inherited, cascade
                )
            )

    def _stat(self, entry: os.DirEntry[str], prefix: str, wanted: Callable[[], bool]) -> bool:
        """Whether the entry exists and is wanted; a broken link is listed."""
        try:
            entry.stat()
            return wanted()
        except OSError as error:
            if _is_article(entry.name) or entry.is_symlink():
                reason = f"cannot be read: {error.strerror}"
                self.skipped.append(Problem(f"{prefix}{entry.name}", 0, reason))
            return False


def _is_article(name: str) -> bool:
    return unicodedata.normalize("NFC", name).lower().endswith(_ENDINGS)
