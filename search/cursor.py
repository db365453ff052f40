"""Cursors: where a page ended, as text that a client hands back."""

import base64
import binascii
from hashlib import blake2b

import orjson

from search.plan import After, Sort
from search.request import RequestError

_ADVICE = "begin again without a cursor"


def encode(after: After, sort: Sort, query: str, generation: int) -> str:
    """The cursor behind a hit; ``query`` is everything that decides which hits there are."""
    values = [sort, after.score, after.date, after.id, after.title, _digest(query), generation]
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


def decode(cursor: str, sort: Sort, query: str, generation: int) -> After:
    """Where to go on. Raises RequestError where the cursor is no cursor, belongs to another
    search, or (sorted by relevance) to a generation that is gone: scores have changed with it."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        own_sort, score, date, key, title, digest, own_generation = values
        after = After(float(score), None if date is None else int(date), str(key), str(title))
    except (binascii.Error, ValueError, TypeError, OverflowError) as error:
        raise RequestError("cursor", f"is not a cursor of this service; {_ADVICE}") from error
    if (own_sort, digest) != (sort, _digest(query)):
        raise RequestError("cursor", f"belongs to another search; {_ADVICE}")
    if sort == "relevance" and own_generation != generation:
        raise RequestError("cursor", f"the index has changed since; {_ADVICE}")
    return after


def _digest(query: str) -> str:
    return blake2b(query.encode("utf-8", "replace"), digest_size=8).hexdigest()
