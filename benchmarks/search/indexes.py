"""The indexes of a comparison, made when they are first needed and kept in the cache folder."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from shutil import rmtree

from benchmarks.corpus import CACHE, ROOT, Sentence, drafts
from benchmarks.search import building
from benchmarks.search.contender import Contender, Rival, Row
from benchmarks.search.ours import Ours
from benchmarks.tokens import Tokens
from index.analysis import analyser_for

SEGMENTS = 10
_DOCUMENTS = ("benchmarks/corpus.py",)
OURS = tuple(
    f"index/{name}.py"
    for name in (
        "analysed",
        "array_file",
        "field_writer",
        "fields",
        "gaps",
        "grouping",
        "merging",
        "postings",
        "segment_writer",
        "spans",
    )
)


@dataclass(frozen=True, slots=True)
class Corpus:
    """So many documents of a source."""

    documents: int
    source: Sequence[Sentence]
    tokens: Tokens

    def rows(self, count: int | None = None) -> Iterator[Row]:
        """The documents for engines that take tokens."""
        for draft in drafts(count or self.documents, self.source):
            yield Row(draft.number, self.tokens.main(draft), draft)

    @property
    def folder(self) -> Path:
        """Where its indexes lie."""
        return CACHE / "indexes" / f"{self.documents}-of-{len(self.source)}"


def our_index(corpus: Corpus, given: Path | None, say: Callable[[str], None]) -> Path:
    """Our index in one segment, as ``reindex`` would write it, or the one that was given."""
    if given:
        return given
    parts = our_segmented_index(corpus, say)

    def build(folder: Path) -> None:
        building.build_merged(folder, parts)

    return made(corpus.folder / "ours", stamp(*_DOCUMENTS, *OURS), build, say)


def our_segmented_index(corpus: Corpus, say: Callable[[str], None]) -> Path:
    """The same in ten segments."""

    def build(folder: Path) -> None:
        building.build_in_segments(folder, corpus.source, corpus.documents, SEGMENTS)

    return made(corpus.folder / "ours-10", stamp(*_DOCUMENTS, *OURS), build, say)


def opened(corpus: Corpus, rival: Rival, say: Callable[[str], None]) -> tuple[Contender, Path]:
    """A rival with its index, and where that lies."""
    folder = made(
        corpus.folder / rival.name,
        stamp(*_DOCUMENTS, "benchmarks/tokens.py"),
        lambda folder: rival.build(folder, corpus.rows()),
        say,
    )
    return rival.open(folder), folder


def ours(name: str, folder: Path) -> Ours:
    """Our engine on an index."""
    return Ours(name, folder)


def stamp(*modules: str) -> str:
    """What an index was made by: the analyser and the code that wrote it, so that none is taken
    for another after a change."""
    found = blake2b(analyser_for().stamp.encode(), digest_size=8)
    for module in modules:
        found.update((ROOT / module).read_bytes())
    return found.hexdigest()


def made(
    folder: Path, made_by: str, build: Callable[[Path], None], say: Callable[[str], None]
) -> Path:
    """An index, built into its folder where none of that stamp lies there."""
    mark = folder.with_name(folder.name + ".made-by")
    if not mark.is_file() or mark.read_text("utf-8") != made_by:
        say(f"writing {folder.name}")
        rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        build(folder)
        mark.write_text(made_by, "utf-8")
    return folder
