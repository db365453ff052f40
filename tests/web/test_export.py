"""Exports: what a spreadsheet and a program make of them."""

import csv
import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Article
from search.archive import ArchiveRecord
from search.request import Editorial
from tests.building import article, build_index, day
from tests.web.editors import BEARER, archive_app
from web.export import CSV_FIELDS, csv_pieces, json_lines, safe

CSV, JSONL = "/api/v1/archive/export.csv", "/api/v1/archive/export.jsonl"
# Above all what a spreadsheet or a CSV reader might stumble over.
TEXTS = st.text(
    st.sampled_from("가a=+-@\t\r\n\",;'＝ 0\ud7a3|") | st.characters(codec="utf-8"), max_size=12
)
LISTS = st.lists(st.text(st.sampled_from("가나=@'\"\n "), min_size=1, max_size=4), max_size=3)
RECORDS = st.fixed_dictionaries(
    {
        **dict.fromkeys(("id", "title", "subtitle", "body", "url", "image", "source"), TEXTS),
        **dict.fromkeys(("authors", "categories", "tags"), LISTS),
        **dict.fromkeys(("date", "lastmod"), st.none() | st.just("2025-01-01T00:00:00+09:00")),
    }
)
NAMES = {name: name for name in CSV_FIELDS}
STATUSES = {"draft": "draft"}


def exported(records: list[dict[str, Any]]) -> list[ArchiveRecord]:
    """Drafts with these records."""
    return [
        ArchiveRecord(record, Editorial("draft", record["source"], record["lastmod"]))
        for record in records
    ]


def table(data: bytes) -> list[list[str]]:
    """The cells as a reader of CSV has them."""
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


@settings(deadline=None)
@given(st.lists(RECORDS, max_size=6))
def test_what_goes_into_a_table_comes_out_of_it(records: list[dict[str, Any]]) -> None:
    data = b"".join(csv_pieces(exported(records), NAMES, STATUSES))
    assert data.startswith("\ufeff".encode())
    header, *rows = table(data)
    assert tuple(header) == CSV_FIELDS
    assert len(rows) == len(records)
    for record, row in zip(records, rows, strict=True):
        for name, cell in zip(CSV_FIELDS, row, strict=True):
            value = "draft" if name == "status" else record[name]
            wanted = ", ".join(value) if isinstance(value, list) else value or ""
            assert not cell.startswith(tuple("=+-@\t\r\n＝＋－＠"))
            # The quote is the only thing that was added, and can be taken away again.
            assert cell.removeprefix("'") == wanted.replace("\0", "").removeprefix("'") or (
                cell == f"'{wanted}"
            )


@settings(deadline=None)
@given(st.lists(RECORDS, max_size=4))
def test_every_line_is_an_article(records: list[dict[str, Any]]) -> None:
    lines = b"".join(json_lines(exported(records))).split(b"\n")[:-1]
    assert [json.loads(line) for line in lines] == [{**r, "status": "draft"} for r in records]


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ('=HYPERLINK("https://evil.example")', '\'=HYPERLINK("https://evil.example")'),
        ("+82-2-123", "'+82-2-123"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("＝1", "'＝1"),
        ("'quoted'", "''quoted'"),
        ("2025-01-01", "2025-01-01"),
        ("반도체 = 수출", "반도체 = 수출"),
        ("", ""),
    ],
)
def test_a_cell_is_no_formula(cell: str, wanted: str) -> None:
    assert safe(cell) == wanted


def written() -> list[Article]:
    """Articles enough for more than one piece, and one that looks like a formula."""
    many = [
        article(f"posts/{n:03}", title=f"반도체 소식 {n}", date=day(f"2024-{n % 12 + 1:02}-01"))
        for n in range(600)
    ]
    return [
        *many,
        article("draft", title='=cmd|"/c calc"!A1', authors=("@기자", "김한수"), draft=True),
        article("later", title="예약", publish_date=datetime(2999, 1, 1).astimezone()),
    ]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    folder = tmp_path_factory.mktemp("export")
    build_index(folder, written())
    client = archive_app(folder).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = BEARER["Authorization"]
    return client


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 602),
        ("?q=반도체", 600),
        ("?q=반도체&sort=title", 600),
        ("?status=draft&status=scheduled", 2),
        ("?date_from=2024-02&date_to=2024-02", 50),
        ("?q=없는말이다", 0),
        ("?page=3&per_page=7", 602),
    ],
)
def test_an_export_is_every_match(query: str, count: int, client: FlaskClient) -> None:
    rows = table(client.get(CSV + query).data)[1:]
    lines = client.get(JSONL + query).text.splitlines()
    assert len(rows) == len(lines) == count
    assert [row[0] for row in rows] == [json.loads(line)["id"] for line in lines]
    if count:
        found = client.get("/api/v1/archive/search" + query.split("&per")[0].split("?page")[0])
        assert found.json["hits"][0]["id"] == rows[0][0]


def test_an_export_is_sent_in_pieces(client: FlaskClient) -> None:
    response = client.get(CSV, buffered=False)
    pieces = list(response.iter_encoded())
    assert len(pieces) > 1
    assert all(len(piece) < 200_000 for piece in pieces)
    assert "Content-Length" not in response.headers


def test_a_table_for_a_spreadsheet(client: FlaskClient) -> None:
    response = client.get(CSV + "?status=draft", headers={"Accept-Language": "ko"})
    header, row = table(response.data)
    assert header[:5] == ["아이디", "상태", "제목", "부제", "기자"]
    assert row[1:5] == ["초안", '\'=cmd|"/c calc"!A1', "", "'@기자, 김한수"]
    assert response.data.count(b"\r\n") == 2


def test_a_table_for_a_program(client: FlaskClient) -> None:
    header, row = table(client.get(CSV + "?status=draft").data)
    assert tuple(header) == CSV_FIELDS
    assert row[1] == "draft"
    (line,) = client.get(JSONL + "?status=draft").text.splitlines()
    assert json.loads(line)["title"] == '=cmd|"/c calc"!A1'


@pytest.mark.parametrize("path", [CSV, JSONL])
def test_headers(path: str, client: FlaskClient) -> None:
    headers = client.get(path, headers={"Accept-Encoding": "gzip"}).headers
    assert headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in headers
    suffix = path.rsplit(".")[-1]
    assert headers["Content-Disposition"].startswith("attachment; filename=")
    assert headers["Content-Disposition"].endswith(f'.{suffix}"')


@pytest.mark.parametrize("path", [CSV, JSONL])
@pytest.mark.parametrize("query", ["?page=x", "?status=secret", "?sort=best", "?date_from=x"])
def test_what_cannot_be_exported_is_said_before_it_begins(
    path: str, query: str, client: FlaskClient
) -> None:
    response = client.get(path + query)
    assert (response.status_code, response.mimetype) == (400, "application/problem+json")


def test_nobody_exports_without_a_name(client: FlaskClient, tmp_path: Path) -> None:
    for path in (CSV, JSONL):
        assert client.get(path, headers={"Authorization": "Bearer x"}).status_code == 401
