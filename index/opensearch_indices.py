"""Which indices of ours a cluster has, and which of them are named by an alias."""

from index.opensearch_client import ClusterError, Connection
from index.opensearch_layout import Names


def newest(connection: Connection) -> int:
    """The largest number of an index that is there; 0 where there is none."""
    names = Names(connection.base)
    numbers = (names.number(index) for index in _all(connection))
    return max((number for number in numbers if number is not None), default=0)


def remove_unnamed(connection: Connection) -> None:
    """Remove the indices of rebuilds that died, and those that were replaced."""
    names = Names(connection.base)
    named = {*indices_of(connection, names.base), *indices_of(connection, names.state)}
    for index in _all(connection):
        if names.number(index) is not None and index not in named:
            with connection.asking() as client:
                client.indices.delete(index=index, params={"ignore_unavailable": "true"})


def indices_of(connection: Connection, alias: str) -> list[str]:
    """The indices that an alias leads to."""
    try:
        with connection.asking() as client:
            return sorted(client.indices.get_alias(name=alias))
    except ClusterError as error:
        if error.missing:
            return []
        raise


def _all(connection: Connection) -> list[str]:
    with connection.asking() as client:
        return sorted(client.indices.get_alias(index=Names(connection.base).all))
