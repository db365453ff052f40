"""What lies in arrays by name, so that a file can hold it and processes can share it: no object
for each row, and nothing to count references of."""

from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import Self

import numpy as np

from index.array_file import Array

Arrays = Mapping[str, Array]


def together(**parts: Arrays) -> dict[str, Array]:
    """The arrays of several parts as those of one."""
    return {f"{part}.{name}": one for part, own in parts.items() for name, one in own.items()}


def part(arrays: Arrays, name: str) -> dict[str, Array]:
    """The arrays of one of the parts."""
    start = f"{name}."
    return {key.removeprefix(start): one for key, one in arrays.items() if key.startswith(start)}


def size(arrays: Arrays) -> int:
    """How many bytes they take."""
    return sum(one.nbytes for one in arrays.values())


class Strings:
    """Strings by number, as two arrays."""

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays
        self._blob = arrays["blob"].data
        self._at = arrays["at"]

    @classmethod
    def of(cls, strings: Iterable[bytes]) -> Self:
        """Those in this order."""
        found = list(strings)
        blob = np.frombuffer(b"".join(found), np.uint8)
        return cls({"blob": blob, "at": np.array([0, *accumulate(map(len, found))], np.uint32)})

    def __len__(self) -> int:
        return len(self._at) - 1

    def __getitem__(self, number: int) -> str:
        return self.raw(number).decode()

    def raw(self, number: int) -> bytes:
        """One as it was given."""
        return bytes(self._blob[int(self._at[number]) : int(self._at[number + 1])])
