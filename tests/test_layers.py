"""The arrows of docs/architecture.md: web imports search, search imports index, never back."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# What each package may import of the others.
ARROWS = {"index": {"index"}, "search": {"search", "index"}, "web": {"web", "search", "index"}}
# Libraries behind a single door.
DOORS = {
    "whoosh": {"index/whoosh_api.py"},
    "kiwipiepy": {"index/analysis.py", "index/blocks.py", "index/morphemes.py"},
    "flask": {"web/"},
    "frontmatter": {"index/front_matter.py", "index/front_matter_formats.py"},
    "markdown_it": {"index/paragraphs.py", "index/plaintext.py", "index/shortcodes.py"},
}
MODULES = sorted(p for package in ARROWS for p in (ROOT / package).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield ("." if node.level else "") + (node.module or "")


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports(path: Path) -> None:
    here = str(path.relative_to(ROOT))
    for name in imports(path):
        top = name.split(".")[0]
        assert top, f"{here} imports {name} relatively; say where it is"
        assert top not in ARROWS or top in ARROWS[here.split("/")[0]], f"{here} imports {name}"
        assert top not in ("tests", "benchmarks"), f"{here} imports {name}"
        doors = DOORS.get(top)
        assert doors is None or any(here.startswith(d) for d in doors), f"{here} imports {name}"


def test_the_house_is_there() -> None:
    assert {p.relative_to(ROOT).parts[0] for p in MODULES} == set(ARROWS)
