"""What a run that follows a folder keeps in memory, so that one changed file among a hundred
thousand costs no look at the others."""

import stat
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from index.article import MAX_BYTES, Problem, article_id
from index.manifest import Manifest
from index.scan import ENDINGS, Scan, source_file
from index.section import Section
from index.writer import Published

# Of these a run looks at the whole folder: they decide what others are.
_DECIDING = ("index.", "_index.")


class Memory:
    """What the last run saw of a folder, and published."""

    def __init__(self) -> None:
        self.published: Published | None = None
        self._folders: Mapping[str, Section] = {}
        self._owners: dict[str, str] = {}
        self._skipped: tuple[Problem, ...] = ()
        self._left_out: set[str] = set()

    def know(self, manifest: Manifest) -> None:
        """Note what the manifest of the published generation is now."""
        if self.published is not None:
            self.published = replace(self.published, manifest=manifest)

    def keep(self, found: Scan) -> None:
        """Remember a scan of the whole folder."""
        self._folders = found.folders
        self._owners = {file.id: file.path for file in found.files}
        self._skipped = found.skipped
        self._left_out = {article_id(problem.file) for problem in found.skipped}

    def touched(self, root: Path, paths: Collection[Path]) -> tuple[Scan, frozenset[str]] | None:
        """The articles among ``paths`` as they are now, and the paths of all that may be articles.

        None where only a scan of the whole folder can tell.
        """
        if self.published is None or not self._folders:
            return None
        names = list(_names(root, paths))
        concerned = [name for name in names if name.lower().endswith(ENDINGS)]
        others = set(names).difference(concerned)
        if any(self._is_folder(root, name) for name in others):
            return None
        files = []
        for name in concerned:
            if not self._is_plain(name):
                return None
            try:
                state = (root / name).lstat()
            except FileNotFoundError:
                continue
            except OSError:
                return None
            if not stat.S_ISREG(state.st_mode) or state.st_size > MAX_BYTES:
                return None
            folder = self._folders[name.rpartition("/")[0] + "/" if "/" in name else ""]
            files.append(source_file(name, state, folder))
        for file in files:
            self._owners[file.id] = file.path
        return Scan(tuple(files), self._skipped, (), self._folders), frozenset(concerned)

    def _is_folder(self, root: Path, name: str) -> bool:
        """Whether a name is a folder, or was one: a page bundle that is gone is known by its
        article alone."""
        if f"{name}/" in self._folders or (root / name).is_dir():
            return True
        return not (root / name).exists() and any(
            path.startswith(f"{name}/") for path in self._owners.values()
        )

    def _is_plain(self, name: str) -> bool:
        """Whether a file decides of no other, and none of it."""
        folder, _, bare = name.rpartition("/")
        key = article_id(name)
        return (
            (f"{folder}/" if folder else "") in self._folders
            and not bare.startswith(_DECIDING)
            and unicodedata.is_normalized("NFC", name)
            and self._owners.get(key, name) == name
            and key not in self._left_out
        )


def _names(root: Path, paths: Iterable[Path]) -> Iterator[str]:
    # The system tells of whole paths, whatever the configuration says.
    root = root.absolute()
    for path in set(paths):
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else ".."
        if name == ".." or not any(part.startswith(".") for part in name.split("/")):
            yield name
