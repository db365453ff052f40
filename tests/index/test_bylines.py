"""Bylines to names."""

import pytest

from index.bylines import names


@pytest.mark.parametrize(
    ("byline", "people"),
    [
        ("김한수 기자", ["김한수"]),
        ("김한수 기자 hsk@example.com", ["김한수"]),
        ("김한수 기자 <hsk@example.com>", ["김한수"]),
        ("[서울=연합뉴스] 김한수 기자", ["김한수"]),
        ("서울=김한수 특파원", ["김한수"]),
        ("김한수 선임기자", ["김한수"]),
        ("글·사진 김한수", ["김한수"]),
        ("김한수(경제부)", ["김한수"]),
        ("김한수·이영희 기자", ["김한수", "이영희"]),
        ("김한수 기자, 이영희 기자", ["김한수", "이영희"]),
        ("By Jane Doe", ["Jane Doe"]),
        ("Jane Doe and John Roe", ["Jane Doe", "John Roe"]),
        ("Black & White Agents", ["Black & White Agents"]),
        ("편집부", ["편집부"]),
        ("기자", ["기자"]),
        ("AI/데이터팀", ["AI/데이터팀"]),
        ("", []),
    ],
)
def test_names(byline: str, people: list[str]) -> None:
    assert names(byline) == people
