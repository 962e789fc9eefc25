"""Limits: rules of plugins that take permissions away from some who hold them; what fails withholds."""

from collections.abc import Iterable
from dataclasses import replace

from shuixin.access.actor import Actor, Withheld
from shuixin.contributions import AccessLimit
from shuixin.plugins.dispatch import Calls


def narrowed(actor: Actor, limits: Iterable[tuple[str, AccessLimit]], calls: Calls) -> Actor:
    """Return *actor* without the grants that a limit withholds; those are kept apart, with the reason.

    :param limits: (plugin id, limit). One that raises withholds its permission from everybody until it is mended.
    """
    withheld = {
        limit.permission: (plugin, limit.reason)
        for plugin, limit in limits
        if calls.call(plugin, "access_limits", limit.withholds, actor, default=True)
    }
    if not withheld:
        return actor
    taken = [grant for grant in actor.grants if grant.permission in withheld]
    return replace(
        actor,
        grants=actor.grants.difference(taken),
        withheld=tuple(Withheld(grant, *withheld[grant.permission]) for grant in taken),
    )
