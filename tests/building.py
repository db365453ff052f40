"""Real parts, small: articles, indexes and services for the tests."""

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shutil import copy
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask

from index.analysed import AnalysedTexts, analysed_texts
from index.analysis import Analyser, analyser_for
from index.article import Article, Problem, parse_article
from index.document import texts_of, to_document
from index.manifest import Entry, Manifest
from index.reindex import Options, Report, reindex
from index.settings import Settings
from index.site import Site
from index.touched import Memory
from index.whoosh_writer import WhooshWriter
from search.engine import open_engine
from search.request import SearchRequest
from search.service import SearchService
from web.app import create_app

NOBODY = 65534
COUNTS = ("added", "updated", "renamed", "deleted", "unchanged")
SITE = "https://news.example"
SEOUL = ZoneInfo("Asia/Seoul")
NOW = datetime(2026, 1, 1, tzinfo=SEOUL).timestamp()
# Words of one's own, the same for all tests that need some: each set of words is another Kiwi.
OWN_WORDS = "# 정당\n가온누리당\n가온 누리\tNNP\t-2\t# 빈칸이 있는 이름\n"


class Quiet:
    """Progress that nobody watches."""

    def phase(self, name: str, total: int | None = None) -> None:
        """Nothing."""

    def advance(self) -> None:
        """Nothing."""


def article(article_id: str = "a", **values: Any) -> Article:
    """An article with plain values, some of them given."""
    plain: dict[str, Any] = {
        "id": article_id,
        "path": f"{article_id}.md",
        "url": f"/{article_id}/",
        "title": "",
        "subtitle": "",
        "body": "",
        "headings": (),
        "authors": (),
        "categories": (),
        "tags": (),
        "date": datetime(2025, 1, 1, tzinfo=SEOUL),
        "lastmod": None,
        "image": "",
        "draft": False,
        "hidden": False,
        "publish_date": None,
        "expiry_date": None,
    }
    return Article(**(plain | values))


def site(**values: Any) -> Site:
    """A site with plain values, some of them given."""
    plain: dict[str, Any] = {
        "base_url": f"{SITE}/",
        "permalinks": {},
        "ugly_urls": False,
        "timezone": SEOUL,
    }
    return Site(**(plain | values))


def read_article(
    data: str | bytes,
    path: str = "posts/a.md",
    cascade: Mapping[str, object] | None = None,
    **of_site: Any,
) -> tuple[Article, tuple[Problem, ...]]:
    """The article of a file, and what had to be guessed."""
    data = data if isinstance(data, bytes) else data.encode()
    return parse_article(data, path, site(**of_site), cascade)


def article_of(front: str, body: str = "본문이다.", **of_site: Any) -> Article:
    """The article of YAML front matter and a body."""
    return read_article(f"---\n{front}\n---\n{body}", **of_site)[0]


def analysed_by(analyser: Analyser, texts: Mapping[str, str]) -> AnalysedTexts:
    """The texts of an article, analysed."""
    tokenised = {name: analyser.tokenise(text) for name, text in texts.items()}
    return analysed_texts(texts, tokenised, analyser)


def build_index(folder: Path, articles: list[Article]) -> None:
    """Publish an index of these articles."""
    analyser = analyser_for()
    writer = WhooshWriter(folder)
    entries = {a.path: Entry(0, 0, "", a.id, a.id) for a in articles}
    with writer.lock(0), writer.batch(fresh=True) as batch:
        for one in articles:
            batch.add(to_document(one, analysed_by(analyser, texts_of(one)), SEOUL))
        batch.publish(Manifest(entries), "made by a test")


@dataclass
class Clock:
    """A clock that goes when it is told to."""

    now: float = NOW

    def __call__(self) -> float:
        """Seconds since 1970."""
        return self.now


def service_for(
    folder: Path, analyser: Analyser, clock: Callable[[], float] | None = None
) -> SearchService:
    """A service on the index in ``folder``; its clock stands still unless another is given."""
    engine = open_engine(Settings(index_dir=folder))
    return SearchService(engine, analyser, SEOUL, clock=clock or Clock())


def app_for(folder: Path, **values: Any) -> Flask:
    """The application on the index in ``folder``; its state lies beside it."""
    plain: dict[str, Any] = {
        "index_dir": folder,
        "content_dir": folder,
        "state_dir": folder.with_name(f"{folder.name}-state"),
        "base_url": SITE,
    }
    app = create_app(Settings(**(plain | values)))
    app.testing = True
    return app


def day(text: str, hour: int = 0) -> datetime:
    """An hour of a day in Seoul."""
    return datetime.fromisoformat(text).replace(hour=hour, tzinfo=SEOUL)


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below ``folder``, making their folders."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def keep_analyses(folder: Path, index: Path, content: Path) -> None:
    """Analyse a content folder here, so that a process that indexes it loads no Kiwi; ``folder`` is
    of no other use."""
    run_reindex(content, folder)
    index.mkdir(parents=True, exist_ok=True)
    copy(folder / "analyses.sqlite3", index)


def run_reindex(
    content: Path,
    index_dir: Path,
    memory: Memory | None = None,
    touched: Collection[Path] | None = None,
    **options: Any,
) -> Report:
    """One run of reindex without a terminal."""
    settings = Settings(content_dir=content, index_dir=index_dir, base_url="https://news.example/")
    return reindex(settings, Options(**options), Quiet(), memory, touched)


@contextmanager
def unprivileged() -> Iterator[None]:
    """A while in which chmod is obeyed, by root too."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def markdown(title: str, body: str = "본문이다.", **front: str) -> str:
    """A Markdown file with YAML front matter."""
    lines = "\n".join(f"{key}: {value}" for key, value in front.items())
    return f"---\ntitle: {title}\n{lines}\n---\n\n{body}\n"


@dataclass
class Archive:
    """A content folder and its index."""

    root: Path

    @property
    def content(self) -> Path:
        return self.root / "content"

    @property
    def index(self) -> Path:
        return self.root / "index"

    def write(self, files: Mapping[str, str | bytes]) -> None:
        write_files(self.content, files)

    def run(self, **options: Any) -> Report:
        return run_reindex(self.content, self.index, **options)

    def counts(self, **options: Any) -> dict[str, int]:
        """The counts of a run that are not zero."""
        report = self.run(**options)
        return {name: n for name in COUNTS if (n := getattr(report, name))}

    def records(self) -> dict[str, Mapping[str, Any]]:
        """The stored record of everything that a search for nothing finds."""
        service = service_for(self.index, analyser_for())
        found = service.search(SearchRequest(per_page=100, everything=True, facets=())).hits
        snapshot = open_engine(Settings(index_dir=self.index)).snapshot()
        return snapshot.documents([hit.id for hit in found], None)

    def titles(self) -> dict[str, str]:
        return {key: record["title"] for key, record in self.records().items()}
