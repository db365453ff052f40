"""English words and names of technology: what was meant as Latin letters when it was typed."""

from functools import cache
from importlib.resources import files


@cache
def english_words() -> frozenset[str]:
    """Lower-case words: the common ones, and rarer ones that would read as Hangul when typed in
    the other keyboard mode (see NOTICE for their source)."""
    return _lines("english_words.txt")


@cache
def tech_names() -> frozenset[str]:
    """Lower-case names of firms, products and terms of technology."""
    return _lines("tech_names.txt")


@cache
def function_words() -> frozenset[str]:
    """Lower-case words that say nothing by themselves (the, of); rare in a Korean text as they
    are, they would pass for telling ones."""
    return _lines("english_function_words.txt")


def _lines(name: str) -> frozenset[str]:
    text = files(__package__).joinpath(name).read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
