"""``python -m tests.fuzz``: requests sent and the status codes seen."""

import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from tests.building import build_index
from tests.fuzz.parsers import try_parsers
from tests.fuzz.requests import Tally, heard, try_document, try_routes
from tests.web.conftest import archive
from tests.web.editors import TOKEN, archive_app

# Of the time.
_DOCUMENT, _ROUTES, _PARSERS = 0.5, 0.3, 0.2


@click.command()
@click.option("--seconds", default=60.0, show_default=True, help="How long to try.")
def main(seconds: float) -> None:
    """Try what nobody would send; exit 1 with the smallest case that fails."""
    tally = Tally()
    with TemporaryDirectory() as folder:
        build_index(Path(folder), archive())
        app = archive_app(Path(folder))
        # As in a server: an exception becomes an answer, which is looked at.
        app.testing = False
        with heard() as errors:
            try_document(app, TOKEN, seconds * _DOCUMENT, tally)
            try_routes(app, seconds * _ROUTES, tally)
        parsed = try_parsers(seconds * _PARSERS)
    _print(tally, parsed)
    if errors:
        click.echo("\n".join(["logged:", *dict.fromkeys(errors)]), err=True)
        sys.exit(1)


def _print(tally: Tally, parsed: dict[str, int]) -> None:
    whole: Counter[int] = Counter()
    for part, statuses in tally.statuses.items():
        click.echo(f"{part:60} {_shown(statuses)}")
        whole += statuses
    click.echo(f"{'requests: ' + format(whole.total(), ','):60} {_shown(whole)}")
    for name, count in parsed.items():
        click.echo(f"{name:60} {count:,} texts")


def _shown(statuses: Counter[int]) -> str:
    return ", ".join(f"{status} × {count:,}" for status, count in sorted(statuses.items()))


if __name__ == "__main__":
    main()
