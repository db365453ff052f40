"""The command ``geulsaem``: serve, search, stats, check, backup, hash-password."""

import errno
import os
import socket
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import orjson
from werkzeug.security import generate_password_hash

from index.analysis import analyser_for
from index.backup import copy_index
from index.lexicon.synonyms import synonyms
from index.settings import ConfigurationError, Settings, load_settings
from search.engine import EngineError, open_engine
from search.explain import Explanation
from search.request import Hint, SearchRequest
from search.service import SearchService
from web.configuration import in_force
from web.index_figures import figures, soundness
from web.messages import LANGUAGES, MESSAGES
from web.run_folder import run_folder
from web.terminal import counted, for_people, print_table

_FIGURES = "PROMETHEUS_MULTIPROC_DIR"
_SHORTEST_PASSWORD = 10


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="geulsaem", prog_name="geulsaem")
def geulsaem() -> None:
    """Full-text search for Korean news archives."""


@geulsaem.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--threads", default=4, show_default=True, type=click.IntRange(1, 64))
@for_people
def serve(host: str, port: int, workers: int, threads: int) -> None:
    """Serve the search page and the API with gunicorn."""
    settings = load_settings()
    _check_address(host, port)
    with _common_figures(), run_folder("geulsaem-") as folder:
        from web.server import serve_forever

        serve_forever(
            settings, host=host, port=port, workers=workers, threads=threads, folder=folder
        )


def _check_address(host: str, port: int) -> None:
    """Raise OSError where nothing can listen there: said before Kiwi is loaded, and once."""
    try:
        # As gunicorn does; a port that was let go a moment ago can be taken again.
        socket.create_server((host, port), family=_family(host)).close()
    except OSError as error:
        advice = "another --port?" if error.errno == errno.EADDRINUSE else "another --host?"
        raise OSError(
            f"cannot listen on {host}:{port} ({os.strerror(error.errno or 0)}); {advice}"
        ) from error


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


@contextmanager
def _common_figures() -> Iterator[None]:
    """A folder in which the workers add their figures up, where none is given; its name is read
    when prometheus_client is imported."""
    if _FIGURES in os.environ:
        yield
        return
    with run_folder("geulsaem-metrics-") as folder:
        os.environ[_FIGURES] = str(folder)
        try:
            yield
        finally:
            del os.environ[_FIGURES]


@geulsaem.command()
@click.argument("query")
@click.option("--all", "everything", is_flag=True, help="Drafts, scheduled and expired ones too.")
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 100))
@click.option("--explain", is_flag=True, help="Show why each article ranks where it does.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer of the service as JSON.")
@for_people
def search(query: str, everything: bool, limit: int, explain: bool, as_json: bool) -> None:
    """Search the published index; public articles only, unless --all."""
    # A terminal may hand over bytes that are no text.
    query = os.fsencode(query).decode("utf-8", "replace")
    request = SearchRequest(
        q=query, per_page=limit, everything=everything, snippets=1, explain=explain
    )
    service = _service(load_settings())
    answer = service.search(request)
    if not answer.settled:
        # A server would answer the next request better; here there is no next one.
        service.prepare()
        answer = service.search(request)
    if as_json:
        click.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode())
        return
    asked = answer.query
    instead = f", searched for instead: {asked.applied} ({asked.reason})" if asked.reason else ""
    click.echo(f"{counted(answer.total, 'article')} ({asked.matching} words){instead}")
    for hint in asked.hints:
        _print_hint(hint)
    if asked.did_you_mean:
        click.echo(f"did you mean: {asked.did_you_mean}")
    for number, hit in enumerate((*answer.hits, *answer.also)):
        if number == len(answer.hits):
            click.echo("with some of the words only:")
        click.echo(f"{(hit.date or '')[:10]:10}  {hit.title}\n            {hit.id}")
        if hit.id in answer.explanations:
            _print_explanation(answer.explanations[hit.id])


def _print_hint(hint: Hint) -> None:
    for language in LANGUAGES:
        words = MESSAGES[language]
        click.echo(words[f"hint_{hint.kind}"].format(text=hint.text))
    if hint.instead:
        click.echo(f"did you mean: {hint.instead}")


def _print_explanation(found: Explanation) -> None:
    click.echo(f"{found.score:10.4f}  recency {found.recency:.4f}", nl=False)
    click.echo(f", missing {', '.join(found.missing)}" if found.missing else "")
    for term in found.terms:
        fields = ", ".join(
            f"{share.field} {share.contribution:.4f}"
            + (f" ({share.frequency} of {share.length})" if share.length else "")
            for share in term.fields
        )
        name = f"{term.text} for {term.stands_for}" if term.stands_for else term.text
        click.echo(
            f"{term.contribution:14.4f}  {term.kind} {name}: weight {term.weight:.2f}, "
            f"idf {term.idf:.2f}; {fields}"
        )


@geulsaem.command()
@for_people
def stats() -> None:
    """What the published index holds."""
    print_table(figures(load_settings()))


@geulsaem.command()
@click.argument("folder", type=click.Path(path_type=Path))
@for_people
def backup(folder: Path) -> None:
    """Copy the published index to FOLDER (new or empty), whatever `reindex` does meanwhile.

    The copy is checked, and is an index itself: to restore it, put it in the place of the other.
    """
    settings = load_settings()
    if settings.engine == "opensearch":
        raise EngineError(
            "the index is in a cluster, which keeps snapshots of its own; see docs/operations.md"
        )
    made = copy_index(settings.index_dir, folder)
    click.echo(f"generation {made.number} with {counted(made.articles, 'article')} is in {folder}")


@geulsaem.command()
@click.option("--index", "of_index", is_flag=True, help="Read the index instead, every file of it.")
@for_people
def check(of_index: bool) -> None:
    """Print the configuration in force, and everything that is wrong with it."""
    settings = load_settings()
    if of_index:
        rows, damaged = soundness(settings)
        print_table(rows)
        if damaged:
            raise EngineError("\n".join(damaged))
        return
    found = in_force(settings)
    print_table(found.rows)
    for note in found.notes:
        click.echo(note)
    if found.mistakes:
        raise ConfigurationError("\n".join(dict.fromkeys(found.mistakes)))


@geulsaem.command("hash-password")
@for_people
def hash_password() -> None:
    """Make the hash of a password, for archive_users; asks twice, or reads a line of stdin."""
    if sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        line = sys.stdin.buffer.readline()
        try:
            password = line.decode().rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise ConfigurationError("the password is no UTF-8 text") from error
    # One form, whatever keyboard it is typed on later.
    password = unicodedata.normalize("NFC", password)
    if len(password) < _SHORTEST_PASSWORD:
        raise ConfigurationError(f"the password is shorter than {_SHORTEST_PASSWORD} characters")
    click.echo(generate_password_hash(password, method="scrypt"))


def _service(settings: Settings) -> SearchService:
    zone = ZoneInfo(settings.timezone)
    analyser = analyser_for(settings.user_dictionary)
    known = synonyms(settings.synonyms_file)
    return SearchService(open_engine(settings), analyser, zone, synonyms=known)


if __name__ == "__main__":
    geulsaem()
