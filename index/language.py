"""Languages of a site, which the names of its files tell: a.en.md is the English a.md."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """A language of a site: what stands before the paths of its pages, its own address and its own
    permalinks (None: those of the site)."""

    prefix: str = ""
    base_url: str | None = None
    permalinks: Mapping[str, str] | None = None


# The language of each ending, empty for the one that files have which name none. That of a site
# which says nothing, as Hugo has it.
Suffixes = Mapping[str, str]
ENGLISH: Suffixes = {"en": ""}


def split_language(name: str, suffixes: Suffixes) -> tuple[str, str]:
    """A name without its extension apart: what is before the language, and that."""
    bare, _, last = name.rpartition(".")
    language = suffixes.get(last.lower())
    if language is None or not bare or bare.endswith("/"):
        return name, ""
    return bare, language
