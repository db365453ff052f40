"""A small archive behind the real application."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from index.article import Article
from tests.building import SEOUL, app_for, article, build_index, day


def archive() -> list[Article]:
    """Thirty articles of two authors, one that is all markup, and four that are not public."""
    soon = datetime.now(SEOUL) + timedelta(days=1)
    numbered = [
        article(
            f"posts/{n:02}",
            title=f"반도체 소식 {n}",
            subtitle="수출이 이끈다",
            body=f"구글과 {'배터리' if n % 2 else '자동차'} 이야기가 이어진다.",
            authors=("김한수",) if n % 3 else ("이영희",),
            categories=("경제",),
            tags=("반도체", f"태그{n % 9}"),
            date=day(f"2024-{n % 12 + 1:02}-01"),
            image="https://img.example/a.jpg" if n % 2 else "",
        )
        for n in range(30)
    ]
    markup = article(
        "posts/<b>&\"'",
        url="javascript:alert(1)",
        title="<script>alert('쿼카')</script>",
        subtitle='<img src=x onerror="alert(1)">',
        body='쿼카 <b>굵게</b> &amp; "따옴표"',
        authors=("<i>기자</i>",),
        categories=('"><script>',),
        tags=("<u>&",),
        date=day("2020-01-01"),
        image="javascript:alert(2)",
    )
    hidden = [
        article("draft", title="숨은초안", draft=True),
        article("hidden", title="숨은글", hidden=True),
        article("later", title="숨은예약", publish_date=soon),
        article("expired", title="숨은만료", expiry_date=day("2025-02-01")),
    ]
    return [*numbered, markup, article("undated", title="날짜 없는 글", date=None), *hidden]


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application; its site is https://news.example."""
    folder = tmp_path_factory.mktemp("web")
    build_index(folder, archive())
    return app_for(folder)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client without cookies."""
    return app.test_client()


@pytest.fixture(scope="session")
def empty_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An application before the first run of ``reindex``."""
    return app_for(tmp_path_factory.mktemp("empty"))
