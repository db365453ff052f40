"""How the pages of editors are answered: in the language of the browser, kept by nobody."""

from collections.abc import Mapping
from types import SimpleNamespace

from flask import Response, g, make_response, render_template, request

from web.archive_messages import LANGUAGES, MESSAGES

# Their own script, which asks for previews; nothing from elsewhere, and no frame around them.
_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
    "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def page(template: str, status: int = 200, **values: object) -> Response:
    """A page with its headers."""
    body = render_template(
        template,
        t=words(),
        language=_language(),
        editor=g.get("editor"),
        **values,
    )
    response = make_response(body, status)
    response.headers["Content-Language"] = _language()
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Cache-Control"] = "private, no-store"
    # Addresses of drafts and of what is looked for are nobody's business.
    response.headers["Referrer-Policy"] = "same-origin"
    response.vary.add("Accept-Language")
    return response


def words() -> SimpleNamespace:
    """What the page says, as a template asks for it."""
    # No dict: in a template its methods (clear) would hide messages.
    return SimpleNamespace(**localised())


def localised() -> Mapping[str, str]:
    """The words of the language of the browser."""
    return MESSAGES[_language()]


def _language() -> str:
    return request.accept_languages.best_match(LANGUAGES, LANGUAGES[0]) or LANGUAGES[0]
