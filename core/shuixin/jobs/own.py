"""The core's own jobs: the audit chain is verified and its head published, what is old is swept away, mail is sent."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from shuixin import audit
from shuixin.accounts import attempts
from shuixin.accounts.mailbox import confirmed_addresses, mail_server
from shuixin.audit import heads
from shuixin.contributions import Job
from shuixin.errors import Refused
from shuixin.health import faults, run_checks
from shuixin.kit import clock, notices
from shuixin.platform import current_platform
from shuixin.settings import Settings
from shuixin.texts import Text, domain

_ = domain("shuixin")


def own_jobs(settings: Settings) -> tuple[Job, ...]:
    """Return the jobs that every installation has, in the small hours of Shanghai; mail where a server is set."""
    jobs = (
        Job("shuixin.audit", check_audit, "15 3 * * *", 3600),
        Job("shuixin.export", export, timeout=3600),
        Job("shuixin.sweep", sweep, "45 3 * * *"),
        Job("shuixin.invariants", check_invariants, "15 4 * * *", 3600),
    )
    return (*jobs, Job("shuixin.mail", send_mail, "*/5 * * * *")) if settings.mail.host else jobs


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


def export(arguments: Mapping[str, Any]) -> Text:
    """Write the file that somebody asked a list for."""
    from shuixin.office.exports import write_export  # the office asks for jobs, so it cannot be imported above

    return write_export(arguments)


def sweep() -> Text:
    """Remove sign-in attempts, exports and notices past their time, and files that no record names."""
    from shuixin.office import exports  # as above

    orphans = current_platform().store.orphans()
    for path in orphans:
        path.unlink(missing_ok=True)
    now, kept = clock.now(), timedelta(days=current_platform().settings.notices.keep_days)
    return _(
        "清理登录记录{count}条、过期导出{exports}个、无主文件{files}个、过期通知{notices}条。",
        count=attempts.sweep(now),
        exports=exports.sweep(now),
        files=len(orphans),
        notices=notices.sweep(now - kept),
    )


def send_mail() -> Text:
    """Mail the notices that are due.

    :raises Refused: the server cannot be reached; they stay due.
    """
    server = mail_server(current_platform().settings)
    tally = notices.deliver_due(server, confirmed_addresses, clock.now()) if server else {}
    return _(
        "已发送{sent}封，被拒收{refused}封，待重试{later}封，不能确认是否送达{doubtful}封。",
        sent=tally.get(notices.Mailing.SENT, 0),
        refused=tally.get(notices.Mailing.REFUSED, 0),
        later=tally.get(notices.Mailing.DUE, 0),
        doubtful=tally.get(notices.Mailing.DOUBTFUL, 0),
    )


def check_invariants() -> Text:
    """See that everything holds that must always hold (``shuixin.health.invariants``), what plugins add included.

    :raises Refused: naming each thing that does not.
    """
    platform = current_platform()
    results = run_checks(platform, every=True)
    found = faults(platform, results)
    if found:
        raise Refused(" ".join(f"{name}：{finding}" for name, finding in found.items()))
    return _("{count}项检查正常。", count=len(results))
