"""What corrections and suggestions need of a whole index on disk: made of one state of it, kept as
one file of arrays where processes share it."""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from index.array_file import ArrayFile, ArrayFileWriter
from search.array_tables import part, together
from search.background import Asked, Built, ReplacedError, State
from search.snapshot import Snapshot
from search.spelling import Vocabulary, vocabulary
from search.suggestions import Suggestions, suggestions


@dataclass(frozen=True, slots=True)
class Derived:
    """See search.words.Words."""

    vocabulary: Vocabulary
    suggestions: Suggestions


@dataclass(frozen=True, slots=True)
class Kept:
    """What a file holds, and when (time.monotonic) its making began."""

    built: Built[Derived]
    begun: float


# Gives what was asked for, or what was made of a newer state.
Derive = Callable[[Asked], Built[Derived]]


def derive(snapshot: Snapshot, epoch: int) -> Built[Derived]:
    """All of it, of what is public at ``epoch``. Raises EngineError."""
    state = State(snapshot.generation, epoch)
    return Built(Derived(vocabulary(snapshot, epoch), suggestions(snapshot, epoch)), state)


def derive_here(asked: Asked) -> Built[Derived]:
    """What was asked for, made by this process alone. Raises EngineError and ReplacedError."""
    snapshot = asked.snapshot()
    if snapshot is None:
        raise ReplacedError
    return derive(snapshot, asked.state.epoch)


def write(path: Path, kept: Kept) -> None:
    """Put it in the place of what the file holds, for all who read it from now on. Raises
    OSError."""
    derived, state = kept.built.value, kept.built.state
    arrays = together(vocabulary=derived.vocabulary.arrays, suggestions=derived.suggestions.arrays)
    begun = path.with_suffix(f".{os.getpid()}")
    # It need not outlast a power cut: then nobody reads it any more.
    with ArrayFileWriter(begun) as file:
        for name, one in arrays.items():
            file.write(name, one)
        file.finish({"generation": state.generation, "epoch": state.epoch, "begun": kept.begun})
    begun.replace(path)


def read(path: Path) -> Kept:
    """What was written last, mapped. Raises DamagedFileError."""
    file = ArrayFile(path)
    file.verify()
    arrays = file.all()
    derived = Derived(
        Vocabulary(part(arrays, "vocabulary")), Suggestions(part(arrays, "suggestions"))
    )
    state = State(file.values["generation"], file.values["epoch"])
    return Kept(Built(derived, state), file.values["begun"])


def sweep(path: Path) -> None:
    """Remove what others began to write and did not end. Raises OSError."""
    for one in path.parent.glob(f"{path.stem}.*"):
        if one != path:
            with suppress(FileNotFoundError):
                one.unlink()
