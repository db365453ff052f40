"""Our engine on a judged set: the ranking alone, and the first page of the service."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.corpus import CACHE, ROOT
from benchmarks.relevance.measures import DEPTH
from benchmarks.relevance.sets import JudgedSet
from index.analysed import AnalysedTexts, field_terms
from index.analysis import Analyser, Analysis, analyser_for
from index.article import Article
from index.document import to_document
from index.fields import TEXT_FIELDS
from index.manifest import Manifest
from index.spans import encode
from index.whoosh_writer import WhooshWriter
from search.plan import Plan
from search.planner import Planner
from search.query import clean
from search.request import SearchRequest
from search.service import SearchService
from search.whoosh_engine import WhooshEngine

_ZONE = ZoneInfo("Asia/Seoul")
_BATCH = 256

Ask = Callable[[str], Sequence[int]]


def our_index(judged: JudgedSet, say: Callable[[str], None]) -> Path:
    """The index of the documents of a set; made anew when the code that makes it has changed."""
    folder = CACHE / "relevance" / f"{judged.name}-{judged.digest}-{_code()}"
    if folder.is_dir():
        return folder
    say(f"{judged.name}: indexing {len(judged.documents)} documents")
    for old in folder.parent.glob(f"{judged.name}-{judged.digest}-*"):
        shutil.rmtree(old)
    made = folder.with_name(folder.name + ".new")
    shutil.rmtree(made, ignore_errors=True)
    writer = WhooshWriter(made)
    with writer.lock(0), writer.batch(fresh=True) as batch:
        for article, analysed in _analysed(judged.documents, analyser_for()):
            batch.add(to_document(article, analysed, _ZONE))
        batch.publish(Manifest({}), "relevance")
    made.rename(folder)
    return folder


def ranking(folder: Path) -> Ask:
    """Every document with a scored term, by score: what the ranking does without a match rule."""
    snapshot = WhooshEngine(folder).snapshot()
    planner = Planner(_fresh_analyser(), _ZONE, snapshot.statistics)

    def ask(text: str) -> Sequence[int]:
        scored = planner.plan(clean(text), None).scored
        page = snapshot.search(Plan((), scored=scored, sort="relevance", limit=DEPTH))
        return [_number(found.id) for found in page.found if found.score > 0]

    return ask


def service(folder: Path) -> Ask:
    """The first page as the API gives it: the hits, then what it shows below them."""
    found = SearchService(WhooshEngine(folder), _fresh_analyser(), _ZONE)

    def ask(text: str) -> Sequence[int]:
        answer = found.search(SearchRequest(q=text, per_page=DEPTH, facets=(), highlight=False))
        return [_number(hit.id) for hit in (*answer.hits, *answer.also)]

    return ask


def _fresh_analyser() -> Analyser:
    """The analyser of this process, with nothing kept from earlier queries."""
    analyser = analyser_for()
    analyser.warm_up()
    analyser.forget()
    return analyser


def _analysed(
    documents: Sequence[str], analyser: Analyser
) -> Iterator[tuple[Article, AnalysedTexts]]:
    numbered = iter(enumerate(documents))
    nothing = analyser.analyse("")
    while batch := list(islice(numbered, _BATCH)):
        found = analyser.analyse_many([text for _, text in batch])
        for (number, text), analysis in zip(batch, found, strict=True):
            own = {**dict.fromkeys(TEXT_FIELDS, nothing), "body": analysis}
            yield _article(number, text), _texts(text, own)


def _texts(body: str, own: dict[str, Analysis]) -> AnalysedTexts:
    texts = {**dict.fromkeys(own, ""), "body": body}
    placed = [(texts[n], a.terms, a.runs) for n, a in own.items()]
    return AnalysedTexts({name: field_terms(a) for name, a in own.items()}, encode(placed))


def _article(number: int, text: str) -> Article:
    name = f"{number:06d}"
    return Article(
        id=name,
        path=f"{name}.md",
        url=f"/{name}/",
        title="",
        subtitle="",
        body=text,
        headings=(),
        authors=(),
        categories=(),
        tags=(),
        date=None,
        lastmod=None,
        image="",
        draft=False,
        hidden=False,
        publish_date=None,
        expiry_date=None,
    )


def _number(article_id: str) -> int:
    return int(article_id)


def _code() -> str:
    """A digest of everything that decides what an index holds."""
    digest = blake2b(analyser_for().stamp.encode(), digest_size=6)
    for file in sorted((ROOT / "index").glob("*.py")):
        digest.update(file.read_bytes())
    for file in sorted((ROOT / "index" / "lexicon").glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()
