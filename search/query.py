"""The query language: text to a tree of our own (``query_tree``), leniently.

    query  = part {part}                        all parts are asked for
    part   = item {"OR" item}                   OR binds closer than standing side by side
    item   = ["-"] [field ":"] (word | prefix "*" | quoted | "(" query ")")

Whatever does not fit is read as far as it makes sense: an open quotation mark or parenthesis ends
with the query, a lone operator is dropped, an unknown field is text.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from index.cache import ByteCache, CacheState
from index.fields import TEXT_FIELDS, VALUE_FACETS
from search.dates import parse_range
from search.query_tree import (
    AllOf,
    AnyOf,
    Dated,
    FacetIs,
    InField,
    Node,
    Not,
    Prefix,
    Quoted,
    Words,
)

MAX_DEPTH = 16
# More than are asked at a time.
_TREES_BYTES = 1 << 19
# What a tree takes, measured: for itself and its key, for a token of its query.
_TREE_BYTES, _TOKEN_BYTES = 600, 150

FIELDS = (*TEXT_FIELDS, *VALUE_FACETS, "date")
KOREAN_FIELDS = {
    "제목": "title",
    "부제": "subtitle",
    "본문": "body",
    "기자": "author",
    "분류": "category",
    "태그": "tag",
    "날짜": "date",
    "기간": "date",
}
_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<quoted>[\"“”](?P<inside>[^\"“”]*)[\"“”]?)"
    r"|(?P<open>\()|(?P<close>\))|(?P<word>[^\s\"“”()]+)"
)
_FIELD = re.compile(rf"(?P<name>{'|'.join(FIELDS)}):(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
# What looks like a field, unlike 12:30, 3:1, https://…, std::sort and C:\. Korean texts have a
# colon behind any word (속보:…), so that of these only names of fields are taken for such.
_LIKE_FIELD = re.compile(rf"([A-Za-z]{{2,}}|{'|'.join(KOREAN_FIELDS)}):(?![/\\:]).+", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_NEGATIVE = re.compile(r"-\d[\d,.]*(?P<percent>(?:%|퍼센트|％)(?:p|P|포인트)?)?")
_LETTER = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Misread:
    """A part that looks like a date or a field and is none: it is searched for as words."""

    kind: Literal["date", "field"]
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


_Read = tuple[AllOf, tuple[Misread, ...]]
# Planned, looked through for slips and for hints: each asks for it anew.
_trees: ByteCache[str, _Read] = ByteCache(_TREES_BYTES)


def clean(text: str) -> str:
    """A query as it is searched for: NFC, control characters as spaces, trimmed."""
    return _CONTROL.sub(" ", unicodedata.normalize("NFC", text)).strip()


def parse(text: str) -> AllOf:
    """The tree of a query. Never fails; a query that asks for nothing has no nodes."""
    return _read(text)[0]


def misread(text: str) -> tuple[Misread, ...]:
    """The parts of a query that may have been meant otherwise than they are read, in order."""
    return _read(text)[1]


def trees() -> CacheState:
    """The figures of what is kept of queries that were read."""
    return _trees.state()


def _read(text: str) -> _Read:
    return _trees.get(text, lambda: _parsed(text))


def _parsed(text: str) -> tuple[_Read, int]:
    parser = _Parser(text)
    tree = parser.query()
    size = _TREE_BYTES + 2 * len(text) + _TOKEN_BYTES * len(parser.tokens)
    return (tree, tuple(parser.misread)), size


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self.tokens = list(_tokens(text))
        self._next = 0
        self._depth = 0
        self._groups = 0
        self.misread: list[Misread] = []

    def query(self) -> AllOf:
        """Parts up to the end or the closing parenthesis of this level."""
        start = self._peek().start if self._more() else len(self._text)
        nodes: list[Node] = []
        while self._more():
            if self._peek().kind == "close":
                if self._groups:
                    break
                self._next += 1
                continue
            part = self._part()
            if part is not None:
                _append(nodes, part, self._text)
        end = nodes[-1].end if nodes else start
        return AllOf(tuple(nodes), start, end)

    def _part(self) -> Node | None:
        items = [self._item()]
        while self._more() and self._is_or():
            while self._more() and self._is_or():
                self._next += 1
            if self._more() and self._peek().kind != "close":
                items.append(self._item())
        found = [item for item in items if item is not None]
        if len(found) > 1:
            return AnyOf(tuple(found), found[0].start, found[-1].end)
        return found[0] if found else None

    def _item(self) -> Node | None:
        if self._is_or():
            self._next += 1
            return None
        token = self._take()
        if token.kind == "open":
            return self._group(token)
        if token.kind == "quoted":
            return Quoted(token.text, token.start, token.end) if token.text.strip() else None
        return self._word(token)

    def _word(self, token: _Token) -> Node | None:
        if token.text.startswith("-") and not self._is_negative_number(token):
            return self._negated(token)
        field = _FIELD.fullmatch(token.text)
        if field:
            return self._fielded(token, field["name"].lower(), field["rest"])
        if _LIKE_FIELD.fullmatch(token.text):
            self._misread("field", token.start, token.end)
        if token.text.endswith("*") and (head := token.text.rstrip("*")):
            return Prefix(head, token.start, token.end)
        text = token.text.strip("*")
        return Words(text, token.start, token.end) if text else None

    def _is_negative_number(self, token: _Token) -> bool:
        """A number with its minus: where it is all that is asked for, and with a unit of percent
        everywhere, because nobody leaves out one such figure."""
        number = _NEGATIVE.fullmatch(token.text)
        return number is not None and (len(self.tokens) == 1 or bool(number["percent"]))

    def _negated(self, token: _Token) -> Node | None:
        rest = token.text.lstrip("-")
        if not rest and not self._adjacent(token):
            return None
        inner = self._rest(token, rest, token.end - len(rest))
        return Not(inner, token.start, inner.end) if inner else None

    def _fielded(self, token: _Token, name: str, rest: str) -> Node | None:
        if not rest and not self._adjacent(token):
            return None
        inner = self._rest(token, rest, token.end - len(rest), plain=name not in TEXT_FIELDS)
        if inner is None:
            return None
        if name in TEXT_FIELDS:
            return InField(name, inner, token.start, inner.end)
        return self._valued(name, inner, token.start)

    def _valued(self, name: str, inner: Node, start: int) -> Node | None:
        """``author:``, ``category:``, ``tag:`` and ``date:`` of a word, a phrase or a group."""
        match inner:
            case AnyOf() | AllOf():
                parts = [self._valued(name, node, node.start) for node in inner.nodes]
                found = tuple(part for part in parts if part is not None)
                return type(inner)(found, start, inner.end) if found else None
            case Not():
                refused = self._valued(name, inner.node, inner.node.start)
                return Not(refused, start, inner.end) if refused else None
            case Words() | Quoted() if name == "date":
                dates = parse_range(inner.text)
                if dates is None:
                    self._misread("date", start, inner.end)
                    return inner
                return Dated(dates, start, inner.end)
            case Words() | Quoted():
                return FacetIs(name, inner.text.strip(), start, inner.end)
            case _:
                return inner

    def _misread(self, kind: Literal["date", "field"], start: int, end: int) -> None:
        self.misread.append(Misread(kind, self._text[start:end], start, end))

    def _rest(self, token: _Token, rest: str, start: int, *, plain: bool = False) -> Node | None:
        """What follows a minus or a field name: the rest of its token, or the next token."""
        if not rest:
            return self._item()
        if plain or self._depth >= MAX_DEPTH:
            return Words(rest, start, token.end)
        self._depth += 1
        inner = self._word(_Token("word", rest, start, token.end))
        self._depth -= 1
        return inner

    def _group(self, token: _Token) -> Node | None:
        if self._depth >= MAX_DEPTH:
            return None
        self._depth, self._groups = self._depth + 1, self._groups + 1
        inner = self.query()
        self._depth, self._groups = self._depth - 1, self._groups - 1
        end = inner.end
        if self._more() and self._peek().kind == "close":
            end = self._take().end
        if not inner.nodes:
            return None
        if len(inner.nodes) == 1:
            return inner.nodes[0]
        return AllOf(inner.nodes, token.start, end)

    def _adjacent(self, token: _Token) -> bool:
        """Whether a phrase or a group follows without a space."""
        return (
            self._more()
            and self._peek().start == token.end
            and self._peek().kind in ("quoted", "open")
        )

    def _is_or(self) -> bool:
        return self._peek().kind == "word" and self._peek().text == "OR"

    def _more(self) -> bool:
        return self._next < len(self.tokens)

    def _peek(self) -> _Token:
        return self.tokens[self._next]

    def _take(self) -> _Token:
        self._next += 1
        return self.tokens[self._next - 1]


def _tokens(text: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind == "space":
            continue
        if kind in ("quoted", "inside"):
            yield _Token("quoted", match["inside"], match.start(), match.end())
        else:
            yield _Token(kind, match.group(), match.start(), match.end())


def _append(nodes: list[Node], node: Node, text: str) -> None:
    """Add a part; words side by side become one, because the analyser needs their context."""
    last = nodes[-1] if nodes else None
    if (
        isinstance(last, Words)
        and isinstance(node, Words)
        # A lone operator or a field without a value was left out between them.
        and not _LETTER.search(text, last.end, node.start)
    ):
        nodes[-1] = Words(text[last.start : node.end], last.start, node.end)
    else:
        nodes.append(node)
