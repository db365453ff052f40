"""Bytes that processes share: what one keeps the others find, whole or not at all."""

import multiprocessing
import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from web.shared_cache import SharedCache

LIMIT = 64 << 10


def value_of(number: int) -> bytes:
    """Bytes that tell which ones they are, of a length of its own."""
    return b"%d," % number * (20 + number % 30)


@pytest.mark.parametrize("value", [b"", b"\0", b"x" * 5000], ids=["empty", "zero", "long"])
def test_what_is_kept_is_found(value: bytes) -> None:
    cache = SharedCache(LIMIT)
    assert cache.find(b"a") is None
    cache.keep(b"a", value)
    assert cache.find(b"a") == value
    assert cache.find(b"b") is None
    assert (cache.state().hits, cache.state().misses) == (1, 2)


def test_the_last_value_of_a_key_is_found() -> None:
    cache = SharedCache(LIMIT)
    cache.keep(b"a", b"before")
    cache.keep(b"a", b"after")
    assert cache.find(b"a") == b"after"


def test_the_newest_take_the_place_of_the_oldest() -> None:
    cache = SharedCache(LIMIT)
    values = {b"%d" % n: value_of(n) for n in range(3000)}
    for key, value in values.items():
        cache.keep(key, value)
        assert cache.find(key) == value
    found = {key: kept for key in values if (kept := cache.find(key)) is not None}
    assert b"0" not in found
    assert found == {key: values[key] for key in found}
    assert 0 < sum(map(len, found.values())) <= LIMIT == cache.state().bytes


def test_what_is_too_large_is_not_kept() -> None:
    cache = SharedCache(LIMIT)
    cache.keep(b"a", b"x" * LIMIT)
    assert cache.find(b"a") is None


def test_a_process_finds_what_another_has_kept() -> None:
    cache = SharedCache(LIMIT, processes=2)
    child = multiprocessing.get_context("fork").Process(target=cache.keep, args=(b"a", b"value"))
    child.start()
    child.join()
    assert cache.find(b"a") == b"value"


def test_nothing_is_found_in_parts_while_many_write() -> None:
    cache = SharedCache(LIMIT, processes=3)
    fork = multiprocessing.get_context("fork")
    wrong = fork.Value("i", 0)
    children = [fork.Process(target=_ask_and_keep, args=(cache, seed, wrong)) for seed in (1, 2)]
    for child in children:
        child.start()
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda seed: _ask_and_keep(cache, seed, wrong), (3, 4)))
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0, 0]
    assert wrong.value == 0
    assert cache.state().hits > 0


def _ask_and_keep(
    cache: SharedCache, seed: int, wrong: "multiprocessing.sharedctypes.Synchronized[int]"
) -> None:
    draw = random.Random(seed)
    for _ in range(2000):
        number = draw.randrange(100)
        kept = cache.find(b"%d" % number)
        if kept is None:
            cache.keep(b"%d" % number, value_of(number))
        elif kept != value_of(number):
            with wrong.get_lock():
                wrong.value += 1
