"""Particles that hang on a noun (조사), and their forms after a vowel and after a consonant."""

from index import hangul

# The first form stands after a vowel, the second after a consonant (Standard Korean grammar:
# 이/가, 을/를, 은/는, 와/과; 로 after ㄹ too).
_PAIRS = (
    *(("가", "이"), ("를", "을"), ("는", "은"), ("와", "과"), ("로", "으로"), ("랑", "이랑")),
    *(("라는", "이라는"), ("로서", "으로서"), ("로써", "으로써"), ("나", "이나"), ("란", "이란")),
    *(("라도", "이라도"), ("라고", "이라고"), ("로의", "으로의"), ("야", "아")),
)
_SINGLE = (
    *("의", "에", "도", "만", "에서", "에게", "에는", "에도", "에서는", "에서도", "에게서"),
    *("까지", "부터", "보다", "처럼", "마다", "조차", "마저", "밖에", "만큼", "대로", "뿐", "한테"),
    *("께서", "께", "하고", "까지의", "에서의", "에의", "부터는", "만의", "들", "들이", "들의"),
    *("들을", "들은", "들에게"),
)
_OF_VOWEL = dict(_PAIRS)
_OF_CONSONANT = {after: before for before, after in _PAIRS}
# The longest first: 에서 is not 서 after a noun that ends in 에.
PARTICLES = tuple(sorted({*_OF_VOWEL, *_OF_CONSONANT, *_SINGLE}, key=lambda p: (-len(p), p)))
# The copula (이다) and particles in a row, as they hang on a noun too.
COPULAS = (
    *("이다", "이며", "이고", "이라", "이라면", "이었다", "였다", "이었던", "이지만", "이면", "인"),
    *(
        "인데",
        "입니다",
        "이었고",
        "이었으며",
        "이어서",
        "이자",
        "에선",
        "에만",
        "로는",
        "로도",
        "와의",
    ),
    *("까지는", "까지도", "만큼은", "만을", "만이", "보다는", "보다도", "라며", "라고는"),
)
_LIEUL = hangul.FINALS.index("ㄹ") + 1


def with_particle(noun: str, particle: str) -> str:
    """A noun with a particle in the form that its last sound asks for."""
    if not particle or not hangul.is_syllable(noun[-1]):
        return noun + particle
    final = hangul.split(noun[-1])[2]
    plain = _OF_CONSONANT.get(particle, particle)
    if plain not in _OF_VOWEL:
        return noun + particle
    open_ended = not final or (final == _LIEUL and plain.startswith("로"))
    return noun + (plain if open_ended else _OF_VOWEL[plain])
