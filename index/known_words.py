"""Which words of an index may be suggested, or may be what a misspelt one was meant as, and what
they are worth."""

import re
from collections.abc import Iterable, Iterator, Mapping

from index.fields import FIELD_WEIGHT
from index.lexicon.english import function_words
from index.lexicon.particles import PARTICLES

# Words of fewer documents are no frequent ones, and most slips are among them; measured on three
# sets.
LEAST_DOCUMENTS = 3
# Nothing longer is corrected.
_LONGEST_MEANT = 12
# A noun run that ends in a particle is a noun of its own (전문가), unless the rest is so much more
# frequent.
_PARTICLE_RATIO = 10
# No single syllables, no numbers with their unit (17일), nothing that is more than a word or two.
_SUGGESTED = re.compile(r"(?=.*[^\W\d_])(?!\d+[가-힣]{1,2}$)[\w.&+-]{2,20}")
_MEANT = re.compile(rf"[가-힣]{{2,{_LONGEST_MEANT}}}")
# Lemmas of verbs and adjectives are no nouns; nouns that end so stand among the runs.
_LEMMA_END = "다"
_LATIN = re.compile(r"[A-Za-z]+")


def may_be_suggested(run: str) -> bool:
    """Whether a noun run is a word that somebody may look for. Weak nouns are (see
    ``index.lexicon.weak_nouns``), and are to be left out when it is known what they stand for."""
    return _SUGGESTED.fullmatch(run) is not None and run not in function_words()


def may_be_meant(word: str, *, run: bool) -> bool:
    """Whether a term, or a noun ``run``, may be what a misspelt word was meant as."""
    return _MEANT.fullmatch(word) is not None and (run or not word.endswith(_LEMMA_END))


def worth(field: str, count: int) -> float:
    """What a word is worth as a suggestion by the documents that have it in a text field; those of
    all fields add up. One of many titles is asked for, one of many bodies may just be common."""
    return FIELD_WEIGHT[field] * count


def worth_of_value(count: int) -> float:
    """The same of a facet value: who gave an article a label thought it as telling as a title."""
    return FIELD_WEIGHT["title"] * count


def stems(word: str) -> Iterator[str]:
    """What is left of a word without each particle that it ends in."""
    if word.endswith(PARTICLES):
        found = (word.removesuffix(particle) for particle in PARTICLES)
        yield from (stem for stem in found if stem not in (word, ""))


def is_with_particle(count: int, of_stems: Iterable[int]) -> bool:
    """Whether a word of so many documents is a much commoner one with a particle that was taken
    for a part of it (엔비디아가), by the documents of its stems."""
    # One that is in none yet is looked at when it is in some.
    return max(of_stems, default=0) >= max(count, 1) * _PARTICLE_RATIO


def latin_parts(text: str) -> list[str]:
    """The Latin words in a text, as they are spelled."""
    return _LATIN.findall(text)


def spelled(word: str, spellings: Mapping[str, str]) -> str:
    """A word of the index with its Latin parts as articles spell them, by their lower case."""
    return _LATIN.sub(lambda part: spellings.get(part[0], part[0]), word)
