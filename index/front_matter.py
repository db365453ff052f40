"""Front matter through python-frontmatter, with handlers that lose nothing.

As it is, the library turns ``title: No`` into False, fails a whole block over one impossible date,
and takes TOML without the ``toml`` package, one-line JSON and files with a byte order mark for
files without front matter. Here a YAML scalar stays text, and what begins as front matter and
gives no mapping is an error.
"""

import json
import re
import tomllib
from collections.abc import Mapping
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

    opening = re.compile(r"---[ \t]*\n")
    closing = re.compile(r"^---[ \t]*(?:\n|\Z)", re.MULTILINE)
    mark = "---"

    def load(self, fm: str, **_: object) -> dict[str, Any]:
        """The mapping of a block. Raises FrontMatterError."""
        try:
            node = yaml.compose(fm, Loader=_Loader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 2 if mark else 1
            raise FrontMatterError(line, f"YAML: {error.problem or error.context}") from error
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            raise FrontMatterError(1, f"YAML: {_one_line(error)}") from error
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            raise FrontMatterError(2, "the front matter is no list of keys and values")
        value = _YamlValues(fm).value(node, 0)
        assert isinstance(value, dict)
        return value


class TomlHandler(_Handler):
    """Between lines of three plus signs."""

    opening = re.compile(r"\+\+\+[ \t]*\n")
    closing = re.compile(r"^\+\+\+[ \t]*(?:\n|\Z)", re.MULTILINE)
    mark = "+++"

    def load(self, fm: str, **_: object) -> dict[str, Any]:
        """The table of a block. Raises FrontMatterError."""
        try:
            return tomllib.loads(fm)
        except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
            line = re.search(r"at line (\d+)", str(error))
            raise FrontMatterError(int(line[1]) + 1 if line else 1, f"TOML: {error}") from error


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
            _, end = json.JSONDecoder().raw_decode(text)
        except json.JSONDecodeError as error:
            raise FrontMatterError(error.lineno, f"JSON: {error.msg}") from error
        except RecursionError as error:
            raise FrontMatterError(1, "JSON: nested too deeply") from error
        return text[:end], text[end:]

    def load(self, fm: str, **_: object) -> dict[str, Any]:
        """The values of an object."""
        values: dict[str, Any] = json.loads(fm)
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
    lowered, twice = _lowered(values)
    problems = tuple((1 + skipped, f"{key!r} stands twice; the last one counts") for key in twice)
    body_line = text.count("\n", 0, text.rfind(body) if body else len(text)) + 1
    return FrontMatter(lowered, body, body_line, problems)


def _lowered(values: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    out: dict[str, Any] = {}
    twice: list[str] = []
    for key, value in values.items():
        name = str(key).lower()
        if name in out:
            twice.append(name)
        out[name] = value
    return out, twice


class _YamlValues:
    """Plain values from YAML nodes. A scalar over several lines keeps its lines, which folding
    would turn into spaces: a description holds a headline in each."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._nodes = 0

    def value(self, node: yaml.Node, depth: int) -> Any:
        self._nodes += 1
        if self._nodes > _MAX_NODES or depth > _MAX_DEPTH:
            raise FrontMatterError(node.start_mark.line + 2, "YAML: nested or repeated too much")
        if isinstance(node, yaml.MappingNode):
            return {
                str(self.value(key, depth + 1)): self.value(value, depth + 1)
                for key, value in node.value
            }
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, depth + 1) for item in node.value]
        assert isinstance(node, yaml.ScalarNode)
        return self._scalar(node)

    def _scalar(self, node: yaml.ScalarNode) -> str:
        text = str(node.value)
        if node.style in ("|", ">") or node.start_mark.line == node.end_mark.line:
            return text
        source = self._source[node.start_mark.index : node.end_mark.index]
        if node.style in ("'", '"'):
            lines = [self._line(line, node.style) for line in source[1:-1].split("\n")]
        else:
            lines = source.split("\n")
        return "\n".join(line.strip() for line in lines)

    def _line(self, line: str, quote: str) -> str:
        try:
            return str(yaml.load(f"{quote}{line.strip()}{quote}", Loader=_Loader))  # noqa: S506
        except yaml.YAMLError:
            # An escape that spans lines: as it stands.
            return line


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
