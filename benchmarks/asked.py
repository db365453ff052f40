"""A query of the comparison. Apart from the rest, so that a fresh process loads little else."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["and", "or", "not", "phrase", "prefix", "newest"]
KINDS: tuple[Kind, ...] = ("and", "or", "not", "phrase", "prefix", "newest")


@dataclass(frozen=True, slots=True)
class Asked:
    """A query: ``words`` all or any, the last one refused (not), side by side (phrase), or the
    beginning of a word (prefix)."""

    kind: Kind
    words: tuple[str, ...]
