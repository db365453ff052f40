"""One file of aligned arrays: written once, mapped by its readers, checked by sums.

    magic | arrays, each at a multiple of 64 bytes | directory (JSON) | footer

The directory names each array with its type, place, length and CRC-32; the footer holds place,
length and CRC-32 of the directory. Numbers are little-endian.
"""

import json
import mmap
import os
import struct
import zlib
from collections.abc import Collection, Mapping
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt

# Raise it with every change of the layout.
FORMAT = 1

_MAGIC = b"GEULSEG\0"
_FOOTER = struct.Struct("<QIII8s")
_ALIGNMENT = 64
_DTYPES = frozenset(("|u1", "<u2", "<u4", "<u8", "<i8", "<f4"))
_SUM_CHUNK = 1 << 24

Array = npt.NDArray[Any]
# The size of a file and the sum of its directory, which has the sums of all arrays.
Identity = tuple[int, int]
Kind = TypeVar("Kind")


class DamagedFileError(Exception):
    """A file that is not what was written; the message names it and what to do."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}; run `reindex --full` to build the index anew")
        self.path = path
        self.reason = reason


class ArrayFileWriter:
    """Writes one file; a context manager that removes what it could not finish."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("xb")
        self._file.write(_MAGIC)
        self._arrays: dict[str, list[Any]] = {}

    def write(self, name: str, *parts: Array) -> None:
        """Add an array under a name of its own, given whole or in parts. Raises OSError."""
        dtype = parts[0].dtype.newbyteorder("<")
        if dtype.str not in _DTYPES or name in self._arrays:
            raise ValueError(f"{name}: {dtype.str} is no type for a new array")
        self._file.write(bytes(-self._file.tell() % _ALIGNMENT))
        place, length, crc = self._file.tell(), 0, 0
        for part in parts:
            data = np.ascontiguousarray(part, dtype).reshape(-1).view(np.uint8).data
            self._file.write(data)
            length += len(part)
            crc = zlib.crc32(data, crc)
        self._arrays[name] = [dtype.str, place, length, crc]

    def finish(self, values: Mapping[str, Any]) -> None:
        """Write the directory with further ``values``. The caller makes the file durable."""
        directory = json.dumps({"arrays": self._arrays, "values": dict(values)}).encode()
        place = self._file.tell()
        self._file.write(directory)
        crc = zlib.crc32(directory)
        self._file.write(_FOOTER.pack(place, len(directory), crc, FORMAT, _MAGIC))
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if not self._file.closed:
            self._file.close()
        if kind is not None:
            self._path.unlink(missing_ok=True)


class ArrayFile:
    """A mapped file. Its arrays are views, valid for as long as any of them is referred to."""

    def __init__(self, path: Path) -> None:
        """Raises DamagedFileError where the file is missing, cut short, foreign or changed in its
        directory; what lies in the arrays is checked by ``verify``."""
        self.path = path
        self._data = _mapped(path)
        directory, crc = self._directory()
        self.identity: Identity = len(self._data), crc
        self.values: Mapping[str, Any] = directory["values"]
        self._arrays: Mapping[str, list[Any]] = directory["arrays"]

    def array(self, name: str) -> Array:
        """The array of that name, read-only. Raises DamagedFileError where there is none."""
        if name not in self._arrays:
            raise DamagedFileError(self.path, f"the array {name} is missing")
        dtype, place, length, _ = self._arrays[name]
        return np.frombuffer(self._data, np.dtype(dtype), length, place)

    def value(self, name: str, kind: type[Kind]) -> Kind:
        """The value of that name. Raises DamagedFileError where there is none of that kind."""
        found = self.values.get(name)
        if not isinstance(found, kind):
            raise DamagedFileError(self.path, f"the value {name} is missing")
        return found

    def all(self) -> dict[str, Array]:
        """Every array by name."""
        return {name: self.array(name) for name in self._arrays}

    def is_cut(self) -> bool:
        """Whether it was cut short where it lies, or is gone from its file system: the system ends
        a process that reads beyond."""
        try:
            return self._data.size() < len(self._data)
        except OSError:
            return True

    def verify(self, but: Collection[str] = ()) -> None:
        """Read everything ``but`` some arrays and compare the sums. Raises DamagedFileError."""
        for name, (dtype, place, length, expected) in self._arrays.items():
            if name in but:
                continue
            found, end = 0, place + length * np.dtype(dtype).itemsize
            with memoryview(self._data) as view:
                for start in range(place, end, _SUM_CHUNK):
                    found = zlib.crc32(view[start : min(end, start + _SUM_CHUNK)], found)
            if found != expected:
                raise DamagedFileError(self.path, f"{name} has changed since it was written")
        self._verify_gaps()

    def _verify_gaps(self) -> None:
        """Between the arrays is nothing but zeros."""
        end = len(_MAGIC)
        for dtype, place, length, _ in sorted(self._arrays.values(), key=itemgetter(1)):
            if any(self._data[end:place]):
                raise DamagedFileError(self.path, f"has changed before byte {place}")
            end = place + length * np.dtype(dtype).itemsize

    def _directory(self) -> tuple[dict[str, Any], int]:
        size = len(self._data)
        if size < len(_MAGIC) + _FOOTER.size or self._data[: len(_MAGIC)] != _MAGIC:
            raise DamagedFileError(self.path, "is no segment file, or cut short")
        place, length, expected, version, magic = _FOOTER.unpack(self._data[-_FOOTER.size :])
        if magic != _MAGIC:
            raise DamagedFileError(self.path, "is cut short")
        if version != FORMAT:
            raise DamagedFileError(self.path, f"has format {version}, this version reads {FORMAT}")
        found = self._data[place : place + length]
        if place + length + _FOOTER.size != size or zlib.crc32(found) != expected:
            raise DamagedFileError(self.path, "the directory has changed since it was written")
        directory: dict[str, Any] = json.loads(found)
        if not _is_directory(directory, place):
            raise DamagedFileError(self.path, "the directory is none that this version writes")
        return directory, expected


def _is_directory(found: Any, end: int) -> bool:
    """Whether it has what a directory has, and its arrays lie before ``end``."""
    if not isinstance(found, dict):
        return False
    arrays, values = found.get("arrays"), found.get("values")
    if not isinstance(arrays, dict) or not isinstance(values, dict):
        return False
    return all(_is_row(row, end) for row in arrays.values())


def _is_row(row: Any, end: int) -> bool:
    if not isinstance(row, list) or list(map(type, row)) != [str, int, int, int]:
        return False
    dtype, place, length, _ = row
    return (
        dtype in _DTYPES
        and place >= 0
        and length >= 0
        and place + length * np.dtype(dtype).itemsize <= end
    )


def _mapped(path: Path) -> mmap.mmap:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError as error:
        raise DamagedFileError(path, f"cannot be opened ({error.strerror})") from error
    try:
        return mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
    except ValueError as error:
        raise DamagedFileError(path, "is empty") from error
    except OSError as error:
        raise DamagedFileError(path, f"cannot be read ({error.strerror})") from error
    finally:
        os.close(descriptor)
