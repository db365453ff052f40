"""Exports of the archive, line by line: CSV that spreadsheets open as it is, and JSON lines."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping

import orjson

from search.archive import ArchiveRecord
from web.archive_schema import ExportedArticle

# In this order in the table, whose cells hold no whole articles: Excel ends at 32,767 characters.
CSV_FIELDS = (
    *("id", "status", "title", "subtitle", "authors", "categories", "tags", "date", "lastmod"),
    *("url", "source"),
)
_BOM = "\ufeff"
# What a spreadsheet might take for the beginning of a formula, in full width too
# (OWASP, CSV Injection); and the quote that keeps it from doing so, which would be ambiguous.
_RISKY = tuple("=+-@\t\r\n＝＋－＠'")
_PIECE_CHARACTERS = 32_768


def csv_pieces(
    rows: Iterable[ArchiveRecord], names: Mapping[str, str], statuses: Mapping[str, str]
) -> Iterator[bytes]:
    """The table, in pieces. ``names`` are what its columns are called, ``statuses`` likewise."""
    buffer = io.StringIO(_BOM, newline="")
    buffer.seek(0, io.SEEK_END)
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([safe(names[field]) for field in CSV_FIELDS])
    for row in rows:
        values = {**row.record, "status": statuses[row.editorial.status]}
        writer.writerow([safe(_cell(values[field])) for field in CSV_FIELDS])
        if buffer.tell() > _PIECE_CHARACTERS:
            yield buffer.getvalue().encode("utf-8", "replace")
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode("utf-8", "replace")


def json_lines(rows: Iterable[ArchiveRecord]) -> Iterator[bytes]:
    """An object a line, with the whole text."""
    names = tuple(ExportedArticle.model_fields)
    for row in rows:
        values = {**row.record, "status": row.editorial.status}
        yield orjson.dumps({name: values[name] for name in names}, option=orjson.OPT_APPEND_NEWLINE)


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; a quote before it says that it is text."""
    return f"'{cell}" if cell.startswith(_RISKY) else cell


def _cell(value: str | list[str] | None) -> str:
    if value is None:
        return ""
    # NUL ends a cell in some readers.
    text = value if isinstance(value, str) else ", ".join(value)
    return text.replace("\0", "")
