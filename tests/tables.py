"""The golden tables: cases as lines of text, cells apart by tabs."""

from pathlib import Path

_FOLDER = Path(__file__).parent / "golden"


def rows(name: str) -> list[list[str]]:
    """The cells of every case of a table; lines that begin with # say what they mean."""
    lines = (_FOLDER / f"{name}.tsv").read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]
