"""The postings of a field into a file, piece by piece: what is packed takes a fifth of the memory
of what is not."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from index.array_file import Array, ArrayFileWriter
from index.gaps import Gaps, Numbers, compact, encode, joined
from index.postings import GROUP, OVERFLOW, Postings


@dataclass(frozen=True, slots=True)
class _Packed:
    terms: bytes
    lengths: Numbers
    counts: Numbers
    documents: Gaps
    frequencies: Array | None
    over: Numbers
    positions: Array | None
    position_counts: Numbers


def write_field(file: ArrayFileWriter, name: str, pieces: Iterable[Postings]) -> dict[str, bool]:
    """Pack a field into a file; ``pieces`` are its postings in order of term, one at least.

    What it returns belongs into ``values["fields"][name]``. Raises OSError.
    """
    packed = [_packed(piece) for piece in pieces]
    file.write(f"{name}/terms", np.frombuffer(b"".join(p.terms for p in packed), np.uint8))
    file.write(f"{name}/terms_at", compact(_offsets(np.concatenate([p.lengths for p in packed]))))
    file.write(f"{name}/first", compact(_offsets(np.concatenate([p.counts for p in packed]))))
    joined([p.documents for p in packed]).write(file, f"{name}/documents")
    frequencies = [p.frequencies for p in packed if p.frequencies is not None]
    positions = [p.positions for p in packed if p.positions is not None]
    if frequencies:
        groups = _write_frequencies(file, name, np.concatenate(frequencies), packed)
    if positions:
        file.write(f"{name}/groups_at", compact(groups))
        wide = any(p.itemsize > 2 for p in positions)
        file.write(f"{name}/positions", *[p.astype("<u4" if wide else "<u2") for p in positions])
        counts = np.concatenate([p.position_counts for p in packed])
        file.write(f"{name}/positions_at", compact(_offsets(counts)))
    return {"scored": bool(frequencies), "positions": bool(positions)}


def _packed(piece: Postings) -> _Packed:
    none = np.empty(0, np.int64)
    lengths = np.fromiter(map(len, piece.terms), np.int64, len(piece.terms))
    frequencies = piece.frequencies
    small, over, position_counts = None, none, none
    if frequencies is not None:
        small = np.minimum(frequencies, OVERFLOW).astype(np.uint8)
        over = frequencies[small == OVERFLOW]
        if piece.positions is not None:
            position_counts = np.diff(_offsets(frequencies)[piece.first])
    return _Packed(
        b"".join(piece.terms),
        lengths,
        np.diff(piece.first),
        encode(piece.documents, piece.first),
        small,
        over,
        None if piece.positions is None else _narrow(piece.positions),
        position_counts,
    )


def _write_frequencies(
    file: ArrayFileWriter, name: str, small: Array, packed: Iterable[_Packed]
) -> Numbers:
    """Their sums before each group of them."""
    over = np.flatnonzero(small == OVERFLOW)
    beyond = np.concatenate([p.over for p in packed])
    # Whole words, so that a reader can sum up sixteen at once.
    even = np.append(small, np.zeros(-len(small) % GROUP, np.uint8))
    file.write(f"{name}/frequencies", even[0::2] | even[1::2] << 4)
    file.write(f"{name}/over", over.astype("<u8"))
    file.write(f"{name}/over_frequencies", beyond.astype("<u4"))
    sums = even.reshape(-1, GROUP).sum(axis=1, dtype=np.int64)
    np.add.at(sums, over // GROUP, beyond - OVERFLOW)
    return _offsets(sums)


def _narrow(positions: Array) -> Array:
    # One article of a million words makes its segment's positions twice as wide, and right.
    wide = len(positions) and int(positions.max()) > 65535
    return positions.astype("<u4" if wide else "<u2")


def _offsets(lengths: Array) -> Numbers:
    return np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
