"""Content folders of any size."""

import random
import re
import subprocess
import sys
from pathlib import Path

from benchmarks.corpus import CACHE, ROOT, SHARED

_MAKER = SHARED / "bench" / "make_corpus.py"
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


def content_of(articles: int) -> Path:
    """A folder with so many articles, kept for the next time.

    They are made up by make_corpus.py where it is there, else the sample articles with other
    numbers in them.
    """
    folder = CACHE / "articles" / str(articles)
    done = folder / "done"
    if not done.is_file():
        if _MAKER.is_file():
            command = [sys.executable, str(_MAKER), str(folder), str(articles)]
            subprocess.run(command, check=True, capture_output=True)  # noqa: S603
        else:
            _copies(folder / "content", articles)
        done.touch()
    return folder / "content"


def _copies(folder: Path, articles: int) -> None:
    originals = sorted((ROOT / "examples" / "content").rglob("*.md"))
    texts = [path.read_text("utf-8", "replace") for path in originals]
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(articles):
        text = texts[i % len(texts)]
        front = _FRONT_MATTER.match(text)
        body = text[front.end() :] if front else text
        rng = random.Random(i)  # noqa: S311
        other = re.sub(r"\d", lambda _, rng=rng: str(rng.randrange(1, 10)), body)
        (folder / f"{i:07d}.md").write_text((front[0] if front else "") + other, "utf-8")
