"""Dates in every form, and where they come from."""

from datetime import datetime

import pytest

from tests.building import SEOUL, article_of, read_article


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        ("2025-07-17T00:33:38+09:00", "2025-07-17T00:33:38+09:00"),
        ("2025-07-17T00:33:38Z", "2025-07-17T00:33:38+00:00"),
        ("2025-07-17 09:00:00", "2025-07-17T09:00:00+09:00"),
        ("2025-07-17", "2025-07-17T00:00:00+09:00"),
        ("2025-07", "2025-07-01T00:00:00+09:00"),
        ("2025", "2025-01-01T00:00:00+09:00"),
        ("20250717", "2025-07-17T00:00:00+09:00"),
        ("2025/07/17 09:05", "2025-07-17T09:05:00+09:00"),
        ("2025.07.17", "2025-07-17T00:00:00+09:00"),
        ("2025. 7. 17.", "2025-07-17T00:00:00+09:00"),
        ("2025년 7월 17일", "2025-07-17T00:00:00+09:00"),
        ("2025년 7월 17일 (목) 오후 3시 5분", "2025-07-17T15:05:00+09:00"),
        ("2025년 7월 17일 오전 9시", "2025-07-17T09:00:00+09:00"),
        ("2025-07-17 오후 3:05", "2025-07-17T15:05:00+09:00"),
        ("Thu, 17 Jul 2025 09:00:00 GMT", "2025-07-17T09:00:00+00:00"),
        ("July 17, 2025", "2025-07-17T00:00:00+09:00"),
        ("2025-07-17 09:00 KST", "2025-07-17T09:00:00+09:00"),
        ("2025-07-17 09:00 XYZ", "2025-07-17T09:00:00+09:00"),
        ("1752711218", "2025-07-17T09:13:38+09:00"),
        ("2025년 7월 17일 15시 05분 30초", "2025-07-17T15:05:30+09:00"),
        ("2025년 7월 17일 오후 3시 5분 3초", "2025-07-17T15:05:03+09:00"),
        ("2025년 7월 17일 오전 12시 5분", "2025-07-17T00:05:00+09:00"),
        ("2025年7月17日", "2025-07-17T00:00:00+09:00"),
        ("2025年 7月 17日 오후 3시", "2025-07-17T15:00:00+09:00"),
        ("2025년 7월 17일 새벽 3시 5분", "2025-07-17T03:05:00+09:00"),
        ("2025년 7월 17일 새벽 12시 30분", "2025-07-17T00:30:00+09:00"),
        ("2025년 7월 17일 정오", "2025-07-17T12:00:00+09:00"),
        ("2025년 7월 17일 자정", "2025-07-17T00:00:00+09:00"),
        ("2025년 7월 17일 낮 2시", "2025-07-17T14:00:00+09:00"),
        ("2025년 7월 17일 저녁 6시", "2025-07-17T18:00:00+09:00"),
        ("2025년 7월 17일 밤 11시 30분", "2025-07-17T23:30:00+09:00"),
        ("2025년 7월 17일 밤 1시", "2025-07-17T01:00:00+09:00"),
        ("2025-07-17 09:00 EST", "2025-07-17T09:00:00-05:00"),
        ("Thu, 17 Jul 2025 09:00:00 PDT", "2025-07-17T09:00:00-07:00"),
        ("2025-07-17 09:00 PST", "2025-07-17T09:00:00-08:00"),
        ("2025-07-17 09:00:00 +0000 UTC", "2025-07-17T09:00:00+00:00"),
        ("2025-07-17 09:00:00 +0900 KST", "2025-07-17T09:00:00+09:00"),
        ("2025-07-17 09:00 GMT+9", "2025-07-17T09:00:00+09:00"),
        ("2025-07-17 09:00 UTC-05:00", "2025-07-17T09:00:00-05:00"),
        ("Thu Jul 17 2025 09:00:00 GMT+0900 (한국 표준시)", "2025-07-17T09:00:00+09:00"),
    ],
)
def test_date(value: str, instant: str) -> None:
    assert article_of(f"date: {value}").date == datetime.fromisoformat(instant)


