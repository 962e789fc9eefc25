"""The core's own jobs: the audit chain is verified and its head published, what is old is swept away."""

from shuixin import audit
from shuixin.accounts import attempts
from shuixin.audit import heads
from shuixin.contributions import Job
from shuixin.errors import Refused
from shuixin.kit import clock
from shuixin.platform import current_platform
from shuixin.texts import Text, domain

_ = domain("shuixin")


def own_jobs() -> tuple[Job, ...]:
    """Return the jobs that every installation has, in the small hours of Shanghai."""
    return (Job("shuixin.audit", check_audit, "15 3 * * *", 3600), Job("shuixin.sweep", sweep, "45 3 * * *"))


def check_audit() -> Text:
    """Verify the whole chain and all heads published so far; then publish the present one.

    :raises Refused: naming the first entry that does not hold; nothing is published then.
    """
    folder = current_platform().settings.published
    count, fault = audit.verify()
    fault = fault or heads.contradicted(heads.read(folder / heads.FILE))
    if fault:
        raise Refused(_("操作日志第{number}条不符：{reason}。", number=fault.number, reason=fault.reason))
    made = heads.publish(folder, clock.now())
    return _("{count}条完好，已公布第{number}条的校验值。", count=count, number=made.number)


def sweep() -> Text:
    """Remove sign-in attempts past their time and files that no record names."""
    orphans = current_platform().store.orphans()
    for path in orphans:
        path.unlink(missing_ok=True)
    return _("清理登录记录{count}条、无主文件{files}个。", count=attempts.sweep(clock.now()), files=len(orphans))
