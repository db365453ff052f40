"""docs/api.md says what the API does now."""

from pathlib import Path

from web.openapi import openapi_document
from web.reference import reference

PAGE = Path(__file__).parents[2] / "docs" / "api.md"


def test_the_page_is_of_this_version() -> None:
    assert PAGE.read_text("utf-8") == reference(), "run: python -m web.reference > docs/api.md"


def test_every_route_and_parameter_is_named() -> None:
    text = reference()
    for path, methods in openapi_document()["paths"].items():
        assert f"## GET {path}\n" in text
        for one in methods["get"].get("parameters", ()):
            assert f"| `{one['name']}`" in text
