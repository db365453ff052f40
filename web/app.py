"""The composition root: settings, engine, analyser and service become an application."""

from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Flask
from flask_compress import Compress
from flask_cors import CORS

from index.analysis import analyser_for
from index.lexicon.synonyms import Synonyms, synonyms
from index.settings import Settings, load_settings
from index.site import site_of
from search.apart import Apart
from search.archive import Archive
from search.engine import open_engine
from search.service import SearchService
from web.api import api
from web.archive import register_archive
from web.caching import AnswerCache, register_answer_cache
from web.context import EXTENSION, Context
from web.embed import embed
from web.errors import register_errors
from web.feeds import feeds
from web.headers import FOR_OTHERS, register_headers
from web.insights import Insights, register_insights
from web.limits import register_limits
from web.logs import register_request_log
from web.metrics import metrics, register_metrics
from web.pages import pages
from web.proxies import with_scheme_of_browser
from web.reading import ENCODINGS, AnyRequest
from web.state import State


def create_app(
    settings: Settings | None = None, workers: int = 1, folder: Path | None = None
) -> Flask:
    """The WSGI application. Kiwi is loaded here; the index is opened by the first request.
    ``workers``: how many processes will share the clients, and ``folder`` a folder of their own,
    where what is derived of the index is made once for all of them; without it each makes it.

    Raises ConfigurationError, SiteError, DictionaryError and OSError.
    """
    settings = settings or load_settings()
    # Before Kiwi, which takes seconds: a mistake in a file is told at once.
    known = synonyms(settings.synonyms_file)
    analyser = analyser_for(settings.user_dictionary)
    analyser.warm_up()
    zone = ZoneInfo(settings.timezone)
    engine = open_engine(settings, None if folder is None else Apart(folder, settings.index_dir))
    service = SearchService(engine, analyser, zone, synonyms=known)
    app = Flask(__name__, static_url_path="/static")
    app.request_class = AnyRequest
    proxied = with_scheme_of_browser(app.wsgi_app, settings.trusted_networks)
    app.wsgi_app = proxied  # type: ignore[assignment, method-assign]
    # Before all others: what they take is in the figures.
    register_request_log(app, with_query=settings.log_queries)
    register_metrics(app)
    answers = AnswerCache(workers)
    # Early, so that these two run late: on what every other part has made of an answer.
    register_answer_cache(app, answers)
    app.config["COMPRESS_ALGORITHM"] = app.config["COMPRESS_ALGORITHM_STREAMING"] = list(ENCODINGS)
    # The lowest that takes no more bytes than br.
    app.config["COMPRESS_ZSTD_LEVEL"] = 5
    Compress(app)
    # Before what costs something, but behind what counts and logs.
    register_limits(app, settings, workers)
    stamp = _stamp(settings, known)
    archive = Archive(service, analyser)
    app.extensions[EXTENSION] = Context(service, zone, settings, stamp, answers, archive)
    app.register_blueprint(api)
    app.register_blueprint(pages)
    app.register_blueprint(metrics)
    app.register_blueprint(embed)
    app.register_blueprint(feeds)
    state = State(settings.state_dir)
    insights = Insights(state, settings.insights_days, zone) if settings.insights else None
    if insights is not None:
        register_insights(app, insights, settings.trusted_networks)
    register_archive(app, settings, state, insights)
    register_errors(app)
    register_headers(app, settings)
    origins = _origins(settings)
    CORS(app, resources=rf"{FOR_OTHERS}(?!archive/).*", origins=origins, methods=["GET", "HEAD"])
    return app


def _origins(settings: Settings) -> list[str]:
    """Who may call the API from a browser: the configured origins, else that of the site."""
    if settings.allowed_origins:
        return list(settings.allowed_origins)
    site = site_of(settings)
    parts = urlsplit(site.base_url)
    return [f"{parts.scheme}://{parts.netloc}"] if parts.netloc else []


def _stamp(settings: Settings, known: Synonyms) -> str:
    """What an answer depends on besides the index: version, configuration, synonyms, looks of the
    pages."""
    stamp = blake2b(f"{version('geulsaem')} {settings!r} {known.stamp}".encode(), digest_size=6)
    for folder in ("templates", "static"):
        for file in sorted((Path(__file__).parent / folder).rglob("*.*")):
            stamp.update(file.read_bytes())
    return stamp.hexdigest()
