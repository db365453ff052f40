"""A part of a run that is spread over machines: which articles are in it."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from index.article import article_id
from index.manifest import Entry
from index.scan import Scan

MOST = 256


@dataclass(frozen=True, slots=True)
class Part:
    """Part ``number`` (from 1) of ``of``."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """The part that is written 3/8. Raises ValueError with what is wrong."""
        number, slash, of = text.partition("/")
        if not (slash and _is_number(number) and _is_number(of)):
            raise ValueError(f"{text!r} is no part; write 3/8 for the third of eight")
        part = cls(int(number), int(of))
        if not 1 <= part.of <= MOST:
            raise ValueError(f"{text}: a run has 1 to {MOST} parts")
        if not 1 <= part.number <= part.of:
            raise ValueError(f"{text}: of {part.of} parts the first is 1, the last {part.of}")
        return part

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def has(self, path: str) -> bool:
        """Whether a file is in this part: by the CRC-32 of its article's id, so that two files
        that would give one article are in one part."""
        digest = zlib.crc32(article_id(path).encode("utf-8", "surrogatepass"))
        return digest % self.of == self.number - 1

    def of_scan(self, found: Scan) -> Scan:
        """What is in this part of what was found in a folder."""
        return replace(
            found,
            files=tuple(file for file in found.files if self.has(file.path)),
            skipped=tuple(problem for problem in found.skipped if self.has(problem.file)),
        )

    def of_entries(self, entries: Mapping[str, Entry]) -> dict[str, Entry]:
        """What is in this part of a manifest."""
        return {path: entry for path, entry in entries.items() if self.has(path)}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9
