"""The command ``geulsaem``: serve, search, stats, check, backup, hash-password."""

import errno
import os
import socket
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import orjson
from pydantic import SecretStr
from werkzeug.security import generate_password_hash

from index.analysis import analyser_for
from index.backup import copy_index
from index.damage import examine
from index.generation import IndexFolder, IndexFolderError
from index.lexicon.synonyms import synonyms
from index.lexicon.words import DictionaryError, dictionary_words, shipped_words
from index.mistakes import config_source
from index.settings import ConfigurationError, Settings, load_settings
from index.site import SiteError, site_of
from search.engine import EngineError, NoIndexError, open_engine
from search.explain import Explanation
from search.request import Hint, RequestError, SearchRequest
from search.service import SearchService
from search.synonyms import expansion_for
from web.messages import LANGUAGES, MESSAGES
from web.run_folder import run_folder

_USAGE, _FAILED = 2, 3
_FIGURES = "PROMETHEUS_MULTIPROC_DIR"
_SHORTEST_PASSWORD = 10


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="geulsaem", prog_name="geulsaem")
def geulsaem() -> None:
    """Full-text search for Korean news archives."""


def _for_people(command: Callable[..., None]) -> Callable[..., None]:
    """Errors as one line and an exit code, never a traceback."""

    @wraps(command)
    def run(**arguments: Any) -> None:
        try:
            command(**arguments)
        except (ConfigurationError, SiteError, DictionaryError, RequestError) as error:
            click.echo(f"geulsaem: {error}", err=True)
            sys.exit(_USAGE)
        except BrokenPipeError:
            # Whoever reads has enough (head); nothing more can be said to them.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except (EngineError, IndexFolderError, OSError) as error:
            click.echo(f"geulsaem: {error}", err=True)
            sys.exit(_FAILED)

    return run


@geulsaem.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--threads", default=4, show_default=True, type=click.IntRange(1, 64))
@_for_people
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
@_for_people
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
    click.echo(f"{_counted(answer.total, 'article')} ({asked.matching} words){instead}")
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
@_for_people
def stats() -> None:
    """What the published index holds."""
    settings = load_settings()
    if settings.engine == "opensearch":
        _print_table(_cluster_figures(settings))
        return
    generation = IndexFolder(settings.index_dir).current()
    if generation is None:
        raise EngineError(f"{settings.index_dir}: no index yet; run `reindex`")
    size = sum(file.stat().st_size for file in generation.folder.iterdir())
    _print_table(
        {
            "index": str(settings.index_dir),
            "generation": str(generation.number),
            "published": _local(generation.created, settings),
            "articles": f"{generation.articles:,}",
            "size": f"{size / 2**20:.1f} MiB",
            "made by": generation.stamp,
        }
    )


@geulsaem.command()
@click.argument("folder", type=click.Path(path_type=Path))
@_for_people
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
    click.echo(f"generation {made.number} with {_counted(made.articles, 'article')} is in {folder}")


@geulsaem.command()
@click.option("--index", "of_index", is_flag=True, help="Read the index instead, every file of it.")
@_for_people
def check(of_index: bool) -> None:
    """Print the configuration in force, and everything that is wrong with it."""
    settings = load_settings()
    if of_index:
        _check_index(settings)
        return
    rows = {"(configuration)": config_source()}
    rows |= {name: _shown(getattr(settings, name)) for name in Settings.model_fields}
    mistakes: list[str] = []
    notes: list[str] = []
    rows |= _archive_rows(settings)
    for describe in (_site_rows, _word_rows, _synonym_rows, _search_box_rows):
        try:
            rows |= describe(settings, notes)
        except (SiteError, DictionaryError) as error:
            mistakes.append(str(error))
    if settings.engine == "opensearch":
        try:
            rows["(cluster)"] = _cluster_version(settings)
        except EngineError as error:
            mistakes.append(str(error))
    _print_table(rows)
    for note in notes:
        click.echo(note)
    if not settings.content_dir.is_dir():
        mistakes.append(f"content_dir: {settings.content_dir} is no folder")
    if not _can_write(settings.state_dir):
        mistakes.append(f"state_dir: {settings.state_dir} cannot be written")
    if mistakes:
        raise ConfigurationError("\n".join(dict.fromkeys(mistakes)))


@geulsaem.command("hash-password")
@_for_people
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


