"""Words that stand inside longer ones by chance."""

from functools import cache

from index.lexicon.lines import shipped


@cache
def longer_words() -> dict[str, tuple[tuple[str, int], ...]]:
    """The longer words of each word of ``longer_words.txt``, with the place of the word in them."""
    found = {}
    for _, line in shipped("longer_words.txt"):
        word, others = line.split(":")
        longer = (other.strip() for other in others.split(","))
        found[word] = tuple((other, other.index(word)) for other in longer)
    return found
