"""The arithmetic: measured figures in, machines out.

What grows with the articles is taken to grow in proportion from the largest size measured, but for
the time of a query, which is a straight line through the two largest sizes.
"""

import math
from dataclasses import dataclass

# What a node of a cluster is taken to be.
NODE_GIB = 64
# Half of a machine, and less than 32 GiB, above which the pointers of a JVM take twice the bytes.
HEAP_GIB = 31
# 10 to 30 GiB where the latency of searches counts (Amazon OpenSearch Service, Developer Guide,
# "Choosing the number of shards").
SHARD_GIB = 30
# A node takes no new shards above the low watermark, 85 %, and merges need room as well.
DISK_FILLED = 0.7
# A reader waits for no search longer: what the slowest kind of query may take.
SLOWEST_MS = 250
REPLICAS = 1


@dataclass(frozen=True, slots=True)
class Line:
    """A time that grows with the documents: milliseconds, and milliseconds a document."""

    fixed: float
    each: float

    @classmethod
    def through(cls, points: dict[int, float]) -> "Line":
        """Through the two largest sizes; through nothing and the one where there is but one."""
        large, *smaller = sorted(points, reverse=True)
        small = smaller[0] if smaller else 0
        at_small = points[small] if smaller else 0.0
        each = max(0.0, (points[large] - at_small) / (large - small))
        return cls(max(0.0, points[large] - each * large), each)

    def at(self, documents: float) -> float:
        """Milliseconds with so many documents."""
        return self.fixed + self.each * documents

    def reaches(self, milliseconds: float) -> float:
        """With how many documents it takes so long."""
        if not self.each:
            return math.inf
        return max(0.0, milliseconds - self.fixed) / self.each


@dataclass(frozen=True, slots=True)
class Measured:
    """What the benchmarks found: articles analysed in a second by one core; documents written in a
    second by a machine of ``cores``; KiB of a document on disk, and what of them searches read, in
    a cluster and of our own; a time of the slowest kind of query in both."""

    cores: int
    memory_gib: float
    analysed: float
    written: float
    stored_kib: float
    searched_kib: float
    own_kib: float
    query: Line
    own_query: Line


@dataclass(frozen=True, slots=True)
class Needs:
    """What a cluster for so many articles needs. Sizes in GiB, times in hours."""

    articles: int
    analysis: float
    writing: float
    disk: float
    rebuilding: float
    searched: float
    shards: int
    nodes: int
    query_ms: float


def needs(measured: Measured, articles: int) -> Needs:
    """What a cluster for so many articles needs."""
    disk = articles * measured.stored_kib / 2**20
    searched = articles * measured.searched_kib / 2**20
    most_in_a_shard = max(1.0, measured.query.reaches(SLOWEST_MS))
    shards = max(1, math.ceil(disk / SHARD_GIB), math.ceil(articles / most_in_a_shard))
    copies = 1 + REPLICAS
    # What searches read, of all copies, lies in the page cache of all nodes; three of them agree
    # on who leads when one is gone.
    nodes = max(3, math.ceil(searched * copies / (NODE_GIB - HEAP_GIB)))
    return Needs(
        articles=articles,
        analysis=articles / measured.analysed / 3600,
        writing=articles / measured.written / 3600,
        disk=disk * copies,
        # The old index is kept until the new one is whole.
        rebuilding=disk * copies * 2 / DISK_FILLED,
        searched=searched * copies,
        shards=shards,
        nodes=nodes,
        query_ms=measured.query.at(articles / shards),
    )


def limits_of_our_own(measured: Measured) -> dict[str, float]:
    """With how many articles an index of our own, on the machine that was measured, comes to each
    of its limits."""
    half = measured.memory_gib * 2**20 / 2
    night = 12 * 3600
    return {
        "the slowest kind of query takes 250 ms": measured.own_query.reaches(SLOWEST_MS),
        "its files fill half of the memory": half / measured.own_kib,
        "a first run takes 12 hours": night * measured.analysed * measured.cores,
    }
