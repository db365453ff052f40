"""OpenSearch for a benchmark: nodes on this machine, and what they take."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import urlopen

import orjson

from benchmarks.corpus import ROOT
from benchmarks.memory import memory_of

_SCRIPT = ROOT / "tests" / "opensearch" / "cluster"
# Half of a small machine for all nodes together, as one would give it; both compilers of Java.
_HEAP_MIB = 3072
# Lucene's files of stored documents: their data, index and metadata.
_STORED = frozenset({"fdt", "fdx", "fdm"})


@dataclass(frozen=True, slots=True)
class Cluster:
    """Its addresses as opensearch_url takes them, and the processes of its nodes."""

    url: str
    pids: tuple[int, ...]

    @property
    def version(self) -> str:
        """The version of the server."""
        return str(self.get("/")["version"]["number"])

    @property
    def memory(self) -> float:
        """What all nodes have of memory, MiB, mapped files of the index among it."""
        return sum(memory_of(pid).pss for pid in self.pids)

    def size(self, index: str) -> float:
        """What the indices with a name take on disk, MiB; replicas are not counted."""
        found = self.get(f"/{index}-*/_stats/store")["_all"]["primaries"]["store"]
        return float(found["size_in_bytes"]) / 2**20

    def searched(self, index: str) -> float:
        """What of that queries read, MiB: all but the stored documents."""
        path = f"/{index}-*/_stats/segments?include_segment_file_sizes=true"
        files = self.get(path)["_all"]["primaries"]["segments"]["file_sizes"]
        read = [own["size_in_bytes"] for kind, own in files.items() if kind not in _STORED]
        return float(sum(read)) / 2**20

    def get(self, path: str) -> Any:
        """The answer of the first node."""
        with urlopen(self.url.split(",")[0] + path, timeout=60) as answer:  # noqa: S310
            return orjson.loads(answer.read())


@contextmanager
def cluster(nodes: int) -> Iterator[Cluster]:
    """A cluster of so many nodes, which end when this process does."""
    heap = _HEAP_MIB // nodes
    options = f"-Xms{heap}m -Xmx{heap}m"
    with TemporaryDirectory(prefix="scale-") as name:
        folder = Path(name)
        command = [sys.executable, _SCRIPT, "start", "--nodes", str(nodes), "--folder", folder]
        started = subprocess.run(  # noqa: S603
            [*command, "--while", str(os.getpid())],
            env=os.environ | {"CLUSTER_JAVA": options},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        rows = orjson.loads((folder / "nodes.json").read_bytes())
        try:
            yield Cluster(started.stdout.strip(), tuple(row["pid"] for row in rows))
        finally:
            subprocess.run([sys.executable, _SCRIPT, "stop", folder], check=True)  # noqa: S603
