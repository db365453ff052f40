"""What can be saved of broken front matter: each key for itself, and the body."""

import re
from collections.abc import Iterator
from typing import Any

from index.front_matter import (
    FrontMatter,
    FrontMatterError,
    JsonHandler,
    TomlHandler,
    YamlHandler,
)

# A key at the beginning of a line, as YAML, TOML and JSON write it.
_KEY = re.compile(
    r"""^[ \t]{0,2}["']?(?P<key>[A-Za-z_][\w-]*)["']?\s*(?P<sign>[:=])\s?(?P<value>.*)$"""
)
_JSON_KEY = re.compile(r"""^\s*\{?\s*"(?P<key>[A-Za-z_][\w-]*)"\s*:\s*(?P<value>.*?),?\s*\}?$""")
_FENCES = {"---": re.compile(r"^---[ \t]*$"), "+++": re.compile(r"^\+\+\+[ \t]*$")}
_MAX_LINES = 500
_QUOTES = "\"'“”"


def salvage(text: str, error: FrontMatterError) -> FrontMatter:
    """The front matter of a text in which ``error`` was found: every key that can be read alone,
    the others with the rest of their line, and the body behind."""
    lines = text.lstrip("\ufeff").split("\n")
    begin = next((i for i, line in enumerate(lines) if line.strip()), 0)
    opening = lines[begin].strip()[:3]
    fence = _FENCES.get(opening)
    block, body_at = _block(lines, begin, fence)
    values: dict[str, Any] = {}
    for key, source in _keys(block, json=fence is None):
        values[key.lower()] = _value(key, source, opening)
    problem = (error.line, f"broken front matter ({error.reason}); indexed what could be read")
    return FrontMatter(values, "\n".join(lines[body_at:]), body_at + 1, (problem,))


def _block(lines: list[str], begin: int, fence: re.Pattern[str] | None) -> tuple[list[str], int]:
    """The lines of the front matter, and the index of the first line of the body."""
    if fence is None:
        end = _end_of_keys(lines, begin)
        return lines[begin:end], end
    for i in range(begin + 1, min(len(lines), begin + _MAX_LINES)):
        if fence.match(lines[i]):
            return lines[begin + 1 : i], i + 1
    end = _end_of_keys(lines, begin + 1)
    return lines[begin + 1 : end], end


def _end_of_keys(lines: list[str], begin: int) -> int:
    """Front matter that is not closed ends with the first blank line, or with the first line
    that is neither a key nor indented nor an item of a list."""
    for i in range(begin, min(len(lines), begin + _MAX_LINES)):
        line = lines[i]
        if line.strip() in ("}", "]"):
            return i + 1 if line.strip() == "}" else i
        if not line.strip() or not (_KEY.match(line) or re.match(r"[\s\-\]{}\"]", line)):
            return i
    return min(len(lines), begin + _MAX_LINES)


def _keys(block: list[str], *, json: bool) -> Iterator[tuple[str, str]]:
    """Each key with all of its lines."""
    pattern = _JSON_KEY if json else _KEY
    key, source = "", ""
    for line in block:
        match = pattern.match(line)
        if match and (json or not line.startswith(("  ", "\t"))):
            if key:
                yield key, source
            key, source = match["key"], line
        elif key:
            source += "\n" + line
    if key:
        yield key, source


def _value(key: str, source: str, opening: str) -> Any:
    handler = {"---": YamlHandler(), "+++": TomlHandler()}.get(opening)
    if handler is not None:
        try:
            found = handler.load(source + "\n")
            if key in found:
                return found[key]
        except FrontMatterError:
            pass
    elif (match := _JSON_KEY.match(source)) is not None:
        try:
            return JsonHandler().load('{"v":' + match["value"].rstrip(",} ") + "}")["v"]
        except ValueError:
            pass
    first = source.split("\n", 1)[0]
    match = (_KEY if handler is not None else _JSON_KEY).match(first)
    return match["value"].strip().strip(_QUOTES).strip() if match else ""
