"""The configuration in force, and everything that is wrong with it: ``geulsaem check``."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from index.analysis import analyser_for
from index.lexicon.synonyms import synonyms
from index.lexicon.words import DictionaryError, dictionary_words, shipped_words
from index.mistakes import config_source
from index.settings import Settings
from index.site import SiteError, site_of
from search.engine import EngineError
from search.synonyms import expansion_for
from web.terminal import counted


@dataclass(slots=True)
class InForce:
    """What is in force: names and values, what people should know of them, what is wrong."""

    rows: dict[str, str]
    notes: list[str] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)


def in_force(settings: Settings) -> InForce:
    """What these settings come to on this machine."""
    found = InForce({"(configuration)": config_source()})
    rows, mistakes = found.rows, found.mistakes
    rows |= {name: _shown(getattr(settings, name)) for name in Settings.model_fields}
    rows |= _archive_rows(settings)
    for describe in (_site_rows, _word_rows, _synonym_rows, _search_box_rows):
        try:
            rows |= describe(settings, found.notes)
        except (SiteError, DictionaryError) as error:
            mistakes.append(str(error))
    if settings.engine == "opensearch":
        try:
            rows["(cluster)"] = _cluster_version(settings)
        except EngineError as error:
            mistakes.append(str(error))
    if not settings.content_dir.is_dir():
        mistakes.append(f"content_dir: {settings.content_dir} is no folder")
    if not _can_write(settings.state_dir):
        mistakes.append(f"state_dir: {settings.state_dir} cannot be written")
    return found


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
        "(user dictionary)": f"{counted(known - shipped, 'word')}, and {shipped} shipped ones",
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
        "(synonyms)": f"{counted(known.own, 'group')}, and {shipped} shipped ones{taken}",
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


def _cluster_version(settings: Settings) -> str:
    """What answers at opensearch_url. Raises EngineError."""
    from search.opensearch_cluster import Cluster

    return "OpenSearch {}.{}".format(*Cluster(settings).version)


def _shown(value: object) -> str:
    """A setting as people may see it: of secrets only the names."""
    if isinstance(value, SecretStr):
        return "(hidden)"
    if isinstance(value, dict) and any(isinstance(v, SecretStr) for v in value.values()):
        return ", ".join(value) + " (hidden)"
    return str(value)


def _can_write(folder: Path) -> bool:
    """Whether there is such a folder to write into, or can be."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    return there.is_dir() and os.access(there, os.W_OK)
