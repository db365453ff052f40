"""A run in parts is begun, joined or given up.

Who begins or ends one holds the lease of the whole index for that moment; in between each part has
a lease of its own.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from index.opensearch_client import ClusterError, Connection
from index.opensearch_indices import remove_unnamed
from index.opensearch_lock import Lease
from index.opensearch_parts import OpenSearchPart, place_of
from index.opensearch_places import NewPlace, SamePlace
from index.opensearch_runs import (
    Run,
    announce,
    close,
    done_parts,
    in_words,
    is_published,
    open_run,
    read_run,
    remove_closed,
)
from index.opensearch_state import newest_generation, read_known
from index.opensearch_writer import as_writer_errors
from index.parts import Part
from index.settings import Settings

# Others hold the lease of the whole index for a moment, to begin the same run.
_PATIENCE_SECONDS = 60.0


@contextmanager
def open_part(
    settings: Settings, part: Part, stamp: str, *, full: bool, wait: float
) -> Iterator[OpenSearchPart]:
    """Join the open run, or begin one, and take a part of it; ``wait`` seconds at most.

    Raises WriterError where the open run is another one, IndexLockedError where another process
    works on the part.
    """
    with as_writer_errors():
        connection = Connection(settings)
        # Asked for here: one that is too old takes an index and finds half of it.
        _ = connection.version
        lease = Lease(connection, settings, str(part))
        with lease.held(wait):
            run = _joined(connection, settings, part, stamp, full=full, wait=wait)
            own = OpenSearchPart(connection, settings, lease, run, part)
            try:
                yield own
            finally:
                own.close()


def cancel(settings: Settings, wait: float) -> tuple[int, int] | None:
    """Give up the open run: how many parts it has, and how many are done; None where none is.

    Raises WriterError and IndexLockedError.
    """
    with as_writer_errors():
        connection = Connection(settings)
        with Lease(connection, settings).held(wait):
            run = open_run(connection)
            if run is None:
                return None
            done = len(done_parts(connection, run))
            known = read_known(connection)
            close(connection, run)
            if (known[0].generation if known else 0) == run.before:
                place_of(connection, settings, run, known).abandon()
            return run.parts, done


def _joined(
    connection: Connection, settings: Settings, part: Part, stamp: str, *, full: bool, wait: float
) -> Run:
    run = read_run(connection)
    if run is None or is_published(connection, run):
        with Lease(connection, settings).held(max(wait, _PATIENCE_SECONDS)):
            run = open_run(connection) or _begun(connection, settings, part, stamp, full=full)
    if run.parts != part.of:
        raise ClusterError(f"this is part {part}, but {in_words(connection, run)}")
    if run.stamp != stamp:
        raise ClusterError(
            f"another version, dictionary or configuration than this one ({stamp}) has begun a "
            f"run ({run.stamp}): {in_words(connection, run)}"
        )
    if full and not run.anew:
        raise ClusterError(f"it was not begun with --full: {in_words(connection, run)}")
    return run


def _begun(
    connection: Connection, settings: Settings, part: Part, stamp: str, *, full: bool
) -> Run:
    started_ns = time.time_ns()
    remove_unnamed(connection)
    remove_closed(connection)
    known = read_known(connection)
    place: NewPlace | SamePlace
    if known is None or full or known[0].stamp != stamp:
        place = NewPlace(connection, settings, newest_generation(connection))
    else:
        place = SamePlace(connection, *known)
    place.begin()
    run = Run.now(
        parts=part.of,
        stamp=stamp,
        generation=place.generation,
        before=known[0].generation if known else 0,
        anew=isinstance(place, NewPlace),
        articles=place.articles,
        started_ns=started_ns,
    )
    announce(connection, settings, run)
    return run
