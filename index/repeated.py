"""Leading blocks of a body that only say title and subtitle again."""

import re
from collections.abc import Sequence

from index.plaintext import Block

_OTHERS = re.compile(r"[\W_]+")


def without_repetition(blocks: Sequence[Block], title: str, subtitle: str) -> list[Block]:
    """The blocks without those at the beginning that repeat the title, or that together repeat
    the whole subtitle, be it spread over several of them. Compared by letters and digits."""
    left = list(blocks)
    if left and _letters(left[0].text) == _letters(title):
        left = left[1:]
    wanted, taken = _letters(subtitle), 0
    while wanted and taken < len(left):
        own = _letters(left[taken].text)
        if not wanted.startswith(own):
            return left
        wanted = wanted[len(own) :]
        taken += 1
    return left if wanted else left[taken:]


def _letters(text: str) -> str:
    return _OTHERS.sub("", text.casefold())
