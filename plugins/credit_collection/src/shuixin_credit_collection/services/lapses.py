"""Reminders of certificates that lapse (DOMAIN R16): each once, by the windows of days that the policy set names."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from shuixin.api import Target, Text, clock, domain, holders, notices, transaction
from shuixin_credit_collection.models import Expiry, Subject
from shuixin_credit_collection.permissions import REVIEW
from shuixin_credit_collection.records.lapsing import reminder_days
from shuixin_credit_collection.services.claims import present_record
from shuixin_credit_collection.services.clashes import accounts_of
from shuixin_credit_collection.services.registry import record_type
from shuixin_credit_collection.services.rows import title_of

_ = domain("credit_collection")
AT_ONCE = 200


def remind(now: datetime | None = None) -> Text:
    """Tell the holders of certificates that lapse soon, and shortly before the end the authority too.

    A certificate is in one window at a time, and told once in each: what was missed while no job ran is made up for,
    and what comes late is told the nearest window only.
    """
    at = now or clock.now()
    today, told, people = clock.legal_day(at), 0, dict[str, list[int]]()
    for days, first, last in _windows(today):
        while rows := _due(days, first, last):
            with transaction():
                for row in rows:
                    told += _remind_of(row, days, today, people, at)
                Expiry.update(told=days).where(Expiry.id.in_([row.id for row in rows])).execute()
    return _("发出证书到期提醒{count}条。", count=told)


def _windows(today: date) -> Iterator[tuple[int, date, date]]:
    """Yield each number of days with the first and the last day of its window, the nearest first."""
    nearer = -1
    for days in sorted(reminder_days(today)):
        yield days, today + timedelta(days=nearer + 1), today + timedelta(days=days)
        nearer = days


def _due(days: int, first: date, last: date) -> list[Expiry]:
    untold = Expiry.told.is_null() | (Expiry.told > days)
    query = Expiry.select(Expiry, Subject).join(Subject)
    return list(query.where(Expiry.valid_to.between(first, last), untold).order_by(Expiry.id).limit(AT_ONCE))


def _remind_of(row: Expiry, days: int, today: date, people: dict[str, list[int]], now: datetime) -> int:
    subject, left = row.subject, (row.valid_to - today).days
    key = f"lapse:{row.record_type}:{row.key}:{row.valid_to.isoformat()}:{days}"
    name = _name_of(row)
    title = _("{name}将于{left}天后到期", name=name, left=left) if left else _("{name}今天到期", name=name)
    text = _("{unit}：{name}有效期至{day}。", unit=subject.name, name=name, day=row.valid_to.isoformat())
    common: dict[str, Any] = {"kind": "certificate.lapsing", "key": key, "title": title, "now": now}
    advice = _("请及时办理延续，办妥后申报变更。")
    told = notices.send(accounts_of(subject), text=[text, advice], link="/workspace/", **common)
    if days in reminder_days(today, "authority_days_before"):
        region = subject.authority
        if region not in people:
            people[region] = holders(REVIEW, Target(region=region))
        link = f"/office/credit_collection/subjects/details/?id={subject.id}"
        told += notices.send(people[region], text=text, link=link, **common)
    return told


def _name_of(row: Expiry) -> Text | str:
    """Return what lapses, in words."""
    type_ = record_type(row.record_type)
    if type_ is None:
        return _("证书")
    if type_.certificate:
        return type_.certificate
    record = present_record(type_, row.subject.id, row.key)
    named = title_of(type_, type_.columns_of(record)) if record else ""
    return _("{label}“{title}”", label=type_.label, title=named)
