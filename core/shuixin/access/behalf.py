"""In whose right an actor does one act: the own one, or that of whoever delegated it (受…委托)."""

from collections.abc import Collection
from dataclasses import replace

from shuixin.access.actor import Actor
from shuixin.access.decision import Target, allowed, require


def acting(actor: Actor, permission: str, target: Target | None = None, avoid: Collection[int | None] = ()) -> Actor:
    """Return *actor* as who does this: in the own right where it reaches, else on behalf of a delegator.

    What is written in the returned actor's name (audit chain, record of a case) names both.

    :param avoid: account numbers of whom it should not be on behalf, if there is a choice (four eyes).
    :raises Forbidden: neither right reaches.
    """
    require(actor, permission, target)
    grants = [grant for grant in actor.grants if grant.permission == permission]
    reaching = [
        each for each in grants if allowed(replace(actor, grants=frozenset({each})), permission, target).allowed
    ]
    principals = {each.behalf for each in reaching if each.behalf}
    if not principals or any(each.behalf is None for each in reaching):
        return replace(actor, behalf=None)
    return replace(actor, behalf=min(principals, key=lambda each: (each.id in avoid, each.id)))
