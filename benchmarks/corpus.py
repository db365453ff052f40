"""Made-up documents in any number, from real sentences that are analysed once.

The recipe is that of a newsroom: half of an article's sentences come from one neighbourhood, so
that articles have topics; authors, categories, tags and dates follow skewed distributions. A
document is put together from analysed sentences, so that a million of them cost no analysis.
"""

import gzip
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from index import spans
from index.analysed import field_terms
from index.analysis import Analysis, analyser_for
from index.document import Document
from index.fields import NEVER
from index.plaintext import joined, plain_text
from index.terms import Runs, Term, Terms

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("BENCH_SHARED") or ROOT.parent / "shared")
CACHE = Path(os.environ.get("BENCH_CACHE") or ROOT / ".bench")

_CATEGORIES = [
    "정치",
    "경제",
    "사회",
    "국제",
    "문화",
    "스포츠",
    "IT",
    "자동차",
    "연예",
    "생활",
    "과학",
    "교육",
]
_FAMILY = "김이박최정강조윤장임한오서신권황안송전홍"
_GIVEN = [
    "한수",
    "민준",
    "서연",
    "지훈",
    "예은",
    "도윤",
    "하은",
    "주원",
    "수아",
    "지호",
    "서준",
    "다은",
    "현우",
    "유진",
    "준서",
]
_AUTHORS = [family + given for given in _GIVEN for family in _FAMILY]
_FIRST_DAY = datetime(2015, 1, 1, tzinfo=UTC)
_DAYS = 3980
_SENTENCE_GAP = 10


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and what the analyser makes of it."""

    text: str
    analysis: Analysis


@dataclass(frozen=True, slots=True)
class Draft:
    """What was drawn for a document, before it is put together."""

    number: int
    date: datetime
    withheld: bool
    author: str
    category: str
    tags: tuple[str, ...]
    title: Sentence
    subtitle: Sentence
    body: tuple[Sentence, ...]

    @property
    def id(self) -> str:
        """The id of its document."""
        return f"posts/{self.date:%Y/%m}/{self.number:07d}"


def sentences(limit: int | None = None) -> list[Sentence]:
    """All sentences or the first ``limit``, analysed; kept in the cache folder for next time."""
    texts = _texts()[:limit]
    analyser = analyser_for()
    path = CACHE / ("sentences.json" if limit is None else f"sentences-{limit}.json")
    try:
        kept = orjson.loads(path.read_bytes())
        if kept["stamp"] == analyser.stamp and kept["texts"] == texts:
            return [_read(text, row) for text, row in zip(texts, kept["rows"], strict=True)]
    except (OSError, orjson.JSONDecodeError, KeyError):
        pass
    found = [Sentence(t, a) for t, a in zip(texts, analyser.analyse_many(texts), strict=True)]
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [_row(sentence) for sentence in found]
    path.write_bytes(orjson.dumps({"stamp": analyser.stamp, "texts": texts, "rows": rows}))
    return found


def drafts(
    count: int, source: Sequence[Sentence], *, seed: int = 1, start: int = 0
) -> Iterator[Draft]:
    """``count`` drafts; draft ``i`` of a seed is the same whatever else is asked for."""
    tags = _tags()
    for i in range(start, start + count):
        yield _draft(i, random.Random(f"{seed}:{i}"), source, tags)  # noqa: S311


def documents(
    count: int, source: Sequence[Sentence], *, seed: int = 1, start: int = 0
) -> Iterator[Document]:
    """The drafts as documents of the index."""
    return map(document, drafts(count, source, seed=seed, start=start))


def _texts() -> list[str]:
    shared = SHARED / "bench" / "sentences.txt.gz"
    if shared.is_file():
        with gzip.open(shared, "rt", encoding="utf-8") as file:
            return [line for line in file.read().split("\n") if line.strip()]
    blocks = (joined(plain_text(p.read_text("utf-8", "replace")).blocks)[0] for p in _examples())
    return [line for text in blocks for line in text.split("\n") if len(line) > 20]


def _examples() -> list[Path]:
    return sorted((ROOT / "examples" / "content").rglob("*.md"))


def _tags() -> list[str]:
    shared = SHARED / "bench" / "tags.txt"
    if shared.is_file():
        return [tag for tag in shared.read_text("utf-8").split("\n") if tag]
    return [f"태그{i}" for i in range(500)]


def _draft(i: int, rng: random.Random, source: Sequence[Sentence], tags: Sequence[str]) -> Draft:
    home = rng.randrange(len(source))

    def sentence() -> Sentence:
        near = (home + rng.randrange(300)) % len(source)
        return source[near if rng.random() < 0.5 else rng.randrange(len(source))]

    def skewed(items: Sequence[str]) -> str:
        return items[int(len(items) * rng.random() ** 3)]

    date = _FIRST_DAY + timedelta(days=rng.random() ** 0.7 * _DAYS, seconds=rng.randrange(86400))
    if rng.random() < 0.005:
        date = datetime(2090, 1, 1, tzinfo=UTC) + timedelta(days=rng.randrange(300))
    withheld = rng.random() < 0.02
    author, category = skewed(_AUTHORS), skewed(_CATEGORIES)
    chosen = tuple(sorted({skewed(tags) for _ in range(rng.randrange(1, 6))}))
    title, subtitle = sentence(), sentence()
    body = tuple(sentence() for _ in range(rng.randrange(9, 42)))
    return Draft(i, date, withheld, author, category, chosen, title, subtitle, body)


def document(draft: Draft) -> Document:
    """What the index holds of a draft."""
    date = draft.date
    texts = {
        "title": _text([draft.title]),
        "subtitle": _text([draft.subtitle]),
        "body": _text(draft.body),
    }
    return Document(
        id=draft.id,
        text={name: field_terms(text.analysis) for name, text in texts.items()},
        facets={
            "author": (draft.author,),
            "category": (draft.category,),
            "tag": draft.tags,
            "year": (f"{date:%Y}",),
            "month": (f"{date:%Y-%m}",),
        },
        date=int(date.timestamp()),
        visible_from=int(date.timestamp()),
        visible_to=NEVER,
        withheld=draft.withheld,
        record={
            "id": draft.id,
            "url": f"https://news.example/{draft.id}/",
            **{name: text.text for name, text in texts.items()},
            "headings": [],
            "authors": [draft.author],
            "categories": [draft.category],
            "tags": draft.tags,
            "date": date.isoformat(),
            "lastmod": None,
            "image": f"https://news.example/images/{draft.number}.jpg",
            "source": f"{draft.id}.md",
        },
        spans=spans.encode([(t.text, t.analysis.terms, t.analysis.runs) for t in texts.values()]),
    )


def _text(parts: Sequence[Sentence]) -> Sentence:
    """Sentences as one text."""
    text, position = "", 0
    terms: list[Term] = []
    runs = Runs([], [], [])
    side: list[str] = []
    for part in parts:
        shift = len(text) + bool(text)
        text += (" " if text else "") + part.text
        own = part.analysis
        terms += [
            # Not dataclasses.replace, which takes ten times as long.
            Term(t.text, t.position + position, t.start + shift, t.end + shift, t.extra)
            for t in own.terms
        ]
        runs.texts.extend(own.runs.texts)
        runs.starts.extend(start + shift for start in own.runs.starts)
        runs.ends.extend(end + shift for end in own.runs.ends)
        side += own.side
        # The last term need not stand last: extras come behind the morphemes.
        position += max((term.position for term in own.terms), default=0) + _SENTENCE_GAP
    return Sentence(text, Analysis(_by_column(terms), tuple(side), runs))


def _by_column(terms: Sequence[Term]) -> Terms:
    ordered = sorted(terms, key=lambda term: term.extra)
    morphemes = sum(not term.extra for term in terms)
    texts, positions, starts, ends, _ = ([t[i] for t in ordered] for i in range(5))
    return Terms(texts, positions, starts, ends, morphemes)


def _row(sentence: Sentence) -> list[object]:
    own = sentence.analysis
    return [
        [[t.text, t.position, t.start, t.end, t.extra] for t in own.terms],
        own.side,
        [[r.text, r.start, r.end] for r in own.runs],
    ]


def _read(text: str, row: list[list[list[object]]]) -> Sentence:
    terms, side, runs = row
    return Sentence(
        text,
        Analysis(
            _by_column([Term(*t) for t in terms]),  # type: ignore[arg-type]
            tuple(side),  # type: ignore[arg-type]
            Runs(*([run[i] for run in runs] for i in range(3))),  # type: ignore[arg-type]
        ),
    )
