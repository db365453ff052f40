"""The parameters and answers of the archive's API, as OpenAPI describes them."""

from dataclasses import dataclass, fields, replace
from typing import Literal, TypeVar

from pydantic import BaseModel, Field

from index.fields import FACETS
from search.explain import Explanation
from search.plan import STATUSES, Status
from search.request import FacetValue, Hit, NearHit, SearchAnswer, SearchRequest
from web.schema import FacetCounts, SearchQuery, SearchResponse

_ALL_FACETS = (*FACETS, "status")

_Kind = TypeVar("_Kind", bound=Hit)


class ArchiveQuery(SearchQuery):
    """The parameters of a search in the archive."""

    repeatable = SearchQuery.repeatable | {"status"}

    status: list[Status] = Field([], description=f"one of {', '.join(STATUSES)}")
    sort: Literal["relevance", "newest", "oldest", "title"] | None = Field(  # type: ignore[assignment]
        None,
        description="relevance, newest, oldest or title; without it relevance, newest where q is "
        "empty",
    )
    facets: str = Field(
        ",".join(_ALL_FACETS), description="which facets to count, comma separated; empty: none"
    )

    explain: bool = Field(
        False, description="1 for the parts of every score, sorted by relevance, or 0"
    )

    def to_request(self) -> SearchRequest:
        """The request for the service. Raises RequestError."""
        plain = super().to_request()
        return replace(
            plain,
            everything=True,
            status=tuple(self.status),
            explain=self.explain,
            facets=tuple(name for name in plain.facets if name != "status"),
        )

    def counts_status(self) -> bool:
        """Whether the status is to be counted."""
        return "status" in super().to_request().facets


@dataclass(frozen=True, slots=True)
class ArchiveHit(Hit):
    """An article of the archive; ``source`` is its file below the content folder."""

    status: Status
    source: str
    lastmod: str | None
    explanation: Explanation | None


@dataclass(frozen=True, slots=True)
class ArchiveNearHit(NearHit):
    """One that lacks some words of the query: ``missing`` names them."""

    status: Status
    source: str
    lastmod: str | None
    explanation: Explanation | None


class ArchiveFacetCounts(FacetCounts, total=False):
    """The facets that were asked for, the status among them."""

    status: list[FacetValue]


class ArchiveResponse(SearchResponse):
    """The answer to a search in the archive."""

    hits: list[ArchiveHit]  # type: ignore[assignment]
    also: list[ArchiveNearHit]  # type: ignore[assignment]
    facets: ArchiveFacetCounts


class ExportedArticle(BaseModel):
    """A line of an export."""

    id: str
    status: Status
    title: str
    subtitle: str
    body: str
    authors: list[str]
    categories: list[str]
    tags: list[str]
    date: str | None
    lastmod: str | None
    url: str
    image: str
    source: str


def archive_hits(answer: SearchAnswer) -> list[ArchiveHit]:
    """The hits of an answer with what only editors see."""
    return [_with(answer, hit, ArchiveHit) for hit in answer.hits]


def archive_near_hits(answer: SearchAnswer) -> list[ArchiveNearHit]:
    """The hits that meet some words, likewise."""
    return [_with(answer, hit, ArchiveNearHit) for hit in answer.also]


def status_counts(answer: SearchAnswer, chosen: tuple[Status, ...]) -> list[FacetValue]:
    """The counts of the status, in the order in which an article goes through it."""
    return [
        FacetValue(name, answer.statuses.get(name, 0), name in chosen)
        for name in STATUSES
        if answer.statuses.get(name) or name in chosen
    ]


def _with(answer: SearchAnswer, hit: Hit, kind: type[_Kind]) -> _Kind:
    editorial = answer.editorial[hit.id]
    values = {field.name: getattr(hit, field.name) for field in fields(hit)}
    values |= {field.name: getattr(editorial, field.name) for field in fields(editorial)}
    values["explanation"] = answer.explanations.get(hit.id)
    return kind(**values)
