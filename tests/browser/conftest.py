"""A real server, pages of another origin that embed its search box, and a real browser."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from index.article import Article
from tests.browser.box import ANY_ORIGIN, SUGGEST, Box
from tests.browser.host import Host
from tests.building import article, build_index, day

ROOT = Path(__file__).parents[2]
_START_SECONDS = 90
_WAIT_MS = 8000


def archive() -> list[Article]:
    """Twelve articles on chips and three on rates, one whose markup would be dangerous."""
    chips = [
        article(
            f"chips/{n:02}",
            url=f"/chips/{n:02}/",
            title=f"반도체 수출 {n}월 소식",
            body="반도체 수출이 늘었다. 구글 클라우드도 함께 자란다.",
            authors=("김한수",),
            categories=("경제",),
            tags=("반도체",),
            date=day(f"2025-{n:02}-01"),
        )
        for n in range(1, 13)
    ]
    rates = [
        article(f"rates/{n}", url=f"/rates/{n}/", title=f"기준금리 동결 {n}", body="환율이 올랐다.")
        for n in range(3)
    ]
    markup = article(
        "markup",
        url="javascript:alert(1)",
        title="<script>alert('쿼카')</script> 쿼카",
        body='쿼카 <b>굵게</b> &amp; "따옴표"',
        image="javascript:alert(2)",
    )
    return [*chips, *rates, markup]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            urlopen(address).close()
            return
        except URLError:
            time.sleep(0.2)
    raise RuntimeError(f"{address} does not answer")


@contextmanager
def serving(folder: Path, site: str, content: Path) -> Iterator[str]:
    """The origin of a server with the index in ``folder``, whose API the pages of a site may call,
    and whose hits lead there."""
    port = _free_port()
    configuration = (
        f'content_dir = "{content}"\nindex_dir = "{folder / "index"}"\nbase_url = "{site}/"\n'
    )
    (folder / "geulsaem.toml").write_text(configuration, "utf-8")
    command = [sys.executable, "-m", "web.cli", "serve", "--port", str(port), "--workers", "1"]
    process = subprocess.Popen(command, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)})
    try:
        _wait_for(f"http://127.0.0.1:{port}/readyz", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def host() -> Iterator[Host]:
    """Pages of another origin than the server."""
    with Host() as running:
        yield running


@pytest.fixture(scope="session")
def server(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The origin of a server with the archive above, for the site of ``host``."""
    folder = tmp_path_factory.mktemp("browser")
    build_index(folder / "index", archive())
    with serving(folder, host.origin, folder) as origin:
        yield origin


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium of the system."""
    chromium = os.environ.get("CHROMIUM") or which("chromium")
    if chromium is None:
        pytest.skip("no Chromium; apt-get install chromium, then make test-browser")
    with sync_playwright() as playwright:
        # Root in a container has no sandbox.
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A profile of its own, in Korean."""
    fresh = browser.new_context(locale="ko-KR", viewport={"width": 1280, "height": 800})
    fresh.set_default_timeout(_WAIT_MS)
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page on which nothing may be thrown. Suggestions are left out, where a test asks for none
    of its own: articles come first then, whatever else the archive would complete."""
    fresh = context.new_page()
    fresh.route(SUGGEST, lambda route: route.fulfill(json={"suggestions": []}, headers=ANY_ORIGIN))
    thrown: list[str] = []
    fresh.on("pageerror", lambda error: thrown.append(str(error)))
    yield fresh
    assert thrown == []


@pytest.fixture
def box(page: Page, host: Host, server: str) -> Callable[..., Box]:
    """The search box on a page with a strict Content-Security-Policy: ``box(attributes, …)``."""

    def visit(attributes: str = "", **options: str) -> Box:
        page.goto(host.with_box(server, attributes, **options))
        return Box(page)

    return visit
