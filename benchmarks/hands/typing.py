"""Suggestions letter by letter: strokes until the word is there, milliseconds, memory.

Run as a program it is a fresh process that measures one index.
"""

import json
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

from benchmarks.timing import Times

_LIMIT = 8


@dataclass(frozen=True, slots=True)
class Typing:
    """``strokes`` is the share of a word's strokes until it is among the first eight, of words that
    name a topic, drawn by their documents; ``found`` of the words that ever are, ``initials`` of
    those found by their 초성, ``other_mode`` by Latin keys. CPU milliseconds of a keystroke of one
    word and of the second of two; CPU seconds to build; MiB of the suggestions, and what the
    process grew by."""

    documents: int
    words: int
    strokes: float
    found: float
    initials: float
    other_mode: float
    one: Times
    two: Times
    build: float
    mebibytes: float
    process: float


def typing(index_dir: Path, words: int) -> Typing:
    """Measure it in a fresh process."""
    command = [sys.executable, "-m", __name__, str(index_dir), str(words)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
    values = json.loads(done.stdout)
    one, two = (Times(**values.pop(name)) for name in ("one", "two"))
    return Typing(one=one, two=two, **values)


class _Typist:
    """Types words into suggestions and looks at what comes."""

    def __init__(self, index_dir: Path) -> None:
        from benchmarks.memory import memory_of
        from search.background import Built, State
        from search.suggest import Suggester
        from search.suggestions import suggestions
        from search.whoosh_engine import WhooshEngine

        snapshot = WhooshEngine(index_dir).snapshot()
        epoch = snapshot.visibility(int(time.time())).epoch
        before, begun = memory_of().private, time.process_time()
        made = suggestions(snapshot, epoch)
        self.build = time.process_time() - begun
        self.process = memory_of().private - before
        self.mebibytes = made.nbytes / 2**20
        self.snapshot = snapshot
        state = State(snapshot.generation, epoch)
        self._suggester = Suggester(snapshot, epoch, Built(made, state))
        self.times: list[float] = []

    def shows(self, text: str, word: str) -> bool:
        """Whether a word is suggested for what was typed."""
        begun = time.process_time()
        found = self._suggester.suggest(text, _LIMIT)
        self.times.append((time.process_time() - begun) * 1000)
        return any(suggestion.text == word for suggestion in found)


def _states(word: str) -> list[str]:
    from search import keyboard

    keys = keyboard.to_keys(word)
    return [keyboard.to_hangul(keys[: i + 1]) for i in range(len(keys))]


def _strokes_until_shown(typist: _Typist, words: Sequence[str]) -> tuple[list[float], int]:
    shares, found = [], 0
    for word in words:
        states = _states(word)
        shown = [typist.shows(state, word) for state in states]
        first = shown.index(True) + 1 if True in shown else len(states)
        found += True in shown
        shares.append(first / len(states))
    return shares, found


def main() -> None:
    """Measure the index that is named, with so many words; print it as JSON."""
    from benchmarks.hands.broken import vocabulary
    from index import hangul
    from index.lexicon.weak_nouns import weak_nouns
    from search import keyboard

    folder, asked = sys.argv[1:]
    typist = _Typist(Path(folder))
    nouns = vocabulary(typist.snapshot)
    # Nobody types the others to find something.
    counts = {noun: count for noun, count in nouns.items() if noun not in weak_nouns()}
    rng = random.Random(3)  # noqa: S311
    words = rng.choices(list(counts), list(counts.values()), k=int(asked))
    shares, found = _strokes_until_shown(typist, words)
    one, typist.times = typist.times, []
    initials = sum(typist.shows(hangul.initials(word), word) for word in words)
    other = sum(typist.shows(keyboard.to_keys(word), word) for word in words)
    typist.times = []
    for before, word in pairwise(words):
        for state in _states(word)[1:4]:
            typist.shows(f"{before} {state}", word)
    measured = Typing(
        documents=typist.snapshot.statistics((), None).documents,
        words=len(words),
        strokes=sum(shares) / len(shares),
        found=found / len(words),
        initials=initials / len(words),
        other_mode=other / len(words),
        one=Times.of(one),
        two=Times.of(typist.times),
        build=typist.build,
        mebibytes=typist.mebibytes,
        process=typist.process,
    )
    print(json.dumps(asdict(measured)))


if __name__ == "__main__":
    main()
