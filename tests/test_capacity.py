"""What archives need, worked out from figures: the arithmetic."""

import math
from dataclasses import replace

import pytest

from benchmarks.capacity.__main__ import markdown
from benchmarks.capacity.needs import Line, Measured, limits_of_our_own, needs

_MEASURED = Measured(
    cores=2,
    memory_gib=24,
    analysed=20,
    written=400,
    stored_kib=16,
    searched_kib=8,
    own_kib=8,
    query=Line(20, 50e-6),
    own_query=Line(0, 25e-6),
)


@pytest.mark.parametrize(
    ("points", "line"),
    [
        pytest.param({100: 5.0}, Line(0, 0.05), id="one size: in proportion"),
        pytest.param({100: 15.0, 1100: 65.0}, Line(10, 0.05), id="two"),
        pytest.param({1: 900.0, 100: 15.0, 1100: 65.0}, Line(10, 0.05), id="the largest two"),
        pytest.param({100: 15.0, 1100: 14.0}, Line(14, 0), id="it does not fall"),
        pytest.param({100: 1.0, 200: 4.0}, Line(0, 0.03), id="nothing costs less than nothing"),
    ],
)
def test_a_line_through_what_was_measured(points: dict[int, float], line: Line) -> None:
    found = Line.through(points)
    assert found.fixed == pytest.approx(line.fixed)
    assert found.each == pytest.approx(line.each)


def test_a_line_that_does_not_rise_never_reaches() -> None:
    assert Line(14, 0).reaches(250) == math.inf
    assert Line(20, 50e-6).at(Line(20, 50e-6).reaches(250)) == pytest.approx(250)
    assert Line(300, 1).reaches(250) == 0


@pytest.mark.parametrize(
    ("articles", "disk", "shards", "nodes", "query"),
    [
        # 2 copies of 16 KiB each; a shard holds 4.6 million for the query, 1.97 million for 30 GiB.
        pytest.param(1_000_000, 30.5, 1, 3, 70, id="one shard"),
        pytest.param(10_000_000, 305, 6, 5, 103, id="shards by their size"),
        pytest.param(100_000_000, 3052, 51, 47, 118, id="nodes by their memory"),
    ],
)
def test_what_a_cluster_needs(
    articles: int, disk: float, shards: int, nodes: int, query: float
) -> None:
    found = needs(_MEASURED, articles)
    assert found.disk == pytest.approx(disk, rel=0.01)
    assert found.rebuilding == pytest.approx(found.disk * 2 / 0.7)
    assert (found.shards, found.nodes) == (shards, nodes)
    assert found.query_ms == pytest.approx(query, rel=0.01)
    assert found.analysis == pytest.approx(articles / 20 / 3600)
    assert found.writing == pytest.approx(articles / 400 / 3600)


def test_slow_queries_take_more_shards() -> None:
    slow = replace(_MEASURED, query=Line(50, 400e-6))
    assert needs(slow, 1_000_000).shards == 2
    assert needs(slow, 1_000_000).query_ms == 250


def test_where_our_own_comes_to_its_limits() -> None:
    assert {name.split()[-2]: round(n) for name, n in limits_of_our_own(_MEASURED).items()} == {
        "250": 10_000_000,
        "the": 1_572_864,
        "12": 1_728_000,
    }


def test_the_page_says_when_to_move() -> None:
    def cells(**times: list[float]) -> list[dict[str, object]]:
        return [{"kind": "or", "chosen": "common", "facets": True, "times": times}]

    machine = {"machine": {"memory": "24 GiB"}, "opensearch": "3.8.0"}
    cluster = "opensearch, 1 node"
    engines = {
        "whoosh": {"size": 800.0},
        cluster: {"rate": 400.0, "size": 1600.0, "searched": 700.0},
    }
    scale = {"100000": machine | {"engines": engines, "cells": cells(**{cluster: [20.0, 40.0]})}}
    growth = {"1000000": {"cells": cells(ours=[20.0, 30.0])}}
    run = {"name": "first run", "articles": 1000, "seconds": 25.0}
    page = markdown(scale, growth, {"1000": {"runs": [run], "cores": 2}})
    assert "Up to about **1,500,000 articles**" in page
    assert "| `opensearch_shards` | 2 | 16 | 160 |" in page
