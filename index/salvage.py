"""What can be saved of broken front matter: each key for itself, and the body."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from index.front_matter import HIDING, FrontMatter, by_lowered_key
from index.front_matter_formats import (
    FrontMatterError,
    TomlHandler,
    YamlHandler,
    check_bounds,
)

# A key at the beginning of a line, as YAML and TOML write it; a table of TOML counts as one.
_KEY = re.compile(
    r"""^[ \t]{0,2}["']?(?P<key>[A-Za-z_][\w-]*)["']?\s*(?P<sign>[:=])\s?(?P<value>.*)$"""
)
_TABLE = re.compile(r"^\[+\s*(?P<key>[A-Za-z_][\w-]*)[^\]]*\]+\s*(?P<value>)$")
_JSON_KEY = re.compile(r"""(?P<quote>["'])(?P<key>[A-Za-z_][\w-]*)(?P=quote)\s*:\s*""")
_AFTER_JSON_VALUE = re.compile(r"\s*(?:[,}]|\Z|\n)")
_FENCES = {"---": re.compile(r"^---[ \t]*$"), "+++": re.compile(r"^\+\+\+[ \t]*$")}
_HANDLERS: dict[str, YamlHandler | TomlHandler] = {"---": YamlHandler(), "+++": TomlHandler()}
_MAX_LINES = 500
# Of JSON, which may be one line: each key looks at what is behind it.
_MAX_JSON = 100_000
_QUOTES = "\"'“”"


def salvage(text: str, error: FrontMatterError) -> FrontMatter:
    """The front matter of a text in which ``error`` was found: every key that can be read alone,
    the others with the rest of their line, and the body behind."""
    lines = text.lstrip("\ufeff").split("\n")
    begin = next((i for i, line in enumerate(lines) if line.strip()), 0)
    opening = lines[begin].strip()[:3]
    handler = _HANDLERS.get(opening)
    if handler is None:
        body_at = _end_of_json(lines, begin)
        block = "\n".join(lines[begin:body_at])[:_MAX_JSON]
        values = by_lowered_key(_json_values(block))[0]
    else:
        keys, body_at, closed = _block(lines, begin, _FENCES[opening])
        values = _values(_keys(keys), handler)
        if not closed:
            # What hides an article counts behind a blank line too.
            behind = _values(_keys(_behind(lines, body_at)), handler)
            values = {k: v for k, v in behind.items() if k in HIDING} | values
    problem = (error.line, f"broken front matter ({error.reason}); indexed what could be read")
    return FrontMatter(values, "\n".join(lines[body_at:]), body_at + 1, (problem,))


def _block(lines: list[str], begin: int, fence: re.Pattern[str]) -> tuple[list[str], int, bool]:
    """The lines of the front matter, the index of the first line of the body, and whether a line
    closes the front matter."""
    for i in range(begin + 1, min(len(lines), begin + _MAX_LINES)):
        if fence.match(lines[i]):
            return lines[begin + 1 : i], i + 1, True
    end = _end_of_keys(lines, begin + 1)
    return lines[begin + 1 : end], end, False


def _behind(lines: list[str], begin: int) -> list[str]:
    """The lines behind front matter that is not closed which may still belong to it: up to the
    first that is neither blank nor like one of it."""
    end = begin
    while end < len(lines) and not lines[end].strip():
        end = max(end + 1, _end_of_keys(lines, end + 1))
    return lines[begin:end]


def _end_of_keys(lines: list[str], begin: int) -> int:
    """Front matter that is not closed ends with the first blank line, or with the first line
    that is neither a key nor indented nor an item of a list."""
    last = min(len(lines), begin + _MAX_LINES)
    for i in range(begin, last):
        if not lines[i].strip() or not (_KEY.match(lines[i]) or lines[i][0] in ' \t-[]{}"'):
            return i
    return last


def _end_of_json(lines: list[str], begin: int) -> int:
    for i in range(begin, min(len(lines), begin + _MAX_LINES)):
        if lines[i].rstrip() == "}":
            return i + 1
    return max(_end_of_keys(lines, begin), begin + 1)


def _keys(block: list[str]) -> Iterator[tuple[str, str]]:
    """Each key of YAML or TOML with all of its lines."""
    key, source, in_table = "", "", False
    for line in block:
        table = _TABLE.match(line)
        match = table or (None if in_table or line.startswith(("  ", "\t")) else _KEY.match(line))
        if match:
            if key:
                yield key, source
            key, source, in_table = match["key"], line, table is not None
        elif key:
            source += "\n" + line
    if key:
        yield key, source


def _values(keys: Iterable[tuple[str, str]], handler: YamlHandler | TomlHandler) -> dict[str, Any]:
    pairs: list[tuple[str, Any]] = []
    for key, source in keys:
        try:
            pairs.append((key, _value(key, source, handler)))
        except FrontMatterError:
            head, *further = source.split("\n")
            match = _KEY.match(head)
            pairs.append((key, _bare(match["value"]) if match else ""))
            # A space too many before a key that hides does not bring the article to light.
            inside = _values(_keys([line.strip() for line in further]), handler)
            pairs += [(k, v) for k, v in inside.items() if k in HIDING]
    return by_lowered_key(pairs)[0]


def _value(key: str, source: str, handler: YamlHandler | TomlHandler) -> Any:
    """Raises FrontMatterError."""
    found = handler.load(source + "\n")
    if key not in found:
        raise FrontMatterError(1, f"{key} is no key")
    return found[key]


def _json_values(text: str) -> Iterator[tuple[str, Any]]:
    """Each key of JSON that has a value, wherever it stands."""
    at = 0
    while match := _JSON_KEY.search(text, at):
        try:
            value, at = json.JSONDecoder().raw_decode(text, match.end())
            check_bounds(value)
        except (ValueError, RecursionError):
            value = None
        if value is None or not _AFTER_JSON_VALUE.match(text, at):
            line = text[match.end() :].split("\n", 1)[0]
            following = _JSON_KEY.search(line)
            line = line[: following.start()] if following else line
            value, at = _bare(line.rstrip(" ,}")), match.end() + len(line)
        yield match["key"], value


def _bare(value: str) -> str:
    return value.strip().strip(_QUOTES).strip()
