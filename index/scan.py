"""The articles' files of a content folder, found as Hugo would find them."""

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple
from unicodedata import is_normalized, normalize

from index.article import MAX_BYTES, Problem, article_id
from index.cascade import Cascade, CascadeError, parse_cascade
from index.language import ENGLISH, Suffixes, split_language
from index.section import Section

ENDINGS = (".md", ".markdown")
_MAX_DEPTH = 64
# Two ways to write a syllable, which a person cannot tell apart.
_COMPOSED = "whole syllables (NFC)"
_DECOMPOSED = "separate letters (NFD, as old Macs write names)"


class SourceFile(NamedTuple):
    """A Markdown file: its path below the content folder with ``/``, and its state.

    ``cascade`` are the values that its sections hand down, ``section`` is the path of the nearest,
    ``inherited`` their digest.
    """

    path: str
    id: str
    size: int
    mtime_ns: int
    inherited: str
    cascade: Mapping[str, object]
    section: str = ""


@dataclass(frozen=True, slots=True)
class Scan:
    """The files of a folder in order, what was left out and why, folders that could not be read.

    ``folders`` are those whose files are articles (each path ends with ``/``, that of the content
    folder is empty), with what they hand down; those behind links are left out.
    """

    files: tuple[SourceFile, ...]
    skipped: tuple[Problem, ...]
    unreadable: tuple[str, ...]
    folders: Mapping[str, Section] = field(default_factory=dict)


class ContentError(Exception):
    """The content folder is missing or cannot be read."""


def scan(root: Path, suffixes: Suffixes = ENGLISH, cascades: tuple[Cascade, ...] = ()) -> Scan:
    """Find every article file below ``root``, of a site with these languages, which hands
    ``cascades`` down to all of them.

    Hidden files, ``_index`` pages and the resources of a page bundle (what lies beside an
    ``index.md``) are no articles. Links are followed, each folder once. Raises ContentError.
    """
    try:
        next(root.iterdir(), None)
    except FileNotFoundError as error:
        raise ContentError(
            f"{root}: there is no such content folder; name one, or set content_dir"
        ) from error
    except OSError as error:
        raise ContentError(
            f"{root}: the content folder cannot be read: {error.strerror}"
        ) from error
    walk = _Walk(root)
    languages = dict.fromkeys(("", *suffixes.values()))
    top = Section(suffixes, tuple((language, one) for language in languages for one in cascades))
    walk.folder(root, "", top, 0)
    folders = dict(walk.folders)
    walk.links()
    return Scan(tuple(_one_each(walk)), tuple(walk.skipped), tuple(walk.unreadable), folders)


def source_file(path: str, state: os.stat_result, section: Section) -> SourceFile:
    """The file at ``path``, in this state, in a folder of this section."""
    own = article_id(path)
    of = section.inherited(path, own)
    size, mtime = state.st_size, state.st_mtime_ns
    return SourceFile(path, own, size, mtime, of.digest, of.cascade, of.section)


def _one_each(walk: "_Walk") -> Iterator[SourceFile]:
    first: dict[str, str] = {}
    for file in sorted(walk.files, key=itemgetter(0)):
        if file.id in first:
            walk.skipped.append(Problem(file.path, 0, _same_id(file, first[file.id])))
        else:
            first[file.id] = file.path
            yield file


def _same_id(file: SourceFile, first: str) -> str:
    """Why a file is left out behind the first of its id."""
    if normalize("NFC", file.path) != normalize("NFC", first):
        return f"has the same id as {first} ({file.id}); rename one of them"
    forms = [
        _COMPOSED if is_normalized("NFC", path) else _DECOMPOSED for path in (file.path, first)
    ]
    return (
        f"has a name that looks like that of another file, which is taken: here in {forms[0]}, "
        f"there in {forms[1]}; remove or rename one of them"
    )


