"""Background work of registration."""

from shuixin.api import Job, Text, clock, domain
from shuixin_registration.services import main_accounts, registration

_ = domain("registration")


def sweep() -> Text:
    """Remove registrations that came to nothing and are past their time."""
    return _("清理到期的企业注册{count}件。", count=registration.sweep(clock.now()))


def note_main_accounts() -> Text:
    """Note the main accounts of enterprises whose first account was made elsewhere."""
    return _("登记主账号{count}个。", count=main_accounts.note_all())


JOBS = (
    Job("registration.sweep", sweep, "50 3 * * *"),
    Job("registration.main_accounts", note_main_accounts, "*/10 * * * *"),
)
