"""The person, or the platform itself, on whose behalf a service runs."""

from dataclasses import dataclass, field

from shuixin.contributions import Scope


@dataclass(frozen=True)
class Grant:
    """One permission held, and how far it reaches.

    :param region: region code of the granting unit, whose significant digits are the prefix for ``Scope.REGION``.
    """

    permission: str
    scope: Scope
    region: str = ""


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
    role_labels: tuple[str, ...] = ()
    grants: frozenset[Grant] = field(default_factory=frozenset)
    is_system: bool = False
    #: From where the act comes: a network address, or the command line.
    origin: str = ""

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
