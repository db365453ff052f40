"""Front matter through python-frontmatter, with handlers that lose nothing.

As it is, the library turns ``title: No`` into False, fails a whole block over one impossible date,
and takes TOML without the ``toml`` package, one-line JSON and files with a byte order mark for
files without front matter. Here a YAML scalar stays text, and what begins as front matter and
gives no mapping is an error.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import frontmatter
import yaml
from frontmatter.default_handlers import BaseHandler

_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
# Enough for any front matter that a person wrote; what is nested deeper or refers to itself more
# often was made to harm.
_MAX_NODES = 20_000
_MAX_DEPTH = 50
# The time that a parser of TOML takes for one dotted key grows with the square of its parts.
_PART = r"""(?:"[^"\n]*+"|'[^'\n]*+'|[\w-]++)"""
_DOTTED = re.compile(rf"(?<![\w-])(?:{_PART}[ \t]*+\.[ \t]*+){{{_MAX_DEPTH}}}")
# What a quoted scalar may mean otherwise than it is written.
_ESCAPES = re.compile(r"""[\\'"]""")
# Numbers of more digits Python does not write out.
_MAX_BITS = 10_000
# Nothing, as YAML writes it where no quotes say that it is a word.
_NULLS = frozenset(("~", "null", "Null", "NULL"))
_HELD_BACK = "the article is held back as a draft is"
# What keeps an article from the public: rather an article too few than a draft in public.
HIDING = frozenset(
    (
        *("draft", "publishdate", "pubdate", "published", "expirydate", "unpublishdate"),
        *("headless", "robotsnoindex", "search", "build", "_build"),
    )
)


class FrontMatterError(Exception):
    """Front matter that cannot be read: the line in the file, and why."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The values by lower-cased key, the text behind, the line where that begins.

    ``problems`` are (line, reason) of what had to be guessed.
    """

    values: Mapping[str, Any]
    body: str
    body_line: int
    problems: tuple[tuple[int, str], ...] = field(default=())


class _Handler(BaseHandler):
    """One form of front matter. ``open`` matches where it begins, ``close`` where it ends."""

    FM_BOUNDARY = re.compile("")
    opening: re.Pattern[str]
    closing: re.Pattern[str]

    def detect(self, text: str) -> bool:
        return self.opening.match(text) is not None

    def split(self, text: str) -> tuple[str, str]:
        """The block and the rest. Raises FrontMatterError where the block does not end."""
        begin = self.opening.match(text)
        end = self.closing.search(text, begin.end()) if begin else None
        if begin is None or end is None:
            raise FrontMatterError(1, f"the front matter is not closed by a line {self.mark}")
        return text[begin.end() : end.start()], text[end.end() :]

    mark = ""


class YamlHandler(_Handler):
    """Between lines of three dashes; every scalar is text."""

    opening = re.compile(r"---[ \t]*(?:\n|\Z)")
    closing = re.compile(r"^---[ \t]*(?:\n|\Z)", re.MULTILINE)
    mark = "---"

    def load(self, fm: str, **_: object) -> dict[str, Any]:
        """The mapping of a block. Raises FrontMatterError."""
        try:
            return _YamlReader(fm).mapping()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 2 if mark else 1
            raise FrontMatterError(line, f"YAML: {error.problem or error.context}") from error
        except (yaml.YAMLError, ValueError) as error:
            line = fm.count("\n", 0, getattr(error, "position", 0)) + 2
            raise FrontMatterError(line, f"YAML: {_one_line(error)}") from error


class TomlHandler(_Handler):
    """Between lines of three plus signs."""

    opening = re.compile(r"\+\+\+[ \t]*(?:\n|\Z)")
    closing = re.compile(r"^\+\+\+[ \t]*(?:\n|\Z)", re.MULTILINE)
    mark = "+++"

    def load(self, fm: str, **_: object) -> dict[str, Any]:
        """The table of a block. Raises FrontMatterError."""
        if dotted := _DOTTED.search(fm):
            above = fm.count("\n", 0, dotted.start())
            raise FrontMatterError(above + 2, "TOML: a key of too many parts")
        try:
            values = tomllib.loads(fm)
            check_bounds(values)
        except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
            line = re.search(r"at line (\d+)", str(error))
            reason = re.sub(r" \(at .*\)\Z", "", _one_line(error))
            raise FrontMatterError(int(line[1]) + 1 if line else 1, f"TOML: {reason}") from error
        return values


class JsonHandler(_Handler):
    """An object at the beginning, on one line or on many."""

    opening = re.compile(r"(?=\{)")
    mark = "}"

    def detect(self, text: str) -> bool:
        # A body may begin with a shortcode.
        return text.startswith("{") and not text.startswith(("{{<", "{{%"))

    def split(self, text: str) -> tuple[str, str]:
        """The object and the rest. Raises FrontMatterError."""
        try:
            _, end = _JSON.raw_decode(text)
        except json.JSONDecodeError as error:
            raise FrontMatterError(error.lineno, f"JSON: {error.msg}") from error
        except RecursionError as error:
            raise FrontMatterError(1, "JSON: nested too deeply") from error
        except ValueError as error:
            # A number of more digits than Python converts.
            raise FrontMatterError(1, f"JSON: {_one_line(error)}") from error
        return text[:end], text[end:]

    def load(self, fm: str, **_: object) -> dict[str, Any]:
        """The values of an object. Raises FrontMatterError."""
        values: dict[str, Any] = _JSON.decode(fm)
        try:
            check_bounds(values)
        except ValueError as error:
            raise FrontMatterError(1, f"JSON: {error}") from error
        return values


HANDLERS: tuple[_Handler, ...] = (YamlHandler(), TomlHandler(), JsonHandler())


