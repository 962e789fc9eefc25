"""What administrators do with accounts: closed and opened again.

Nobody closes the own account, and the last administrator stays: otherwise a slip, or a stolen session, could lock
everybody out (GB/T 22239-2019, 8.1.4.2 访问控制).
"""

from shuixin import audit
from shuixin.access import Actor
from shuixin.access.roles import USERS
from shuixin.accounts.grants import LOCK, keep_one, require_over, somebody_else
from shuixin.accounts.models import User
from shuixin.accounts.services import close_account
from shuixin.database import exclusive, transaction
from shuixin.kit import clock


def set_active(actor: Actor, username: str, *, active: bool) -> None:
    """Close the account, which ends its sessions, or open it again.

    :raises NotFound: there is no such account.
    :raises Forbidden: the account is out of the actor's reach.
    :raises Refused: it is the own account, or no administrator would be left.
    """
    with transaction():
        exclusive(LOCK)
        user = somebody_else(actor, username)
        require_over(actor, USERS, user)
        if not active:
            keep_one(user, clock.legal_day(clock.now()))
            close_account(user)
        else:
            User.update(active=True).where(User.id == user.id).execute()
        audit.append(actor, "account.open" if active else "account.close", "user", username)
