"""Long texts for Kiwi in blocks: it takes longer over each character, the more of them it is given
at once. Over 300,000 it takes twice as long as in blocks, over 600,000 nearly three times."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from kiwipiepy import Token

# Characters of a block, at most.
_LONGEST = 50_000
# What a block ends behind, the best first.
_ENDS = ("\n", " ")
# From one sentence to the next, and from the last word of a block to one that is not beside it.
_NEXT_SENTENCE, _NEXT_WORD = 1, 2


class _Moved(NamedTuple):
    """What is asked of a token, with its places in the whole text."""

    tag: str
    form: str
    lemma: str
    oov: bool
    len: int
    start: int
    word_position: int
    sent_position: int


def tokens_of(text: str, tokenise: "Callable[[str], Sequence[Token]]") -> "Sequence[Token]":
    """The tokens of a text, which ``tokenise`` is given in blocks."""
    if len(text) <= _LONGEST:
        return tokenise(text)
    found: list[_Moved] = []
    word = sentence = 0
    for begin, end in _blocks(text):
        own = tokenise(text[begin:end])
        found += [
            _Moved(
                token.tag,
                token.form,
                token.lemma,
                token.oov,
                token.len,
                token.start + begin,
                token.word_position + word,
                token.sent_position + sentence,
            )
            for token in own
        ]
        # Words are numbered anew in each sentence: no two of two blocks shall be one.
        word += max((token.word_position for token in own), default=0) + _NEXT_WORD
        sentence += max((token.sent_position for token in own), default=0) + _NEXT_SENTENCE
    return cast("Sequence[Token]", found)


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Where the blocks begin and end: behind a line where one ends in their second half, else
    behind a word, else in the middle of one."""
    begin = 0
    while begin < len(text):
        end = begin + _LONGEST
        if end < len(text):
            cuts = (text.rfind(mark, begin + _LONGEST // 2, end) for mark in _ENDS)
            end = next((cut + 1 for cut in cuts if cut >= 0), end)
        yield begin, min(end, len(text))
        begin = end
