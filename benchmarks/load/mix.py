"""What the readers of a news site ask for, in which shares."""

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, islice
from typing import NamedTuple
from urllib.parse import quote, urlencode

from benchmarks.corpus import Draft, Sentence, drafts
from benchmarks.search.service import typed_queries

SHARES = {"search": 60, "filters": 15, "suggest": 20, "article": 3, "related": 2}
_QUERIES, _ARTICLES = 2000, 2000
_AFTER = 2080


class Asked(NamedTuple):
    """A request and what kind of one it is."""

    kind: str
    path: str


def mix(source: Sequence[Sentence], documents: int) -> Iterator[Asked]:
    """Requests without end, the same ones in every run."""
    draw = random.Random(5)  # noqa: S311
    queries = typed_queries(source, documents, _QUERIES)
    weights = list(accumulate(1 / n for n in range(1, len(queries) + 1)))
    # Withheld and scheduled articles are not there for readers.
    public = (d for d in drafts(documents, source) if not d.withheld and d.date.year < _AFTER)
    articles = list(islice(public, _ARTICLES))
    paths: dict[str, Callable[[str, Draft], str]] = {
        "search": lambda query, _: "/api/v1/search?" + urlencode({"q": query}),
        "filters": lambda query, article: _filtered(query, article, draw),
        "suggest": lambda query, _: f"/api/v1/suggest?q={quote(_begun(query, draw))}",
        "article": lambda _, article: f"/api/v1/article?id={quote(article.id)}",
        "related": lambda _, article: f"/api/v1/related?id={quote(article.id)}",
    }
    kinds, shares = list(SHARES), list(SHARES.values())
    while True:
        (kind,) = draw.choices(kinds, shares)
        (query,) = draw.choices(queries, cum_weights=weights)
        yield Asked(kind, paths[kind](query, draw.choice(articles)))


def _filtered(query: str, article: Draft, draw: random.Random) -> str:
    year = f"{article.date:%Y}"
    given = draw.choice(
        (
            {"author": article.author},
            {"category": article.category},
            {"tag": article.tags[0]},
            {"date_from": year, "date_to": year},
            {"sort": "newest", "page": 2},
            {"facet_query": f"author:{article.author[0]}"},
        )
    )
    return "/api/v1/search?" + urlencode({"q": query, **given})


def _begun(query: str, draw: random.Random) -> str:
    return query[: draw.randint(1, min(len(query), 6))]
