"""Following a content folder through its changes."""

import time
from collections.abc import Collection, Iterator
from pathlib import Path

from watchfiles import watch as follow
from watchfiles._rust_notify import WatchfilesRustInternalError

# Quiet for this long, or changing for at most so long, before an update begins: editors save in
# several steps, a checkout touches thousands of files. Half of the longest is for what the system
# tells of, half for files that it tells of once and that are written to all the same.
_QUIET_MS = 100
_LONGEST_MS = 10_000
_LOOK_MS = 500
# The kernel keeps some 16,000 events; what is beyond them is lost without a word.
_MANY = 2000


class WatchError(Exception):
    """The system does not tell of changes; the message says why and what to do."""


def watch(content_dir: Path) -> Iterator[Collection[Path] | None]:
    """Yield after each burst of changes below ``content_dir`` the paths that it touched, until
    interrupted.

    None says that all must be looked at: soon after the beginning, for what happened before, after
    so many changes that some may be lost, and where another folder has taken the place of this one.

    Raises WatchError.
    """
    while True:
        try:
            yield from _follow(content_dir, _identity(content_dir))
        except FileNotFoundError:
            pass
        except (OSError, WatchfilesRustInternalError) as error:
            raise WatchError(
                f"{content_dir} cannot be followed: {error}; where it has many folders, raise "
                "fs.inotify.max_user_watches (sysctl)"
            ) from error
        while _identity(content_dir) is None:
            time.sleep(_LOOK_MS / 1000)


def _follow(content_dir: Path, identity: tuple[int, int] | None) -> Iterator[list[Path] | None]:
    """The changes, for as long as the folder is the one that it was."""
    looked = False
    for changes in follow(
        content_dir,
        step=_QUIET_MS,
        debounce=_LONGEST_MS // 2,
        rust_timeout=_LOOK_MS,
        yield_on_timeout=True,
        raise_interrupt=True,
        # The run lists what cannot be read.
        ignore_permission_denied=True,
    ):
        if not looked:
            yield None
        elif changes:
            touched = [Path(path) for _, path in changes]
            _settle(touched)
            yield touched if len(touched) < _MANY else None
        looked = True
        if _identity(content_dir) != identity:
            # A checkout made it anew, or a link leads to the next release: what is followed is
            # the old one, of which nothing will be heard.
            return


def _settle(paths: Collection[Path]) -> None:
    """Wait for who is still writing: what comes bit by bit to one file is told of once."""
    latest = time.monotonic() + _LONGEST_MS / 2000
    while any(map(_is_fresh, paths)) and time.monotonic() < latest:
        time.sleep(_QUIET_MS / 1000)


def _is_fresh(path: Path) -> bool:
    """Whether a file was written to within the time in which all is to be quiet."""
    try:
        age = time.time() - path.stat().st_mtime
    except OSError:
        return False
    # The clock of another machine may be ahead.
    return 0 <= age < _QUIET_MS / 1000


def _identity(folder: Path) -> tuple[int, int] | None:
    """Which folder stands there; None where there is none."""
    try:
        state = folder.stat()
    except OSError:
        return None
    return state.st_dev, state.st_ino
