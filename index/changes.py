"""What a run found out, file by file: the next manifest, and the counts of the report."""

from collections import Counter
from collections.abc import Mapping

from index.article import Problem
from index.manifest import Entry, Manifest, difference
from index.pipeline import Job, Outcome
from index.scan import Scan, SourceFile


class Changes:
    """Takes the outcomes of a run and knows what they mean for the index.

    ``before`` is the manifest of the published index; with ``rebuild`` every file is read again.
    ``touched`` are the paths that ``found`` is about (None: it is about the whole folder).
    """

    def __init__(
        self,
        before: Manifest,
        found: Scan,
        *,
        rebuild: bool,
        touched: frozenset[str] | None = None,
    ) -> None:
        self._before = before.entries
        self._rest: dict[str, Entry] = {}
        self._started_ns: int | None = None
        if touched is not None:
            self._rest = {p: e for p, e in before.entries.items() if p not in touched}
            self._before = {p: e for p in touched if (e := before.entries.get(p)) is not None}
            # The rest was looked at then, and a file may have been written twice in an instant.
            self._started_ns = before.started_ns
        self._rest_articles = _articles(self._rest)
        self._rebuild = rebuild
        self._entries: dict[str, Entry] = {}
        self._added: list[str] = []
        self._updated = 0
        self._scan = found
        known = Manifest() if rebuild else Manifest(self._before, before.started_ns)
        differing = difference(known, found.files)
        self.jobs = [Job(file, self._known(file, rebuild)) for file in differing.to_read]
        for file in differing.unchanged:
            self._entries[file.path] = self._before[file.path]
        if not rebuild:
            self._keep_unreadable_folders()

    def take(self, outcome: Outcome) -> None:
        """Note what became of a file."""
        file = outcome.file
        old = self._before.get(file.path)
        if outcome.unreadable and old is not None and not self._rebuild:
            # Reading may work again next time; until then the article stays as it was (a rebuilt
            # index has nothing of it that could stay).
            problem = (0, outcome.error.reason if outcome.error else "")
            self._entries[file.path] = Entry(0, 0, "", old.digest, old.article, (problem,))
            return
        if outcome.same and old is not None:
            self._entries[file.path] = _entry(file, old.digest, old.article, old.problems)
            return
        problems = (outcome.error,) if outcome.error else outcome.problems
        article = "" if outcome.error else file.id
        self._entries[file.path] = _entry(
            file, outcome.digest, article, tuple((p.line, p.reason) for p in problems)
        )
        if article and (old is None or not old.article):
            self._added.append(file.path)
        elif old is not None and article and not _same(old, outcome):
            self._updated += 1

    def files(self) -> int:
        """How many files there are, articles or not."""
        return len(self._rest) + len(self._scan.files)

    def gone(self) -> list[str]:
        """Ids of articles that are indexed and no longer there (renamed ones too)."""
        kept = {entry.article for entry in self._entries.values()}
        ids = (entry.article for entry in self._before.values())
        return [article for article in ids if article and article not in kept]

    def surely_gone(self) -> int:
        """How many indexed articles cannot be in the folder any more, by the scan alone: their
        path is not there and no new file has their size."""
        there = {file.path for file in self._scan.files} | self._entries.keys()
        sizes = {job.file.size for job in self.jobs if job.file.path not in self._before}
        return sum(
            1
            for path, entry in self._before.items()
            if entry.article and path not in there and entry.size not in sizes
        )

    def indexed_before(self) -> int:
        """How many articles the published index holds."""
        return self._rest_articles + _articles(self._before)

    def articles(self) -> int:
        """How many articles the folder gives, as far as it was read."""
        return self._rest_articles + _articles(self._entries)

    def manifest(self, started_ns: int) -> Manifest:
        """The manifest to publish with the run."""
        return Manifest(self._rest | self._entries, self._started_ns or started_ns)

    def differs(self) -> bool:
        """Whether the manifest says anything new, be it only that a file was read again and
        needs no third reading."""
        return bool(self.jobs) or self._entries != self._before

    def counts(self) -> dict[str, int]:
        """added, updated, renamed, deleted and unchanged articles."""
        gone = Counter(
            entry.digest
            for path, entry in self._before.items()
            if entry.article and not (path in self._entries and self._entries[path].article)
        )
        came = Counter(self._entries[path].digest for path in self._added)
        renamed = (gone & came).total()
        articles = self.articles()
        return {
            "added": len(self._added) - renamed,
            "updated": self._updated,
            "renamed": renamed,
            "deleted": gone.total() - renamed,
            "unchanged": articles - len(self._added) - self._updated,
        }

    def skipped(self) -> list[Problem]:
        """Files and folders that gave no article."""
        return [*self._scan.skipped, *self._problems(with_article=False)]

    def salvaged(self) -> list[Problem]:
        """What is wrong with files that gave an article all the same."""
        return list(self._problems(with_article=True))

    def _problems(self, *, with_article: bool) -> list[Problem]:
        found = [
            (path, entry)
            for entries in (self._rest, self._entries)
            for path, entry in entries.items()
            if entry.problems and bool(entry.article) is with_article
        ]
        return [
            Problem(path, line, reason)
            for path, entry in sorted(found)
            for line, reason in entry.problems
        ]

    def _known(self, file: SourceFile, rebuild: bool) -> str:
        old = self._before.get(file.path)
        if rebuild or old is None or old.inherited != file.inherited:
            return ""
        return old.digest

    def _keep_unreadable_folders(self) -> None:
        unreadable = self._scan.unreadable
        for path, entry in self._before.items() if unreadable else ():
            if path.startswith(unreadable):
                self._entries.setdefault(path, entry)


def _articles(entries: Mapping[str, Entry]) -> int:
    return sum(1 for entry in entries.values() if entry.article)


def _entry(
    file: SourceFile, digest: str, article: str, problems: tuple[tuple[int, str], ...]
) -> Entry:
    return Entry(file.size, file.mtime_ns, file.inherited, digest, article, problems)


def _same(old: Entry, outcome: Outcome) -> bool:
    return (old.digest, old.inherited) == (outcome.digest, outcome.file.inherited)
