"""The Hugo site under examples/, built by Hugo, with the search box of a server of its own."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from index.reindex import Options, reindex
from index.settings import Settings
from tests.browser.box import SUGGEST, Box
from tests.browser.conftest import ROOT, serving
from tests.browser.host import Host
from tests.building import Quiet

EXAMPLES = ROOT / "examples"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the built site."""
    if shutil.which("hugo") is None:
        pytest.skip("install hugo (apt-get install hugo)")
    folder = tmp_path_factory.mktemp("hugo")
    content = EXAMPLES / "content"
    with Host(folder / "public") as host:
        settings = Settings(
            content_dir=content, index_dir=folder / "index", base_url=f"{host.origin}/"
        )
        reindex(settings, Options(), Quiet())
        with serving(folder, host.origin, content) as server:
            _build(folder, host.origin, server)
            yield host.origin


def _build(folder: Path, origin: str, server: str) -> None:
    shutil.copytree(EXAMPLES, folder / "site")
    build = ["hugo", "--quiet", "-s", str(folder / "site"), "-d", str(folder / "public")]
    asked = {"HUGO_PARAMS_GEULSAEM_SERVER": server}
    subprocess.run([*build, "-b", f"{origin}/"], check=True, env=os.environ | asked)


def test_a_reader_finds_an_article(site: str, page: Page) -> None:
    page.unroute(SUGGEST)
    page.goto(site)
    expect(page.get_by_role("link", name="새벽신문")).to_be_visible()
    page.keyboard.press("/")
    search = Box(page).type("반도체 수출")
    article = search.group("기사").get_by_role("option").first
    title = article.locator(".title").inner_text()
    article.click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    # The box stands on every page.
    expect(Box(page).trigger).to_be_visible()