class _Walk:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: list[SourceFile] = []
        self.skipped: list[Problem] = []
        self.unreadable: list[str] = []
        self.folders: dict[str, Section] = {}
        self._seen: set[tuple[int, int]] = set()
        self._links: list[tuple[Path, str, Section, int]] = []

    def folder(self, folder: Path, prefix: str, above: Section, depth: int) -> None:
        """Collect the files of one folder and of those below it; keep links for later."""
        entries = self._entries(folder, prefix, depth)
        if entries is None:
            return
        section = self._section(entries, prefix, above)
        if section is None:
            return
        names = (e.name for e in entries)
        articles = {n for n in names if _is_article(n) and not n.startswith("_index.")}
        of_bundle = {n for n in articles if _is_page("index", n, section.suffixes)}
        bundle = prefix and of_bundle
        if not bundle:
            self.folders[prefix] = section
        for entry in entries:
            if not self._exists(entry, prefix):
                continue
            if entry.is_dir():
                below = (Path(entry.path), f"{prefix}{entry.name}/", section, depth + 1)
                if bundle:
                    continue
                if entry.is_symlink():
                    self._links.append(below)
                else:
                    self.folder(*below)
            elif entry.name in (of_bundle if bundle else articles):
                self._file(entry, prefix, section)

    def links(self) -> None:
        """Follow the links to folders, after all that is there itself: an article keeps the id
        of its own folder, whatever links to it."""
        while self._links:
            self.folder(*self._links.pop(0))

    def _entries(self, folder: Path, prefix: str, depth: int) -> list[os.DirEntry[str]] | None:
        try:
            state = folder.stat()
            place = (state.st_dev, state.st_ino)
            if depth > _MAX_DEPTH or place in self._seen:
                reason = "a link to a folder that was read already; left out"
                if place not in self._seen:
                    reason = f"lies more than {_MAX_DEPTH} folders deep; left out"
                self.skipped.append(Problem(prefix or ".", 0, reason))
                return None
            self._seen.add(place)
            with os.scandir(folder) as found:
                entries = sorted((e for e in found if e.name[0] != "."), key=lambda e: e.name)
        except OSError as error:
            self.skipped.append(Problem(prefix or ".", 0, f"cannot be read: {error.strerror}"))
            self.unreadable.append(prefix)
            return None
        return [e for e in entries if self._has_a_name(e, prefix)]

    def _has_a_name(self, entry: os.DirEntry[str], prefix: str) -> bool:
        try:
            entry.name.encode()
        except UnicodeEncodeError:
            shown = os.fsencode(entry.name).decode("utf-8", "replace")
        else:
            return True
        reason = "its name is not in UTF-8; rename it"
        self.skipped.append(Problem(prefix + shown, 0, reason))
        return False

    def _section(
        self, entries: list[os.DirEntry[str]], prefix: str, above: Section
    ) -> Section | None:
        """The folder as its articles see it; None where a page of it cannot be read."""
        section = above
        for page in entries:
            if not _is_page("_index", page.name, above.suffixes) or page.is_dir():
                continue
            try:
                own = self._cascades(page, prefix)
            except (CascadeError, OSError) as error:
                # It may say that all below is a draft: what is indexed stays, nothing comes to
                # light.
                reason = error.strerror if isinstance(error, OSError) else str(error)
                reason = f"cannot be read, nor can the articles below: {reason}"
                self.skipped.append(Problem(prefix + page.name, 0, reason))
                self.unreadable.append(prefix)
                return None
            language = _name_and_language(page.name, above.suffixes)[1]
            section = section.with_page(prefix, language, own)
        return section

    def _cascades(self, page: os.DirEntry[str], prefix: str) -> tuple[Cascade, ...]:
        state = page.stat()
        if not stat.S_ISREG(state.st_mode):
            raise CascadeError("is no regular file")
        if state.st_size > MAX_BYTES:
            raise CascadeError(f"is larger than {MAX_BYTES // 2**20} MiB")
        own, problems = parse_cascade(Path(page.path).read_bytes())
        path = f"{prefix}{page.name}"
        self.skipped += [Problem(path, line, reason) for line, reason in problems]
        return own

    def _file(self, entry: os.DirEntry[str], prefix: str, section: Section) -> None:
        path = f"{prefix}{entry.name}"
        state = entry.stat()
        if not stat.S_ISREG(state.st_mode):
            self.skipped.append(Problem(path, 0, "is no regular file"))
        elif state.st_size > MAX_BYTES:
            megabytes = state.st_size / 2**20
            reason = f"is too large for an article ({megabytes:.0f} MiB, at most 10)"
            self.skipped.append(Problem(path, 0, reason))
        else:
            self.files.append(source_file(path, state, section))

    def _exists(self, entry: os.DirEntry[str], prefix: str) -> bool:
        """Whether the entry is there; a broken link is listed."""
        try:
            entry.stat()
        except OSError as error:
            if _is_article(entry.name) or entry.is_symlink():
                reason = f"cannot be read: {error.strerror}"
                self.skipped.append(Problem(f"{prefix}{entry.name}", 0, reason))
            return False
        return True


def _is_article(name: str) -> bool:
    return name.lower().endswith(ENDINGS)


def _is_page(kind: str, name: str, suffixes: Suffixes) -> bool:
    """Whether a name is that of an ``index`` or ``_index`` page in any language."""
    # First what nearly no name does: there are hundreds of thousands.
    return (
        name.startswith(kind)
        and _is_article(name)
        and _name_and_language(name, suffixes)[0] == kind
    )


def _name_and_language(name: str, suffixes: Suffixes) -> tuple[str, str]:
    return split_language(name.rpartition(".")[0], suffixes)
