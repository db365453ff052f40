"""What commands say to people: figures, tables, errors."""

import os
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import click

from index.generation import IndexFolderError
from index.lexicon.words import DictionaryError
from index.settings import ConfigurationError
from index.site import SiteError
from search.engine import EngineError
from search.request import RequestError

_USAGE, _FAILED = 2, 3


def for_people(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose errors are one line and an exit code, never a traceback."""

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


def counted(number: int, noun: str) -> str:
    """A number of things, in the singular where it is one."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def print_table(rows: Mapping[str, str]) -> None:
    """Names and values, each on one line however long: they are searched for and copied."""
    width = max(map(len, rows))
    for name, value in rows.items():
        click.echo(f" {name:{width}}  {value}".rstrip())