def _can_write(folder: Path) -> bool:
    """Whether there is such a folder to write into, or can be."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    return there.is_dir() and os.access(there, os.W_OK)


def _check_index(settings: Settings) -> None:
    """Say of each generation whether it is whole; of a cluster, whether all that was published is
    there. Raises EngineError where it is not."""
    if settings.engine == "opensearch":
        _print_table(_cluster_figures(settings))
        return
    examined = examine(settings.index_dir)
    if not examined:
        raise NoIndexError(f"{settings.index_dir}: no index yet; run `reindex`")
    _print_table(
        {
            one.name: f"{len(one.damaged)} of {_counted(one.files, 'file')} damaged"
            if one.damaged
            else f"whole: {_counted(one.files, 'file')}, {one.size / 2**20:.1f} MiB"
            for one in examined
        }
    )
    damaged = [line for one in examined for line in one.damaged]
    if damaged:
        raise EngineError("\n".join(damaged))


def _cluster_figures(settings: Settings) -> dict[str, str]:
    """What stands published in a cluster. Raises EngineError."""
    # Loads a client that the other engine does without.
    from search.opensearch_engine import ClusterEngine

    figures = ClusterEngine(settings).figures()
    return figures | {"published": _local(figures["published"], settings)}


def _cluster_version(settings: Settings) -> str:
    """What answers at opensearch_url. Raises EngineError."""
    from search.opensearch_cluster import Cluster

    return "OpenSearch {}.{}".format(*Cluster(settings).version)


def _site_rows(settings: Settings, notes: list[str]) -> dict[str, str]:
    site = site_of(settings)
    if site.base_url.startswith("/"):
        notes.append(
            f"base_url: note: {site.base_url} names no site, so that hits lead to paths of the "
            "search server; set it to the address of the site, such as https://news.example/"
        )
    return {
        "(site) base_url": site.base_url,
        "(site) permalinks": str(dict(site.permalinks)),
    }


def _word_rows(settings: Settings, _: list[str]) -> dict[str, str]:
    shipped, known = len(shipped_words()), len(dictionary_words(settings.user_dictionary))
    return {
        "(user dictionary)": f"{_counted(known - shipped, 'word')}, and {shipped} shipped ones",
        "(analyser)": analyser_for(settings.user_dictionary).stamp,
    }


def _synonym_rows(settings: Settings, notes: list[str]) -> dict[str, str]:
    known = synonyms(settings.synonyms_file)
    own = known.groups[len(known.groups) - known.own :]
    if own:
        expansion = expansion_for(analyser_for(settings.user_dictionary), known)
        notes += [
            f"{settings.synonyms_file}:{group.line}: note: {word} is taken for other words in a "
            "text; a line in user_dictionary keeps it whole"
            for group in own
            for word in group.words
            if expansion.taken_apart(word)
        ]
    shipped = len(known.groups) - known.own
    taken = f" ({known.removed} taken away)" if known.removed else ""
    return {
        "(synonyms)": f"{_counted(known.own, 'group')}, and {shipped} shipped ones{taken}",
        "(synonyms) stamp": known.stamp,
    }


def _search_box_rows(_: Settings, __: list[str]) -> dict[str, str]:
    # Not above: it brings parts of the application along, and see ``_common_figures``.
    from web.embed import search_box

    return {"(search box)": search_box().path}


def _archive_rows(settings: Settings) -> dict[str, str]:
    if not settings.archive_is_on:
        return {"(archive)": "off: there is no secret_key"}
    if not (settings.archive_users or settings.archive_tokens or settings.sso_header):
        return {"(archive)": "on, but closed: no archive_users, archive_tokens or sso_header"}
    return {"(archive)": "on"}


def _shown(value: object) -> str:
    """A setting as people may see it: of secrets only the names."""
    if isinstance(value, SecretStr):
        return "(hidden)"
    if isinstance(value, dict) and any(isinstance(v, SecretStr) for v in value.values()):
        return ", ".join(value) + " (hidden)"
    return str(value)


def _local(instant: str, settings: Settings) -> str:
    """An instant in ISO 8601 as the clocks of the archive show it."""
    local = datetime.fromisoformat(instant).astimezone(ZoneInfo(settings.timezone))
    return f"{local:%Y-%m-%d %H:%M:%S} ({settings.timezone})"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _print_table(rows: dict[str, str]) -> None:
    """Names and values, each on one line however long: they are searched for and copied."""
    width = max(map(len, rows))
    for name, value in rows.items():
        click.echo(f" {name:{width}}  {value}".rstrip())


def _service(settings: Settings) -> SearchService:
    zone = ZoneInfo(settings.timezone)
    analyser = analyser_for(settings.user_dictionary)
    known = synonyms(settings.synonyms_file)
    return SearchService(open_engine(settings), analyser, zone, synonyms=known)


if __name__ == "__main__":
    geulsaem()
