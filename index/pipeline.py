"""From files to documents, in this process or spread over several."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from hashlib import blake2b
from pathlib import Path
from zoneinfo import ZoneInfo

from index.analysed import AnalysedTexts, analysed_texts, analysis_key, dump, load
from index.analysis import Analyser, Tokenised, analyser_for
from index.analysis_cache import AnalysisReader
from index.article import Article, ArticleError, Problem, parse_article
from index.document import Document, texts_of, to_document
from index.scan import SourceFile
from index.site import Site
from index.workers import spread

# About a second of analysis: small enough for true progress and a quick stop.
_CHUNK_BYTES = 150_000
# Of several processes none shall work on for long when the others have nothing left to do: towards
# the end a chunk is a part of what is left, and at least so large.
_LEAST_CHUNK_BYTES = 15_000
_CHUNKS_LEFT = 6
# Below this a second process would spend longer loading Kiwi than it saves.
_WORTH_PROCESSES_BYTES = 1_500_000


@dataclass(frozen=True, slots=True)
class Context:
    """What every process needs to know; ``cache`` is the folder of earlier analyses."""

    root: Path
    site: Site
    user_dictionary: Path | None
    cache: Path
    analyse: bool = True


@dataclass(frozen=True, slots=True)
class Job:
    """A file to read, and the digest of what was read of it before (empty where never)."""

    file: SourceFile
    known_digest: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file.

    ``same`` where its content is what was read before; ``document`` None there, in a dry run and
    where ``error`` says why there is no article. ``unreadable``: the error may pass. ``analysis``
    is the key of its analysis, ``made`` the analysis itself where it was not in the cache.
    """

    file: SourceFile
    digest: str = ""
    same: bool = False
    document: Document | None = None
    problems: tuple[Problem, ...] = ()
    error: Problem | None = None
    unreadable: bool = field(default=False)
    analysis: bytes = b""
    made: bytes | None = None


def default_workers() -> int:
    """One process for each core that this one may use."""
    return len(os.sched_getaffinity(0))


def process(jobs: Sequence[Job], context: Context, workers: int) -> Iterator[Outcome]:
    """Read and analyse files; outcomes come as they are ready, in no order.

    ``workers``: processes at most. Few files are read in this process. Raises WorkerDiedError.
    """
    large = sum(job.file.size for job in jobs) >= _WORTH_PROCESSES_BYTES
    if workers > 1 and large and context.analyse:
        chunks = list(_chunks(jobs, workers))
        done = spread(chunks, workers, partial(_outcomes, context))
    else:
        done = (_outcomes(context, chunk) for chunk in _chunks(jobs))
    for outcomes in done:
        yield from outcomes


def _chunks(jobs: Sequence[Job], workers: int = 1) -> Iterator[list[Job]]:
    least = _LEAST_CHUNK_BYTES if workers > 1 else _CHUNK_BYTES
    chunk: list[Job] = []
    size, left = 0, sum(job.file.size for job in jobs)
    for job in jobs:
        chunk.append(job)
        size += job.file.size
        share = max(left // (workers * _CHUNKS_LEFT), least)
        if size >= min(share, _CHUNK_BYTES):
            yield chunk
            left -= size
            chunk, size = [], 0
    if chunk:
        yield chunk


@dataclass(slots=True)
class _Read:
    """An article on its way: read, then looked up in the cache or tokenised."""

    file: SourceFile
    digest: str
    article: Article
    problems: tuple[Problem, ...]
    texts: Mapping[str, str]
    key: bytes
    known: AnalysedTexts | None = None
    tokenised: Mapping[str, Tokenised] = field(default_factory=dict)

    def tokenise(self, analyser: Analyser, cache: AnalysisReader) -> None:
        """Take the texts apart where no analysis of them is kept."""
        kept = cache.get(self.key)
        self.known = load(kept) if kept is not None else None
        if self.known is None:
            self.tokenised = {name: analyser.tokenise(text) for name, text in self.texts.items()}

    def outcome(self, analyser: Analyser, zone: ZoneInfo) -> Outcome:
        """What becomes of it. The tokens are let go."""
        analysed, made = self.known, None
        if analysed is None:
            analysed = analysed_texts(self.texts, self.tokenised, analyser)
            made = dump(analysed)
        self.tokenised = {}
        document = to_document(self.article, analysed, zone)
        return Outcome(
            self.file,
            self.digest,
            document=document,
            problems=self.problems,
            analysis=self.key,
            made=made,
        )


def _outcomes(context: Context, chunk: Sequence[Job]) -> list[Outcome]:
    """Every step for all files, then the next: Kiwi's model leaves nothing else in the caches of
    the processor, and what comes right behind it for one article takes twice as long."""
    analyser = analyser_for(context.user_dictionary)
    found = [_read(job, context, analyser.stamp) for job in chunk]
    cache = _cache(context.cache)
    for one in found:
        if isinstance(one, _Read):
            one.tokenise(analyser, cache)
    zone = context.site.timezone
    return [one.outcome(analyser, zone) if isinstance(one, _Read) else one for one in found]


def _read(job: Job, context: Context, stamp: str) -> _Read | Outcome:
    file = job.file
    try:
        data = (context.root / file.path).read_bytes()
    except OSError as error:
        problem = Problem(file.path, 0, f"cannot be read: {error.strerror}")
        return Outcome(file, error=problem, unreadable=True)
    digest = blake2b(data, digest_size=16).hexdigest()
    if digest == job.known_digest:
        return Outcome(file, digest, same=True)
    try:
        article, problems = parse_article(data, file.path, context.site, file.cascade, file.section)
    except ArticleError as error:
        return Outcome(file, digest, error=Problem(file.path, error.line, error.reason))
    if not context.analyse:
        return Outcome(file, digest, problems=problems)
    texts = texts_of(article)
    return _Read(file, digest, article, problems, texts, analysis_key(texts, stamp))


@cache
def _cache(folder: Path) -> AnalysisReader:
    return AnalysisReader(folder)
