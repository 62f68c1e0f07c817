"""Gives the hours of credits to subjects, each hour to one, so that most is met (pure).

An hour serves two subjects only where the rules list the pair. A credit whose subjects all overlap
serves them all in full. The other credits have to choose: a maximum flow from credits to subjects
(shortest augmenting paths) finds the best choice. A credit with both kinds of subjects is treated
as if a shared hour served only one of the pair while choosing, which can only under-count.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

__all__ = ["Supply", "allocate"]

_ZERO = Decimal(0)
_Graph = dict[object, dict[object, Decimal]]


@dataclass(frozen=True, slots=True)
class Supply:
    """Hours of one credit and the subjects they may serve."""

    hours: Decimal
    tags: frozenset[str]


def allocate(
    supplies: Sequence[Supply],
    needs: Mapping[str, Decimal],
    overlap: Iterable[Sequence[str]] = (),
) -> dict[str, Decimal]:
    """The hours each subject gets, at most what it needs."""
    pairs = {frozenset(pair) for pair in overlap}
    left = dict(needs)
    choosing: list[tuple[Supply, list[frozenset[str]]]] = []
    for supply in supplies:
        groups = _groups(supply.tags & needs.keys(), pairs)
        if len(groups) == 1:
            _give(left, groups[0], supply.hours)
        elif groups:
            choosing.append((supply, groups))
    for group, hours in _flow(choosing, left):
        _give(left, group, hours)
    return {tag: needs[tag] - left[tag] for tag in needs}


def _give(left: dict[str, Decimal], group: frozenset[str], hours: Decimal) -> None:
    for tag in group:
        left[tag] = max(left[tag] - hours, _ZERO)


def _groups(tags: Iterable[str], pairs: set[frozenset[str]]) -> list[frozenset[str]]:
    """The subjects in groups within which each pair overlaps."""
    groups: list[set[str]] = []
    for tag in sorted(tags):
        home = next((g for g in groups if all(frozenset((tag, t)) in pairs for t in g)), None)
        if home is None:
            groups.append({tag})
        else:
            home.add(tag)
    return [frozenset(group) for group in groups]


def _flow(
    choosing: Sequence[tuple[Supply, list[frozenset[str]]]], left: Mapping[str, Decimal]
) -> list[tuple[frozenset[str], Decimal]]:
    """How many hours of each credit go to each of its groups."""
    graph: _Graph = {"source": {}, "sink": {}}
    for index, (supply, groups) in enumerate(choosing):
        _edge(graph, "source", index, supply.hours)
        for group in groups:
            _edge(graph, index, (index, group), supply.hours)
            for tag in group:
                _edge(graph, (index, group), tag, supply.hours)
    for tag, need in left.items():
        _edge(graph, tag, "sink", need)
    while path := _path(graph):
        amount = min(graph[a][b] for a, b in path)
        for a, b in path:
            graph[a][b] -= amount
            graph[b][a] += amount
    return [
        (group, graph[index, group][index])
        for index, (_, groups) in enumerate(choosing)
        for group in groups
    ]


def _edge(graph: _Graph, start: object, end: object, capacity: Decimal) -> None:
    graph.setdefault(start, {})[end] = capacity
    graph.setdefault(end, {}).setdefault(start, _ZERO)


def _path(graph: _Graph) -> list[tuple[object, object]]:
    """A shortest way from source to sink with capacity left on every edge."""
    came: dict[object, object] = {"source": None}
    queue: deque[object] = deque(["source"])
    while queue and "sink" not in came:
        node = queue.popleft()
        for neighbour, capacity in graph[node].items():
            if capacity > 0 and neighbour not in came:
                came[neighbour] = node
                queue.append(neighbour)
    steps: list[tuple[object, object]] = []
    node = "sink"
    while came.get(node) is not None:
        steps.append((came[node], node))
        node = came[node]
    return steps[::-1]
