"""The person, or the platform itself, on whose behalf a service runs."""

from dataclasses import dataclass, field
from datetime import date

from shuixin.contributions import Scope
from shuixin.texts import Text


@dataclass(frozen=True)
class Principal:
    """Who has delegated rights to an actor (委托人): account number and name."""

    id: int
    name: str


@dataclass(frozen=True)
class Grant:
    """One permission held, and how far it reaches.

    :param region: region code whose significant digits are the prefix for ``Scope.REGION``.
    :param role: code of the role that gives it.
    :param since: the legal day on which it was given or began; ``None`` if nobody knows.
    :param until: the last legal day it holds; ``None`` if no end is set.
    :param behalf: whoever delegated it (委托); ``None`` for an own right.
    """

    permission: str
    scope: Scope
    region: str = ""
    role: str = ""
    role_label: Text | str = ""
    since: date | None = None
    until: date | None = None
    behalf: Principal | None = None


@dataclass(frozen=True)
class Withheld:
    """A grant that a plugin's limit has taken away, and the rule in words."""

    grant: Grant
    plugin: str
    reason: Text | str = ""


@dataclass(frozen=True)
class Actor:
    """Who acts (操作人); passed explicitly to every service.

    :param id: account number; ``0`` for nobody and for the platform itself.
    :param subject: 统一社会信用代码 of the market subject an enterprise account belongs to.
    """

    id: int
    name: str
    username: str = ""
    unit_name: str = ""
    region: str = ""
    subject: str = ""
    #: Codes of the roles in force, and what they are called.
    roles: tuple[str, ...] = ()
    role_labels: tuple[str, ...] = ()
    grants: frozenset[Grant] = field(default_factory=frozenset)
    #: What limits of plugins have taken away; says why, gives nothing.
    withheld: tuple[Withheld, ...] = ()
    is_system: bool = False
    #: From where the act comes: a network address, or the command line.
    origin: str = ""
    #: On whose behalf this act is done; set by :func:`shuixin.access.acting` only.
    behalf: Principal | None = None

    @property
    def is_authenticated(self) -> bool:
        """Whether somebody has signed in."""
        return self.id > 0

    def holds(self, permission: str) -> bool:
        """Whether the actor holds *permission* at all, wherever it reaches (for menus, not for services)."""
        return self.is_system or any(grant.permission == permission for grant in self.grants)


#: Somebody who has not signed in.
ANONYMOUS = Actor(id=0, name="")


def system_actor(name: str) -> Actor:
    """Return the platform acting by itself (a job, the command line); the audit chain shows *name*."""
    return Actor(id=0, name=name, username="system", is_system=True, origin=name)
