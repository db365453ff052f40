"""docs/api.md: the description of the API for people who read files. ``python -m web.reference``
prints it."""

from collections.abc import Iterator, Mapping
from typing import Any

from web.openapi import openapi_document

Part = Mapping[str, Any]


def reference() -> str:
    """The page, in Markdown."""
    api = openapi_document()
    lines = [
        "# The API",
        "",
        "Made by `python -m web.reference`; a running server shows the same at `/api/docs`, and as",
        "OpenAPI at `/api/openapi.json`.",
    ]
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            lines += ["", f"## {method.upper()} {path}", "", f"{operation['summary']}.", ""]
            lines += _parameters(operation.get("parameters", ()))
            lines += ["", *_answers(operation["responses"])]
    lines += ["", "## What answers hold"]
    for name, schema in api["components"]["schemas"].items():
        lines += ["", f"### {name}", "", _one_line(schema.get("description", "")), ""]
        lines += _fields(schema)
    return "\n".join(lines) + "\n"


def _parameters(parameters: list[Part]) -> Iterator[str]:
    if not parameters:
        return
    yield "| parameter | | default | meaning |"
    yield "| --- | --- | --- | --- |"
    for one in parameters:
        schema = one["schema"]
        default = schema.get("default")
        shown = "" if default in (None, "", []) else f"`{_plain(default)}`"
        required = " (required)" if one.get("required") else ""
        meaning = _cell(one.get("description", ""))
        yield f"| `{one['name']}`{required} | {_type(schema)} | {shown} | {meaning} |"


def _plain(value: object) -> object:
    return int(value) if isinstance(value, bool) else value


def _answers(responses: Part) -> Iterator[str]:
    for status, answer in responses.items():
        kinds = [
            f"`{kind}`, {_type(content['schema'])}"
            for kind, content in (answer.get("content") or {}).items()
        ]
        of = f" ({'; '.join(kinds)})" if kinds else ""
        yield f"- `{status}` {answer['description']}{of}"


def _fields(schema: Part) -> Iterator[str]:
    for name, values in schema.get("properties", {}).items():
        said = values.get("description")
        yield f"- `{name}`: {_type(values)}" + (f". {_one_line(said)}" if said else "")


def _type(schema: Part) -> str:
    """A type in words; schemas by their name."""
    if "$ref" in schema:
        return f"[{_name(schema)}](#{_name(schema).lower()})"
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("type", "any"))


def _name(schema: Part) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _one_line(text).replace("|", "\\|")


if __name__ == "__main__":
    print(reference(), end="")
