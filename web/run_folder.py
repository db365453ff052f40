"""A folder for what the processes of one server share while it runs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp


@contextmanager
def run_folder(prefix: str) -> Iterator[Path]:
    """A new folder in that of temporary files, removed at the end. Raises OSError."""
    folder, owner = Path(mkdtemp(prefix=prefix)), os.getpid()
    try:
        yield folder
    finally:
        # A worker was forked in here, and comes by when it ends: the others need the folder.
        if os.getpid() == owner:
            rmtree(folder, ignore_errors=True)
