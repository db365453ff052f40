"""Caches: bounded by bytes, what was used longest ago goes first, and all of it is counted."""

import pytest

from index.cache import ByteCache, CacheState


def asked(cache: ByteCache[str, str], keys: str, size: int | None = 10) -> str:
    """The keys of which a value was made, in order."""
    made = []
    for key in keys:
        assert cache.get(key, lambda key=key: (made.append(key) or key * 2, size)) == key * 2
    return "".join(made)


@pytest.mark.parametrize(
    ("keys", "made"),
    [
        pytest.param("aaa", "a", id="made once"),
        pytest.param("abcabc", "abc", id="as many as there is room for"),
        pytest.param("abcdbcd", "abcd", id="the oldest goes"),
        pytest.param("abcda", "abcda", id="and is made again"),
        pytest.param("abcadabc", "abcdbc", id="what was used stays"),
    ],
)
def test_what_is_made(keys: str, made: str) -> None:
    cache: ByteCache[str, str] = ByteCache(30)
    assert asked(cache, keys) == made
    left = min(len(made), 3)
    gone = len(made) - left
    assert cache.state() == CacheState(left * 10, 30, len(keys) - len(made), len(made), gone)


@pytest.mark.parametrize(
    "size", [pytest.param(31, id="larger than all"), pytest.param(None, id="not worth it")]
)
def test_what_is_not_kept(size: int | None) -> None:
    cache: ByteCache[str, str] = ByteCache(30)
    asked(cache, "ab")
    assert asked(cache, "cc", size) == "cc"
    assert asked(cache, "ab") == ""
    assert cache.state() == CacheState(20, 30, 2, 4, 0)


def test_one_large_value_takes_the_place_of_some() -> None:
    cache: ByteCache[str, str] = ByteCache(30)
    asked(cache, "abc")
    asked(cache, "d", 25)
    assert "d" in cache
    assert [key for key in "abc" if key in cache] == []
    assert (cache.state().bytes, cache.state().evictions) == (25, 3)
