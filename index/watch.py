"""Following a content folder through its changes."""

from collections.abc import Collection, Iterator
from pathlib import Path

from watchfiles import watch as follow

# Quiet for this long, or changing for at most so long, before an update begins: editors save in
# several steps, a checkout touches thousands of files.
_QUIET_MS = 200
_LONGEST_MS = 10_000
_FIRST_LOOK_MS = 1000
# The kernel keeps some 16,000 events; what is beyond them is lost without a word.
_MANY = 2000


def watch(content_dir: Path) -> Iterator[Collection[Path] | None]:
    """Yield after each burst of changes below ``content_dir`` the paths that it touched, until
    interrupted.

    None says that all must be looked at: soon after the beginning, for what happened before, and
    after so many changes that some may be lost.
    """
    looked = False
    for changes in follow(
        content_dir,
        step=_QUIET_MS,
        debounce=_LONGEST_MS,
        rust_timeout=_FIRST_LOOK_MS,
        yield_on_timeout=True,
        raise_interrupt=True,
    ):
        if not looked:
            yield None
        elif changes:
            yield [Path(path) for _, path in changes] if len(changes) < _MANY else None
        looked = True
