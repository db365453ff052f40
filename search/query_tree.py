"""What a query asks for, as a tree: each part with its span in the text."""

from dataclasses import dataclass

from search.dates import DateRange


@dataclass(frozen=True, slots=True)
class Words:
    """Free text: words that stand side by side."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Quoted:
    """A phrase in quotation marks."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Prefix:
    """The beginning of a word."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class FacetIs:
    """A facet that must have this value."""

    facet: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Dated:
    """A date within a range."""

    range: DateRange
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class InField:
    """A part that only one text field may answer."""

    field: str
    node: "Node"
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Not:
    """A part that must not be met."""

    node: "Node"
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Parts of which one must be met."""

    nodes: tuple["Node", ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class AllOf:
    """Parts that must all be met."""

    nodes: tuple["Node", ...]
    start: int
    end: int


Node = Words | Quoted | Prefix | FacetIs | Dated | InField | Not | AnyOf | AllOf
