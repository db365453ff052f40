"""What docs/operations.md and deploy/ say is what there is.

``python -m tests.test_operations`` writes the table of settings.
"""

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from prometheus_client.metrics import MetricWrapperBase

from index.cli import reindex
from index.settings import Settings
from web import metrics
from web.cli import geulsaem

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "operations.md"
UNITS = sorted((ROOT / "deploy").glob("*.service"))
_TABLE = re.compile("(?<=<!-- settings -->\n).*?(?=<!-- end of settings -->)", re.DOTALL)
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")


def settings_table() -> str:
    """All settings with their defaults."""
    rows = ["| setting | default | |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        shown = "none" if default in (None, [], {}, "") else f"`{default}`"
        rows.append(f"| `{name}` | {shown} | {field.description} |")
    return "\n".join(rows) + "\n"


def test_every_setting_is_in_the_table() -> None:
    found = _TABLE.search(PAGE.read_text("utf-8"))
    assert found
    assert found[0] == settings_table(), "python -m tests.test_operations writes it anew"


def test_every_figure_is_explained() -> None:
    text = PAGE.read_text("utf-8")
    names = [
        name
        for collector in vars(metrics).values()
        if isinstance(collector, MetricWrapperBase)
        for family in collector.describe()
        if (name := family.name).startswith("geulsaem_") and name not in text
    ]
    assert names == []


def calls() -> Iterator[tuple[str, list[str]]]:
    """The commands of ours in the units, in the Dockerfile and on the page, with their options."""
    for unit in UNITS:
        for line in re.findall(r"^ExecStart=(.*)$", unit.read_text("utf-8"), re.MULTILINE):
            yield unit.name, shlex.split(line)
    for line in re.findall(r"`((?:geulsaem|reindex) [^`]*)`", PAGE.read_text("utf-8")):
        yield PAGE.name, shlex.split(line)


@pytest.mark.parametrize(("where", "words"), list(calls()), ids=lambda v: str(v)[:60])
def test_commands_have_these_options(where: str, words: list[str]) -> None:
    command: click.Command = reindex
    if Path(words[0]).name == "geulsaem":
        found = geulsaem.commands.get(words[1])
        assert found, f"{where}: {words}"
        command = found
    options = {name for parameter in command.params for name in parameter.opts}
    assert set(_OPTION.findall(" ".join(words))) <= options, where


def test_the_image_is_made_of_what_is_there() -> None:
    text = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
    let_in = (ROOT / ".dockerignore").read_text("utf-8").split()
    for line in re.findall(r"^COPY (?!--)(.*)$", text, re.MULTILINE):
        for name in line.split()[:-1]:
            assert (ROOT / name).exists()
            assert f"!{name}" in let_in
    for name in re.findall("GEULSAEM_([A-Z_]+)=", text):
        assert name.lower() in Settings.model_fields
    assert "USER geulsaem" in text


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_units_may_write_nowhere_else(unit: Path) -> None:
    lines = unit.read_text("utf-8").splitlines()
    assert {"ProtectSystem=strict", "NoNewPrivileges=yes", "User=geulsaem"} <= set(lines)


if __name__ == "__main__":
    sys.stdout.write(settings_table())
    PAGE.write_text(_TABLE.sub(lambda _: settings_table(), PAGE.read_text("utf-8")), "utf-8")
