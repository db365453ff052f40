"""``reindex`` with a fault: at the N-th change of the index folder it dies, or the system refuses.

    python -m tests.crash.victim none|kill|fail N CONTENT INDEX [OPTION...]

With ``none`` the number of changes goes to standard error when all is done. What SQLite does by
itself is not seen; for that the test kills by the clock.
"""

import errno
import os
import signal
import sys
from pathlib import Path
from typing import Any

_EVENTS = {"open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"}


class Fault:
    """Counts what changes the folder, and strikes once."""

    def __init__(self, kind: str, point: int, folder: str) -> None:
        self._kind = kind
        self._point = point
        self._folder = folder
        self.seen = 0

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit hook: called before the system is."""
        if event in _EVENTS and self._changes(event, arguments):
            self.strike()

    def fsync(self, descriptor: int) -> None:
        """In place of os.fsync, of which no hook is told."""
        self.strike()
        _FSYNC(descriptor)

    def strike(self) -> None:
        """Count; at the point, do it."""
        self.seen += 1
        if self.seen != self._point:
            return
        if self._kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self._kind == "fail":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _changes(self, event: str, arguments: tuple[Any, ...]) -> bool:
        if event == "open" and (len(arguments) < 3 or not arguments[2] & (os.O_WRONLY | os.O_RDWR)):
            return False
        return any(
            isinstance(a, str | os.PathLike) and os.fspath(a).startswith(self._folder)
            for a in arguments[:2]
        )


_FSYNC = os.fsync


def main() -> None:
    """Run, and exit as reindex does."""
    kind, point, content, index, *options = sys.argv[1:]
    from index.cli import reindex

    fault = Fault(kind, int(point), str(Path(index).absolute()))
    sys.addaudithook(fault.hook)
    os.fsync = fault.fsync
    try:
        reindex([content, "--index", index, "--quiet", *options], standalone_mode=True)
    finally:
        print(f"changes: {fault.seen}", file=sys.stderr)


if __name__ == "__main__":
    main()