def read_front_matter(text: str) -> FrontMatter:
    """Take front matter and body apart; no front matter gives no values.

    Raises FrontMatterError where front matter begins and cannot be read.
    """
    begun = text.lstrip(" \t\n\ufeff")
    skipped = text.count("\n", 0, len(text) - len(begun))
    handler = next((h for h in HANDLERS if h.detect(begun)), None)
    if handler is None:
        return FrontMatter({}, text, 1)
    try:
        values, body = frontmatter.parse(begun, handler=handler)
    except FrontMatterError as error:
        raise FrontMatterError(error.line + skipped, error.reason) from error
    lowered, twice = by_lowered_key(values.items())
    problems = tuple((1 + skipped, f"{key!r} stands twice; {what}") for key, what in twice.items())
    body_line = text.count("\n", 0, text.rfind(body) if body else len(text)) + 1
    return FrontMatter(lowered, body, body_line, problems)


def by_lowered_key(pairs: Iterable[tuple[str, Any]]) -> tuple[dict[str, Any], dict[str, str]]:
    """Values by lower-cased key, and what was made of each key that stands twice."""
    out: dict[str, Any] = {}
    twice: dict[str, str] = {}
    held_back = False
    for key, value in pairs:
        name = str(key).lower()
        if name in out:
            differs = name in HIDING and value != out[name]
            held_back = held_back or differs
            twice[name] = _HELD_BACK if differs else "the last one counts"
        out[name] = value
    return ({**out, "draft": "true"} if held_back else out), twice


def check_bounds(value: Any, depth: int = 0) -> None:
    """Raises ValueError where a value of TOML or JSON is nested too deeply for who reads on, or a
    number in it is too long."""
    if depth > _MAX_DEPTH:
        raise ValueError("nested too deeply")
    if isinstance(value, int) and value.bit_length() > _MAX_BITS:
        raise ValueError("a number of too many digits")
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            check_bounds(one, depth + 1)


class _YamlReader:
    """Plain values from the events of the YAML parser.

    From events and not from its nodes: the composer of libyaml recurses in C and takes the whole
    process down on deep nesting. A scalar over several lines keeps its lines, which folding would
    turn into spaces: a description holds a headline in each.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._events: Iterator[Any] = yaml.parse(source, Loader=_Loader)
        self._nodes = 0
        # What an anchor stands for, and how many nodes that is.
        self._anchors: dict[str, tuple[Any, int]] = {}

    def mapping(self) -> dict[str, Any]:
        """The whole block. Raises FrontMatterError and YAMLError."""
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return {}
        first = next(self._events)
        value = self._value(first, 0)
        next(self._events)
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise FrontMatterError(_line(after), "YAML: a second document begins")
        if isinstance(value, dict):
            return value
        if value == "" and isinstance(first, yaml.ScalarEvent):
            return {}
        raise FrontMatterError(2, "the front matter is no list of keys and values")

    def _value(self, event: Any, depth: int) -> Any:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        before = self._nodes
        self._count(1, event, depth)
        value: Any
        if isinstance(event, yaml.MappingStartEvent):
            value = self._pairs(depth)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = [self._value(item, depth + 1) for item in self._until(yaml.SequenceEndEvent)]
        else:
            value = self._scalar(event)
        if event.anchor:
            self._anchors[event.anchor] = (value, self._nodes - before)
        return value

    def _pairs(self, depth: int) -> dict[str, Any]:
        out: dict[str, Any] = {}
        merged: list[Any] = []
        for event in self._until(yaml.MappingEndEvent):
            key = str(self._value(event, depth + 1))
            if key in out:
                raise FrontMatterError(_line(event), f"YAML: the key {key[:60]!r} stands twice")
            value = self._value(next(self._events), depth + 1)
            if key == "<<" and event.implicit[0]:
                merged += value if isinstance(value, list) else [value]
            else:
                out[key] = value
        for values in merged:
            if isinstance(values, dict):
                out = values | out
        return out

    def _until(self, end: type[yaml.Event]) -> Iterator[Any]:
        while not isinstance(event := next(self._events), end):
            yield event

    def _alias(self, event: Any) -> Any:
        if event.anchor not in self._anchors:
            raise FrontMatterError(_line(event), f"YAML: nothing is called &{event.anchor[:60]}")
        value, nodes = self._anchors[event.anchor]
        self._count(nodes, event, 0)
        return value

    def _count(self, nodes: int, event: Any, depth: int) -> None:
        self._nodes += nodes
        if self._nodes > _MAX_NODES or depth > _MAX_DEPTH:
            raise FrontMatterError(_line(event), "YAML: nested or repeated too much")

    def _scalar(self, node: Any) -> str:
        text = str(node.value)
        if node.implicit[0] and text in _NULLS:
            return ""
        named = node.anchor or node.tag
        if named or node.style in ("|", ">") or node.start_mark.line == node.end_mark.line:
            return text
        source = self._source[node.start_mark.index : node.end_mark.index]
        if node.style in ("'", '"'):
            lines = [self._line(line, node.style) for line in source[1:-1].split("\n")]
        else:
            lines = source.split("\n")
        return "\n".join(line.strip() for line in lines)

    def _line(self, line: str, quote: str) -> str:
        text = line.strip()
        if text.isprintable() and not _ESCAPES.search(text):
            return text
        try:
            return str(yaml.load(f"{quote}{text}{quote}", Loader=_Loader))  # noqa: S506
        except yaml.YAMLError:
            # An escape that spans lines: as it stands.
            return line


def _line(event: Any) -> int:
    """The line in the file, where the opening dashes are line 1."""
    return int(event.start_mark.line) + 2


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise FrontMatterError(1, f"JSON: the key {twice[:60]!r} stands twice")
    return out


_JSON = json.JSONDecoder(object_pairs_hook=_object)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
