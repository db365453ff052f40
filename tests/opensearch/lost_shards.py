"""Shards that are nowhere for a while, though all nodes are there."""

from typing import Any

from index.opensearch_client import Connection
from index.settings import Settings


def ask(own: Settings, method: str, path: str, body: Any = None) -> Any:
    """The answer of a cluster itself; BASE in a path is the name of the index."""
    connection = Connection(own)
    with connection.asking() as client:
        path = path.replace("BASE", connection.base)
        return client.transport.perform_request(method, path, body=body)


def lose(own: Settings, *shards: int) -> None:
    """Some shards of the articles are nowhere: as long as somebody may read on in what was one, a
    node does not begin another."""
    (index,) = ask(own, "GET", "/_alias/BASE")
    ask(own, "POST", "/BASE/_search/point_in_time?keep_alive=5m")
    held = ask(own, "GET", "/BASE/_search_shards")
    names = {held_by["shard"]: held_by["node"] for (held_by,) in held["shards"]}
    for shard in shards:
        cancel = {"index": index, "shard": shard, "node": names[shard], "allow_primary": True}
        ask(own, "POST", "/_cluster/reroute", {"commands": [{"cancel": cancel}]})


def bring_back(own: Settings) -> None:
    """All shards are there again."""
    ask(own, "DELETE", "/_search/point_in_time/_all")
    ask(own, "POST", "/_cluster/reroute?retry_failed=true")
    ask(own, "GET", "/_cluster/health/BASE?wait_for_status=green&timeout=20s")
