"""Nouns that name no topic, and so are not proposed to anybody."""

from functools import cache

from index.lexicon.lines import shipped


@cache
def weak_nouns() -> frozenset[str]:
    """The words of ``weak_nouns.txt``."""
    return frozenset(word for _, line in shipped("weak_nouns.txt") for word in line.split())
