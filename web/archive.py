"""The pages of editors: all articles, one of them, saved searches."""

import logging
from typing import cast

from flask import Blueprint, Flask, Response, current_app, redirect, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as Answer

from index.settings import Settings
from search.archive import Timeline
from search.request import FacetValue, SearchAnswer
from web.archive_address import PATH, Address, address_of
from web.archive_api import archive_api, private
from web.archive_messages import KEYS, SYNTAX
from web.archive_view import reading, results
from web.auth import editor, for_editors, register_access
from web.chart import Chart, chart
from web.context import context
from web.editor_pages import localised, page, words
from web.errors import problem
from web.insights import Insights
from web.login import login
from web.saved import SavedSearches
from web.state import State, StateError

archive = Blueprint("archive", __name__, url_prefix=PATH)
_off = Blueprint("archive_off", __name__)

_CHARTED_VALUES = 5
_RELATED = 8
_SAVED = "geulsaem-saved"
_INSIGHTS = "geulsaem-insights"
# The periods that the page about searches offers, in days.
_DAYS = (7, 30, 90)

_log = logging.getLogger(__name__)


def register_archive(
    app: Flask, settings: Settings, state: State, insights: Insights | None
) -> None:
    """The archive, or in its place a word on how to turn it on. ``insights`` are what its page
    about searches shows, None where they are not counted."""
    if not settings.archive_is_on:
        app.register_blueprint(_off)
        return
    register_access(app, settings, state)
    app.extensions[_SAVED] = SavedSearches(state)
    app.extensions[_INSIGHTS] = insights
    for blueprint in (archive, archive_api, login):
        app.register_blueprint(blueprint)

    @app.errorhandler(StateError)
    def _no_state(error: StateError) -> Response:
        _log.error("%s", error)
        if request.path.startswith("/api/"):
            return problem(503, "No state", "state_dir cannot be used; the server's log says why.")
        t = words()
        return page("archive_error.html", 503, message=t.no_state, hint=t.no_state_hint)


@archive.get("")
@for_editors
def home() -> Response:
    """All articles that match, with facets, a chart and the searches of the editor."""
    address = address_of(request.args)
    answer = context().service.search(address.to_request())
    return page(
        "archive.html",
        results=results(answer, address, localised()),
        answer=answer,
        chart=_chart(answer, address),
        saved=_saved().of(editor().name),
        syntax=SYNTAX,
        keys=KEYS,
    )


@archive.get("/article")
@for_editors
def article() -> Response:
    """One article; with ``part=1`` without the page around it."""
    key, q = request.args.get("id", ""), address_of(request.args).q
    found = context().archive.preview(key, q)
    if found is None:
        raise NotFound
    alike, others = context().archive.duplicates(key), context().archive.related(key, _RELATED)
    template = "archive_part.html" if request.args.get("part") == "1" else "archive_article.html"
    back = Address(q=q).url()
    return page(template, article=reading(found, alike, others, q, localised()), q=q, back=back)


@archive.post("/saved")
@for_editors
def save() -> Answer:
    """Save or delete a search of the editor, and go back to it."""
    # What comes is read and written again: nothing else than an archive page is ever linked.
    address = address_of(request.form)
    name = request.form.get("name", "")
    if request.form.get("delete"):
        _saved().delete(editor().name, request.form["delete"])
    else:
        _saved().save(editor().name, name, address.query_string())
    return redirect(address.url(), 303)


@archive.get("/insights")
@for_editors
def insights() -> Response:
    """What was searched for in the last days."""
    counts = cast("Insights | None", current_app.extensions[_INSIGHTS])
    asked = request.args.get("days", "")
    days = int(asked) if asked in map(str, _DAYS) else _DAYS[1]
    report = counts.report(days) if counts else None
    return page(
        "archive_insights.html",
        report=report,
        chart=chart([day[5:] for day in report.days], report.by_day, {}) if report else None,
        days=days,
        periods=_DAYS,
        kept=context().settings.insights_days,
    )


archive.after_request(private)


@_off.route("/archive", methods=["GET", "POST"])
@_off.route("/archive/<path:_>", methods=["GET", "POST"])
def off(_: str = "") -> Response:
    """Why there is no archive."""
    t = words()
    return page("archive_error.html", 404, message=t.archive_off, hint=t.archive_off_hint)


@_off.get("/api/v1/archive/<path:_>")
def api_off(_: str) -> Response:
    """The same for programs."""
    return problem(
        404, "The archive is off", "Set secret_key, and archive_tokens or archive_users."
    )


def _saved() -> SavedSearches:
    return cast("SavedSearches", current_app.extensions[_SAVED])


def _chart(answer: SearchAnswer, address: Address) -> Chart | None:
    """When the matches were written, for the first values of a facet."""
    values = [
        row.value
        for row in answer.facets.get(address.by, ())
        if row.count and (not _chosen(answer, address) or _is_selected(row))
    ]
    found: Timeline = context().archive.timeline(
        address.to_request(), address.by, values[:_CHARTED_VALUES]
    )
    if len(found.periods) < 2:
        return None
    return chart(found.periods, found.total, found.series)


def _chosen(answer: SearchAnswer, address: Address) -> bool:
    return any(map(_is_selected, answer.facets.get(address.by, ())))


def _is_selected(row: object) -> bool:
    return isinstance(row, FacetValue) and row.selected
