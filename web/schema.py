"""The parameters and answers of the API, as OpenAPI describes them."""

from typing import ClassVar, Literal, NotRequired

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from index.fields import FACETS, VALUE_FACETS
from search.request import (
    MAX_PER_PAGE,
    MAX_QUERY,
    MAX_RELATED,
    MAX_SNIPPETS,
    MAX_SUGGESTIONS,
    AppliedQuery,
    DateValue,
    FacetSearch,
    FacetValue,
    Hit,
    Kind,
    NearHit,
    RequestError,
    SearchRequest,
)


class Query(BaseModel):
    """The parameters of a route; ``repeatable`` may be given several times."""

    model_config = ConfigDict(extra="forbid")
    repeatable: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def allowed(cls, name: str) -> str:
        """What a parameter may be, for people."""
        schema = cls.model_json_schema()["properties"][name]
        span = ""
        if schema.get("type") == "integer":
            most = f"to {schema['maximum']}" if "maximum" in schema else "or more"
            span = f" (a number, {schema['minimum']} {most})"
        elif "maxLength" in schema:
            span = f" (1 to {schema['maxLength']} characters)"
        return f"it is {schema['description']}{span}"


class SearchQuery(Query):
    """The parameters of a search."""

    repeatable = frozenset(VALUE_FACETS)

    q: str = Field("", description=f"query, at most {MAX_QUERY} characters; empty matches all")
    author: list[str] = Field([], description="an author; values of one facet are OR")
    category: list[str] = Field([], description="a category; different facets are AND")
    tag: list[str] = Field([], description="a tag")
    date_from: str = Field("", description="YYYY, YYYY-MM or YYYY-MM-DD, inclusive")
    date_to: str = Field("", description="YYYY, YYYY-MM or YYYY-MM-DD, inclusive")
    sort: Literal["relevance", "newest", "oldest"] | None = Field(
        None,
        description="relevance, newest or oldest; without it relevance, newest where q is empty",
    )
    page: int = Field(1, ge=1, description="from 1, up to 10,000 hits deep; cursor beyond")
    per_page: int = Field(10, ge=1, le=MAX_PER_PAGE, description="hits on a page")
    cursor: str = Field("", description="cursor of the answer before, instead of page")
    facets: str = Field(
        ",".join(FACETS), description="which facets to count, comma separated; empty: none"
    )
    facet_size: int = Field(20, ge=0, le=1000, description="values of a facet")
    facet_query: str = Field(
        "",
        description="author:김, keep values of one facet with a word that begins so, or its 초성",
    )
    highlight: bool = Field(True, description="1 or 0")
    snippets: int = Field(2, ge=0, le=MAX_SNIPPETS, description="snippets of the body")
    snippet_length: int = Field(120, ge=20, le=500, description="characters of a snippet")
    correct: bool = Field(True, description="1, or 0 to search for the query as typed")

    def to_request(self) -> SearchRequest:
        """The request for the service. Raises RequestError."""
        return SearchRequest(
            q=self.q,
            selected={name: tuple(getattr(self, name)) for name in VALUE_FACETS},
            date_from=self.date_from,
            date_to=self.date_to,
            sort=self.sort,
            page=self.page,
            per_page=self.per_page,
            cursor=self.cursor,
            facets=tuple(dict.fromkeys(f.strip() for f in self.facets.split(",") if f.strip())),
            facet_size=self.facet_size,
            facet_search=self._facet_search(),
            highlight=self.highlight,
            snippets=self.snippets,
            snippet_length=self.snippet_length,
            correct=self.correct,
        )

    def _facet_search(self) -> FacetSearch | None:
        if not self.facet_query:
            return None
        facet, colon, text = self.facet_query.partition(":")
        if not colon:
            raise RequestError("facet_query", "names no facet; write author:김")
        return FacetSearch(facet.strip(), text.strip())


class ArticleQuery(Query):
    """The parameters of one article."""

    id: str = Field(description="id of the article, as hits give it", min_length=1, max_length=1000)


class RelatedQuery(ArticleQuery):
    """The parameters of related articles."""

    limit: int = Field(5, ge=1, le=MAX_RELATED, description="the most articles")


class SuggestQuery(Query):
    """The parameters of suggestions."""

    q: str = Field(
        "", description=f"what was typed so far, at most {MAX_QUERY} characters; 초성 do"
    )
    limit: int = Field(8, ge=1, le=MAX_SUGGESTIONS, description="the most suggestions")


class FacetCounts(TypedDict, total=False):
    """The facets that were asked for."""

    author: list[FacetValue]
    category: list[FacetValue]
    tag: list[FacetValue]
    year: list[DateValue]
    month: list[DateValue]


class SearchResponse(BaseModel):
    """The answer to a search."""

    query: AppliedQuery
    total: int
    page: int
    per_page: int
    pages: int
    cursor: str | None
    partial: bool
    took_ms: float
    generation: int
    hits: list[Hit]
    also: list[NearHit]
    facets: FacetCounts


class ArticleAnswer(BaseModel):
    """One article."""

    id: str
    url: str
    title: str
    subtitle: str
    body: str
    authors: list[str]
    categories: list[str]
    tags: list[str]
    date: str | None
    lastmod: str | None
    image: str


class ShownSuggestion(TypedDict):
    """A completion: of a title with its ``url``, of a facet value with its ``count``."""

    text: str
    kind: Kind
    highlight: str
    url: NotRequired[str]
    count: NotRequired[int]


class SuggestResponse(BaseModel):
    """Completions, the best first."""

    suggestions: list[ShownSuggestion]


class RelatedResponse(BaseModel):
    """Articles about the same, the most alike first; without highlights."""

    hits: list[Hit]


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    type: str
    status: int
    title: str
    detail: str
    parameter: str | None = None
