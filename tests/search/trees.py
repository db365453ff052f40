"""A query tree in one line of text, for tables of cases."""

from collections.abc import Iterator

from search import query_tree
from search.query_tree import Node


def compact(node: Node) -> str:
    """``[a b]`` words, ``"a"`` a phrase, ``a*`` a prefix, ``!`` not, ``(x | y)`` one of them."""
    match node:
        case query_tree.Words():
            return f"[{' '.join(node.text.split())}]"
        case query_tree.Quoted():
            return f'"{node.text}"'
        case query_tree.Prefix():
            return f"{node.text}*"
        case query_tree.FacetIs():
            return f"{node.facet}={node.value}"
        case query_tree.Dated():
            return f"date={_day(node.range.first)}..{_day(node.range.last)}"
        case query_tree.InField():
            return f"{node.field}:{compact(node.node)}"
        case query_tree.Not():
            return f"!{compact(node.node)}"
        case query_tree.AnyOf():
            return f"({' | '.join(map(compact, node.nodes))})"
        case query_tree.AllOf():
            return f"({' & '.join(map(compact, node.nodes))})"


def parts_of(node: Node) -> tuple[Node, ...]:
    """What stands directly below a node."""
    match node:
        case query_tree.InField() | query_tree.Not():
            return (node.node,)
        case query_tree.AnyOf() | query_tree.AllOf():
            return node.nodes
        case _:
            return ()


def nodes_of(node: Node) -> Iterator[Node]:
    """A node and everything below it."""
    yield node
    for part in parts_of(node):
        yield from nodes_of(part)


def _day(day: tuple[int, int, int] | None) -> str:
    return "-".join(f"{part:02}" for part in day if part) if day else ""
