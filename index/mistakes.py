"""What is wrong with a configuration, in words: the setting, its value, what it takes, where it
was read."""

import json
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

PREFIX = "GEULSAEM_"
CONFIG_FILE = "geulsaem.toml"

_LONGEST_VALUE = 60
# Sections of a site may be called like a setting.
_SECTIONS = "permalinks"
_TABLE = '{a = "b"}'
_TABLE_IN_JSON = '{"a": "b"}'
# What pydantic calls a mistake, and what is taken instead.
_TAKES = (
    (re.compile("int_.*"), "a whole number"),
    (re.compile("float_.*|finite_number"), "a number"),
    (re.compile("bool_.*"), "true or false"),
    (re.compile("string_.*"), 'text, such as "a"'),
    (re.compile("path_.*"), 'a path, such as "a/b"'),
    (re.compile("list_.*"), 'a list, such as ["a", "b"]'),
    (re.compile("dict_.*"), f"a table, such as {_TABLE}"),
)
_BOUNDS = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")


def config_source() -> str:
    """Which file is read; where there is none, where it was looked for."""
    path = Path(CONFIG_FILE).absolute()
    return str(path) if path.is_file() else f"there is no {CONFIG_FILE} in {path.parent}"


def unknown_variables(fields: Mapping[str, FieldInfo]) -> Iterator[str]:
    """A line for each variable that names no setting."""
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name[len(PREFIX) :].lower() not in fields:
            alike = _alike(name[len(PREFIX) :].lower(), fields, lambda n: PREFIX + n.upper())
            yield f"{name}: there is no such setting{alike}"


def misplaced_settings(fields: Mapping[str, FieldInfo]) -> Iterator[str]:
    """A line for each setting that stands in a table of the file: what is added at its end belongs
    to the last one, and a cluster's address would be a token of the archive."""
    try:
        found = tomllib.loads(Path(CONFIG_FILE).read_text("utf-8"))
    except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError):
        return
    for table, values in found.items():
        if isinstance(values, dict) and table != _SECTIONS:
            for name in sorted(fields.keys() & values.keys()):
                advice = "it is a setting: write it above the first line in [brackets]"
                yield f"{table}.{name}: {advice} ({CONFIG_FILE})"


def mistakes_of(
    error: ValidationError, fields: Mapping[str, FieldInfo], given: Mapping[str, object]
) -> Iterator[str]:
    """A line for each mistake in values; ``given`` were arguments."""
    for one in error.errors():
        where = [str(part) for part in one["loc"]]
        said = str(one["msg"]).removeprefix("Value error, ")
        if not where:
            # Of several settings together: the message begins with the name of one.
            yield f"{said} ({_source(said.partition(':')[0], given)})"
            continue
        name = where[0]
        source = _source(name, given)
        if one["type"] == "extra_forbidden":
            said = f"there is no such setting{_alike(name, fields)}"
        elif one["type"] != "value_error":
            secret = "SecretStr" in str(fields[name].annotation)
            shown = "what stands there" if secret else _shown(one["input"])
            said = f"cannot be {shown}; it takes {_taken(one, fields[name])}"
        if source.startswith(PREFIX):
            said = said.replace(_TABLE, _TABLE_IN_JSON)
        yield f"{'.'.join(where)}: {said} ({source})"


def unread_variable(error: Exception) -> str:
    """The line of a variable that should hold JSON."""
    found = re.search(r'field "(\w+)"', str(error))
    if found is None:
        return f"environment: {error}"
    name = PREFIX + found[1].upper()
    cause = f" ({error.__cause__})" if isinstance(error.__cause__, json.JSONDecodeError) else ""
    return f'{found[1]}: {name} takes JSON, such as ["a", "b"] or {_TABLE_IN_JSON}{cause}'


def _taken(one: Any, field: FieldInfo) -> str:
    if one["type"] == "literal_error":
        return str(one["ctx"]["expected"]).replace("'", "")
    if one["type"] in _BOUNDS:
        return f"a {'whole ' * (field.annotation is int)}number{_bounds(field)}"
    for kind, taken in _TAKES:
        if kind.fullmatch(one["type"]):
            return taken + _bounds(field)
    return str(one["msg"])


def _bounds(field: FieldInfo) -> str:
    """``, 1 to 64``, as the field says."""
    limits = {
        name: value
        for limit in field.metadata
        for name in ("ge", "gt", "le")
        if (value := getattr(limit, name, None)) is not None
    }
    least = f"more than {limits['gt']}" if "gt" in limits else str(limits.get("ge", ""))
    if "le" in limits:
        return f", {least} {'and at most' if 'gt' in limits else 'to'} {limits['le']}"
    return f", {least} or more" if least else ""


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "…"


def _source(name: str, given: Mapping[str, object]) -> str:
    if given.get(name) is not None:
        return "command line"
    variable = PREFIX + name.upper()
    return variable if variable in map(str.upper, os.environ) else CONFIG_FILE


def _alike(name: str, fields: Mapping[str, FieldInfo], spelt: Callable[[str], str] = str) -> str:
    alike = get_close_matches(name, fields, 1)
    return f"; did you mean {spelt(alike[0])}?" if alike else ""