@pytest.mark.parametrize(
    "value",
    [
        "2025-02-30",
        "어제",
        "7월 17일",
        "2025년 7월 17일 밤 12시",
        "0001-01-01",
        "12345-01-01",
        "25:00",
        "가" * 1_000_000,
        "[1]",
    ],
    ids=lambda value: value[:12],
)
def test_an_impossible_date_loses_only_itself(value: str) -> None:
    found, problems = read_article(f"---\ntitle: 제목\ndate: {value}\ntags: [가]\n---\n본문")
    assert (found.title, found.date, found.tags, found.body) == ("제목", None, ("가",), "본문")
    if value != "[1]":
        assert [(p.file, p.line) for p in problems] == [("posts/a.md", 3)]


def test_a_date_that_is_none_is_quoted_as_it_stands() -> None:
    _, problems = read_article("---\ntitle: a\ndate: 3월 2일 낮\n---\n본문")
    assert problems[0].reason == "date: '3월 2일 낮' is no date; left out"


@pytest.mark.parametrize(
    ("text", "path", "instant"),
    [
        pytest.param("+++\ndate = 2025-07-17\n+++\n본문", "a.md", "2025-07-17", id="toml-date"),
        pytest.param(
            "+++\ndate = 2025-07-17T01:02:03\n+++\n본문",
            "a.md",
            "2025-07-17T01:02:03",
            id="toml-local",
        ),
        pytest.param('{"date": "2025-07-17"}\n본문', "a.md", "2025-07-17", id="json"),
        pytest.param(
            "---\npublishDate: 2025-07-17\n---\n본문", "a.md", "2025-07-17", id="publish-date"
        ),
        pytest.param("본문", "2025-07-17-a.md", "2025-07-17", id="file-name"),
        pytest.param("본문", "2025-07-17-a/index.md", "2025-07-17", id="bundle-name"),
        pytest.param("---\ndate: 어제\n---\n본문", "2025-07-17-a.md", "2025-07-17", id="fallback"),
        pytest.param("본문", "2025-13-17-a.md", None, id="no-date-in-the-name"),
    ],
)
def test_where_a_date_comes_from(text: str, path: str, instant: str | None) -> None:
    wanted = datetime.fromisoformat(instant).replace(tzinfo=SEOUL) if instant else None
    assert read_article(text, path)[0].date == wanted


def test_the_other_instants() -> None:
    found = article_of("lastmod: 2025-01-02\npublishDate: 2025-01-03\nexpiryDate: 2025-01-04")
    instants = (found.lastmod, found.publish_date, found.expiry_date)
    assert [i.day for i in instants if i] == [2, 3, 4]


@pytest.mark.parametrize("key", ["publishDate", "pubdate", "published", "PUBDATE"])
def test_the_names_of_the_embargo(key: str) -> None:
    found = article_of(f"date: 2025-01-02\n{key}: 2099-01-03").publish_date
    assert found == datetime(2099, 1, 3, tzinfo=SEOUL)


@pytest.mark.parametrize("key", ["expiryDate", "unpublishdate"])
def test_the_names_of_the_expiry(key: str) -> None:
    assert article_of(f"{key}: 2025-01-03").expiry_date == datetime(2025, 1, 3, tzinfo=SEOUL)


@pytest.mark.parametrize(
    ("front", "hidden", "reasons"),
    [
        ("expiryDate: 내년", True, 1),
        ("unpublishdate: 2025-02-30", True, 1),
        ("publishDate: soon", True, 1),
        ("publishDate: soon\nexpiryDate: later", True, 2),
        ("expiryDate: 내년\nunpublishdate: 2025-03-01", False, 1),
        ("expiryDate: 2025-03-01", False, 0),
        ("expiryDate: 9999-12-31", False, 0),
        ("publishDate: 9999-12-31", True, 1),
        ("date: 9999-12-31", True, 1),
        ("date: 9999-12-31\npublishDate: 2025-03-01", False, 1),
        ("date: 0001-01-01", False, 0),
        ("expiryDate: ''", False, 0),
        ("lastmod: never", False, 0),
    ],
)
def test_limits_that_cannot_be_read_hold_an_article_back(
    front: str, hidden: bool, reasons: int
) -> None:
    found, problems = read_article(f"---\n{front}\n---\n본문이다.")
    assert found.hidden is hidden
    assert sum("held back" in problem.reason for problem in problems) == reasons


def test_an_article_whose_embargo_cannot_be_read_is_held_back() -> None:
    article, problems = read_article("---\ntitle: a\npublishDate: 다음 주\n---\n본문")
    assert article.hidden
    assert [p.line for p in problems] == [3]
    assert problems[0].reason.endswith("the article is held back as a draft is")
