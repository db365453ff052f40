"""The same documents on both engines."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from index.analysis import Analyser
from index.article import Article
from index.document import Document, texts_of, to_document
from index.fields import DATE_FACETS, facet_key
from index.settings import Settings
from index.writer import open_writer
from search.engine import Engine, Snapshot, open_engine
from search.service import SearchService
from tests import corpora
from tests.building import SEOUL, analysed_by
from tests.corpora import Change


@dataclass(frozen=True, slots=True)
class Both:
    """The engines of one archive."""

    whoosh: Engine
    cluster: Engine

    def snapshots(self) -> tuple[Snapshot, Snapshot]:
        """What they have: that of Whoosh, that of the cluster."""
        return self.whoosh.snapshot(), self.cluster.snapshot()


class Services(NamedTuple):
    """Services on both engines of one archive."""

    whoosh: SearchService
    cluster: SearchService


@contextmanager
def both_of(made: Sequence[Sequence[Change]], cluster: Settings) -> Iterator[Both]:
    """Both engines with these batches, one generation each."""
    plain = [[Change(own.id, _plain(own.document)) for own in batch] for batch in made]
    with TemporaryDirectory() as folder:
        writer = open_writer(cluster)
        for i, batch in enumerate(plain):
            corpora.publish(writer, batch, fresh=i == 0)
        corpora.build(Path(folder), plain)
        yield Both(open_engine(Settings(index_dir=Path(folder))), open_engine(cluster))


def changes(articles: Sequence[Article], analyser: Analyser) -> list[Change]:
    """The batch that adds some articles."""
    return [
        Change(one.id, to_document(one, analysed_by(analyser, texts_of(one)), SEOUL))
        for one in articles
    ]


def _plain(document: Document | None) -> Document | None:
    """A document whose years and months are spelled in one way, as they always are."""
    if document is None:
        return None
    plain = {name: _keys(document.facets[name]) for name in DATE_FACETS}
    return replace(document, facets={**document.facets, **plain})


def _keys(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(facet_key, values)))
