"""Pages of a site that embeds the search box, with headers as strict sites send them."""

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self

# What docs/site-search-box.md says that a site must allow, and nothing else.
POLICY = (
    "default-src 'none'; script-src {server}; connect-src {server}; img-src {server}; "
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
PAGE = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>새벽신문</title>
</head>
<body>
<main>
<h1>새벽신문</h1>
{box}
<p><label>이름 <input id="name"></label> <a href="#next" id="link">다음</a></p>
</main>
{scripts}
</body>
</html>
"""


class Host:
    """A web server for made-up pages, and for what a folder holds; used as a context manager."""

    def __init__(self, folder: Path | None = None) -> None:
        self._pages: dict[str, tuple[str, str]] = {}
        pages = self._pages

        class Handler(SimpleHTTPRequestHandler):
            def do_GET(self) -> None:
                if folder is not None:
                    super().do_GET()
                    return
                body, policy = pages.get(self.path.partition("?")[0], ("<!doctype html>기사", ""))
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                if policy:
                    self.send_header("Content-Security-Policy", policy)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(
            ("127.0.0.1", 0), partial(Handler, directory=str(folder or "."))
        )

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._server.shutdown()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def with_box(
        self,
        server: str,
        attributes: str = "",
        *,
        lang: str = "ko",
        scripts: str = '<script src="{server}/embed/search-box.js" defer></script>',
        policy: str = POLICY,
    ) -> str:
        """The address of a page with the search box of a server."""
        box = f'<geulsaem-search {attributes}><a href="{server}/">검색</a></geulsaem-search>'
        page = PAGE.format(lang=lang, box=box, scripts=scripts.format(server=server))
        path = f"/page-{len(self._pages)}"
        self._pages[path] = (page, policy.format(server=server))
        return self.origin + path
