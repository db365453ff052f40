"""``python -m benchmarks.worst``: what the worst requests cost that a client can send."""

import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

import click
import orjson
from flask.testing import FlaskClient

from benchmarks import report
from benchmarks.corpus import sentences
from benchmarks.machine import machine
from benchmarks.report import of_machine, table
from benchmarks.search.indexes import Corpus, our_index
from benchmarks.search.ours import forget
from benchmarks.timing import in_words
from benchmarks.tokens import Tokens
from benchmarks.worst.queries import Worst, worst
from index.analysis import analyser_for
from index.settings import Settings
from search.service import SearchService
from search.snapshot import Snapshot
from web.app import create_app
from web.context import EXTENSION
from web.shared_cache import SharedCache

_SMOKE, _SMOKE_SENTENCES = 300, 300
_LIMIT = 100.0
_ROUNDS = 3
_KEPT = 1 << 20
_NOTES = """Requests as dear as the limits of the API let them be, through the whole application
without a network; CPU time of the process, with everything that it keeps of earlier queries
forgotten ("cold", the best of three) and asked at once again ("hot": only whole answers are
forgotten). 4xx: the limits refuse it. Partial: it was cut short, and the answer says so."""


@click.command()
@click.option("--documents", default=100_000, show_default=True, type=click.IntRange(10))
@click.option("--smoke", is_flag=True, help="A size that takes seconds, to see that all works.")
@click.option("--write", is_flag=True, help="Keep the result in docs/benchmarks.md.")
@click.option("--index", type=click.Path(path_type=Path), help="Our index of so many documents.")
@click.option("--only", default="", help="Only requests whose name has this in it.")
def main(documents: int, smoke: bool, write: bool, index: Path | None, only: str) -> None:
    """Ask the worst of an index, and print a table."""
    size = _SMOKE if smoke else documents
    folder = index or _index(size, smoke)
    result: dict[str, Any] = {"machine": machine(), "rows": _measured(folder, only)}
    report.concluded(
        "worst",
        "The worst requests",
        size,
        result,
        markdown,
        keep_it=not smoke and not only,
        write_it=write,
    )


def _index(size: int, smoke: bool) -> Path:
    source = sentences(_SMOKE_SENTENCES if smoke else None)
    corpus = Corpus(size, source, Tokens(source))
    return our_index(corpus, None, lambda text: click.echo(text, err=True))


def _measured(folder: Path, only: str) -> list[dict[str, Any]]:
    settings = Settings(index_dir=folder, base_url="https://news.example/")
    app = create_app(settings)
    here = app.extensions[EXTENSION]
    service: SearchService = here.service
    analyser = analyser_for()
    service.warm_up()
    service.prepare()
    snapshot = service._engine.snapshot()
    assert isinstance(snapshot, Snapshot)
    asked = [one for one in worst(snapshot) if only in one.name]
    client = app.test_client()
    client.get("/api/v1/search?q=금리")
    rows = []
    for one in asked:
        cold, hot = [], []
        for _ in range(_ROUNDS):
            forget(snapshot)
            service._deciders = ()
            analyser.forget()
            here.answers._answers = SharedCache(_KEPT)
            took, status, body = _asked(client, one)
            cold.append(took)
            here.answers._answers = SharedCache(_KEPT)
            hot.append(_asked(client, one)[0])
        rows.append(_row(one, min(cold), min(hot), status, body))
        click.echo(rows[-1], err=True)
    return sorted(rows, key=lambda row: -row["cold"])


def _asked(client: FlaskClient, one: Worst) -> tuple[float, int, bytes]:
    begun = time.process_time()
    answer = client.get(one.path)
    took = (time.process_time() - begun) * 1000
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise click.ClickException(f"{one.name}: {answer.status}")
    return took, answer.status_code, answer.data


def _row(one: Worst, cold: float, hot: float, status: int, body: bytes) -> dict[str, Any]:
    outcome = str(status)
    if status == 200 and body.startswith(b'{"query"'):
        answer = orjson.loads(body)
        outcome = f"{answer['total']:,} hits" + (", partial" if answer["partial"] else "")
    return {"name": one.name, "cold": cold, "hot": hot, "outcome": outcome}


def markdown(results: Mapping[str, Any]) -> str:
    """The section of all sizes."""
    parts = [_NOTES]
    for size, result in results.items():
        parts += [f"### {int(size):,} documents", of_machine(result["machine"])]
        parts += [_table(result["rows"]), _sum(result["rows"])]
    return "\n\n".join(parts)


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    cells = [
        [row["name"], in_words(row["cold"]), in_words(row["hot"]), row["outcome"]] for row in rows
    ]
    return table(["Request", "cold, ms of CPU", "hot", "answer"], cells)


def _sum(rows: Sequence[Mapping[str, Any]]) -> str:
    over = [row["name"] for row in rows if max(row["cold"], row["hot"]) > _LIMIT]
    found = f"over {_LIMIT:.0f} ms: {', '.join(over)}" if over else f"none over {_LIMIT:.0f} ms"
    return f"{len(rows)} requests, {found}."


if __name__ == "__main__":
    main()
