"""The decision as a condition: which rows of a table :func:`~shuixin.access.decision.allowed` would allow."""

from functools import reduce
from operator import or_

from peewee import Expression, Field, ModelSelect

from shuixin.access.actor import Actor, Grant
from shuixin.contributions import Scope
from shuixin.kit.regions import region_prefix


def within_reach(
    query: ModelSelect, actor: Actor, permission: str, *, region: Field | None = None, subject: Field | None = None
) -> ModelSelect:
    """Narrow *query* to the rows on which *actor* may use *permission*.

    :param region: column of a row's region code; ``None`` where rows have none, then regional grants reach nothing.
    :param subject: column of the market subject a row belongs to; ``None`` alike.
    """
    grants = [grant for grant in actor.grants if grant.permission == permission]
    if actor.is_system or any(grant.scope is Scope.ALL for grant in grants):
        return query
    found = [_of_one(grant, actor, region, subject) for grant in grants]
    known = [each for each in found if each is not None]
    return query.where(reduce(or_, known)) if known else query.where(False)


def _of_one(grant: Grant, actor: Actor, region: Field | None, subject: Field | None) -> Expression | None:
    if grant.scope is Scope.OWN:
        return subject == actor.subject if subject is not None and actor.subject else None
    prefix = region_prefix(grant.region)
    if region is None or not prefix.isdecimal():
        return None
    # A range, not LIKE: an index serves it on both engines. Region codes are digits of one length.
    after = str(int(prefix) + 1).zfill(len(prefix))
    above = region >= prefix
    return above & (region < after) if len(after) == len(prefix) else above
