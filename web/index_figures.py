"""What there is of an index, in words for people: ``geulsaem stats`` and ``check --index``."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from index.damage import examine
from index.generation import IndexFolder
from index.settings import Settings
from search.engine import NoIndexError
from web.terminal import counted


def figures(settings: Settings) -> Mapping[str, str]:
    """What the published index holds. Raises EngineError."""
    if settings.engine == "opensearch":
        return _cluster_figures(settings)
    generation = IndexFolder(settings.index_dir).current()
    if generation is None:
        raise NoIndexError(f"{settings.index_dir}: no index yet; run `reindex`")
    size = sum(file.stat().st_size for file in generation.folder.iterdir())
    return {
        "index": str(settings.index_dir),
        "generation": str(generation.number),
        "published": _local(generation.created, settings),
        "articles": f"{generation.articles:,}",
        "size": f"{size / 2**20:.1f} MiB",
        "made by": generation.stamp,
    }


def soundness(settings: Settings) -> tuple[Mapping[str, str], list[str]]:
    """Of each generation whether it is whole, every file of it read, and what is damaged; of a
    cluster, whether all that was published is there. Raises EngineError."""
    if settings.engine == "opensearch":
        return _cluster_figures(settings), []
    examined = examine(settings.index_dir)
    if not examined:
        raise NoIndexError(f"{settings.index_dir}: no index yet; run `reindex`")
    rows = {
        one.name: f"{len(one.damaged)} of {counted(one.files, 'file')} damaged"
        if one.damaged
        else f"whole: {counted(one.files, 'file')}, {one.size / 2**20:.1f} MiB"
        for one in examined
    }
    return rows, [line for one in examined for line in one.damaged]


def _cluster_figures(settings: Settings) -> dict[str, str]:
    """What stands published in a cluster. Raises EngineError."""
    # Loads a client that the other engine does without.
    from search.opensearch_engine import ClusterEngine

    figures = ClusterEngine(settings).figures()
    return figures | {"published": _local(figures["published"], settings)}


def _local(instant: str, settings: Settings) -> str:
    """An instant in ISO 8601 as the clocks of the archive show it."""
    local = datetime.fromisoformat(instant).astimezone(ZoneInfo(settings.timezone))
    return f"{local:%Y-%m-%d %H:%M:%S} ({settings.timezone})"
