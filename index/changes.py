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
        if outcome.unreadable:
            self._put_off(file.path, outcome.error.reason if outcome.error else "")
            return
        if outcome.same and old is not None:
            self._entries[file.path] = _entry(file, old.digest, old.article, old.problems)
            return
        problems = (outcome.error,) if outcome.error else outcome.problems
        article = "" if outcome.error else file.id
        self._entries[file.path] = _entry(
            file, outcome.digest, article, tuple((p.line, p.reason) for p in problems)
        )

    def refuse(self, refused: Mapping[str, str]) -> None:
        """Note which articles the index does not take, by id, and why."""
        if refused:
            for path, entry in list(self._entries.items()):
                if entry.article in refused:
                    self._put_off(path, refused[entry.article])

    def entry(self, path: str) -> Entry:
        """What is known of a file now."""
        return self._entries[path]

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
        found = counts(self._before, self._entries)
        return found | {"unchanged": found["unchanged"] + self._rest_articles}

    def skipped(self) -> list[Problem]:
        """Files and folders that gave no article."""
        return [*self.left_out(), *problems(self._rest, self._entries, with_article=False)]

    def left_out(self) -> tuple[Problem, ...]:
        """Files and folders that the scan left out."""
        return self._scan.skipped

    def salvaged(self) -> list[Problem]:
        """What is wrong with files that gave an article all the same."""
        return problems(self._rest, self._entries, with_article=True)

    def _put_off(self, path: str, reason: str) -> None:
        """It may work next time, so that the file is read again; until then its article stays as it
        was (a rebuilt index has nothing of it that could stay)."""
        old = None if self._rebuild else self._before.get(path)
        inherited, digest, article = (old.inherited, old.digest, old.article) if old else ("",) * 3
        self._entries[path] = Entry(0, 0, inherited, digest, article, ((0, reason),))

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


def counts(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> dict[str, int]:
    """added, updated, renamed, deleted and unchanged articles from one manifest to the next."""
    came, updated, articles = Counter[str](), 0, 0
    for path, entry in after.items():
        if not entry.article:
            continue
        articles += 1
        old = before.get(path)
        if old is None or not old.article:
            came[entry.digest] += 1
        elif not _same(old, entry):
            updated += 1
    gone = Counter(
        entry.digest
        for path, entry in before.items()
        if entry.article and not (path in after and after[path].article)
    )
    renamed = (gone & came).total()
    return {
        "added": came.total() - renamed,
        "updated": updated,
        "renamed": renamed,
        "deleted": gone.total() - renamed,
        "unchanged": articles - came.total() - updated,
    }


def problems(*manifests: Mapping[str, Entry], with_article: bool) -> list[Problem]:
    """What is wrong with files, those that gave an article or the others."""
    found = [
        (path, entry)
        for entries in manifests
        for path, entry in entries.items()
        if entry.problems and bool(entry.article) is with_article
    ]
    return [
        Problem(path, line, reason)
        for path, entry in sorted(found)
        for line, reason in entry.problems
    ]


def _same(old: Entry, entry: Entry) -> bool:
    """Whether a file says what it said."""
    return (old.digest, old.inherited) == (entry.digest, entry.inherited)


def _articles(entries: Mapping[str, Entry]) -> int:
    return sum(1 for entry in entries.values() if entry.article)


def _entry(
    file: SourceFile, digest: str, article: str, problems: tuple[tuple[int, str], ...]
) -> Entry:
    return Entry(file.size, file.mtime_ns, file.inherited, digest, article, problems)
