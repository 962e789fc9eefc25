"""The graph of plugins: order, cycles, what one needs and who needs it. Pure functions over names."""

from collections.abc import Collection, Mapping

Needs = Mapping[str, Collection[str]]


def in_order(requires: Needs, wishes: Needs | None = None) -> list[str]:
    """Return the names so that each stands after what it requires, else after its wishes, else alphabetically.

    Wishes (soft dependencies and declared order) give way where they would make a circle; members of a hard cycle
    come last. The same input gives the same order on every machine.
    """
    wishes = wishes or {}
    order: list[str] = []
    waiting = sorted(requires)
    while waiting:
        free = [name for name in waiting if not set(requires[name]) & set(waiting)] or waiting
        content = [name for name in free if not set(wishes.get(name, ())) & set(waiting)]
        waiting.remove((content or free)[0])
        order.append((content or free)[0])
    return order


def wishes_of(uses: Needs, before: Needs) -> dict[str, set[str]]:
    """Return for each name what it would like to stand after: what it uses, and who wants to be before it."""
    after = {name: set(others) for name, others in uses.items()}
    for name, others in before.items():
        for other in others:
            after.setdefault(other, set()).add(name)
    return after


def cycles(requires: Needs) -> list[list[str]]:
    """Return each circle of hard dependencies in full, the way one walks it: ``a -> b -> c -> a`` as ``[a, b, c]``."""
    found: list[list[str]] = []
    for start in sorted(requires):
        if any(start in circle for circle in found):
            continue
        path = _way_back(start, requires)
        if path:
            found.append(path)
    return found


def _way_back(start: str, requires: Needs) -> list[str]:
    """Return the shortest way from *start* along the dependencies back to it, without the end; empty if none."""
    paths, seen = [[start]], {start}
    while paths:
        path = paths.pop(0)
        for following in sorted(requires.get(path[-1], ())):
            if following == start:
                return path
            if following not in seen:
                seen.add(following)
                paths.append([*path, following])
    return []


def reached(start: str, following: Needs) -> set[str]:
    """Return *start* and all that can be reached from it, cycles included once."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += following.get(name, ())
    return found


def needed_by(requires: Needs) -> dict[str, list[str]]:
    """Turn the arrows around: for each name, who requires it."""
    names = {*requires, *(other for others in requires.values() for other in others)}
    return {name: sorted(each for each, needs in requires.items() if name in needs) for name in names}
