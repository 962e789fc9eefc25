"""Publishing and reading Editions. Writers project from the Register; readers take Editions and nothing else."""

import hashlib
import json
from datetime import datetime
from typing import Any

from peewee import JOIN, fn

from shuixin.api import (
    NotFound,
    audit,
    clock,
    current_platform,
    db,
    domain,
    system_actor,
    transaction,
)
from shuixin_credit_collection.api import RegisterChanged, Subject, code_list, hold, record_types
from shuixin_credit_publish.models import Edition, Listing, ListingKind
from shuixin_credit_publish.projection import document_at, first_values, project, sections_of
from shuixin_credit_publish.records import keep_records
from shuixin_credit_publish.search import index

_ = domain("credit_publish")
GENESIS = "0" * 64


def on_register_changed(event: RegisterChanged) -> None:
    """Publish the subject's new state right after the approval was committed."""
    publish(event.uscc)


def publish(uscc: str, now: datetime | None = None) -> Edition | None:
    """Project *uscc* anew and store the result as the next Edition if the public would see a difference.

    :returns: the current Edition; ``None`` while nothing of the subject has been approved.
    """
    now = now or clock.now()
    with transaction():
        hold(uscc)  # state and content belong together: no approval comes between the reading of the two
        subject = Subject.get_or_none(Subject.uscc == uscc)
        if subject is None or not subject.register_version:
            return None
        document, next_change = project(subject, now, current_platform().policies)
        last = latest(uscc)
        if last is None or last.document != document or last.register_version != subject.register_version:
            last = _append(last, subject, document, next_change, now)
        _list(subject, last, next_change)
    return last


def latest(uscc: str) -> Edition | None:
    """Return the newest Edition of *uscc*."""
    found: Edition | None = Edition.select().where(Edition.uscc == uscc).order_by(Edition.number.desc()).first()
    return found


def _append(
    last: Edition | None, subject: Subject, document: dict[str, Any], next_change: datetime | None, now: datetime
) -> Edition:
    edition = Edition(
        uscc=subject.uscc,
        number=last.number + 1 if last else 1,
        register_version=subject.register_version,
        document=document,
        created_at=now,
        next_change_at=next_change,
        previous_hash=last.hash if last else GENESIS,
    )
    edition.hash = digest(edition)
    edition.save(force_insert=True)
    audit(
        system_actor("信用公示"),
        "edition.publish",
        "edition",
        f"{edition.uscc}#{edition.number}",
        {"hash": edition.hash},
    )
    return edition


def digest(edition: Edition) -> str:
    """Return the hash over number, time, document and the Edition before."""
    content = [edition.uscc, edition.number, edition.created_at.isoformat(), edition.document, edition.previous_hash]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _list(subject: Subject, edition: Edition, next_change: datetime | None) -> None:
    """Bring list, kinds and search index in step with the current Edition."""
    basic = first_values(edition.document, "basic_information")
    facts = {
        "name": basic.get("name", subject.name),
        "region": basic.get("reg_region", subject.region),
        "edition": edition,
        "summary": summary_of(edition.document),
        "published_at": edition.created_at,
        "next_change_at": next_change,
        "active": bool(basic),  # a unit whose 基本信息 was taken back is in no list
    }
    listing = Listing.get_or_none(Listing.uscc == subject.uscc) or Listing(uscc=subject.uscc)
    for name, value in facts.items():
        setattr(listing, name, value)
    listing.save()
    ListingKind.delete().where(ListingKind.listing == listing).execute()
    for kind in basic.get("kinds", []):
        ListingKind.create(listing=listing, kind=kind)
    keep_records(listing, edition.document)
    index.put(db.obj, listing.id, [listing.name, listing.uscc])


def summary_of(document: dict[str, Any]) -> str:
    """Return the qualifications of a document in one line."""
    lines = []
    for record in sections_of(document).get("qualification", {}).get("records", []):
        values = record["values"]
        grade = code_list("qualification_grade").label(values.get("grade", ""))
        category = code_list("qualification_category").label(values.get("category", ""))
        specialty = code_list("qualification_specialty").label(values.get("specialty", ""))
        lines.append(f"{specialty}{category}{grade}")
    return " · ".join(lines)[:300]


def current(uscc: str, now: datetime | None = None) -> Edition:
    """Return the Edition that is public at this very instant.

    A reader who arrives after ``next_change_at`` gets a fresh projection, so that a publication ends to the second
    whether or not any job ran.

    :raises NotFound: nothing of this subject is public.
    """
    now = now or clock.now()
    edition = latest(uscc)
    if edition is not None and edition.next_change_at is not None and edition.next_change_at <= now:
        edition = publish(uscc, now)
    if edition is None:
        raise NotFound(_("没有找到这家单位的公示信息，请核对名称或代码。"))
    return edition


def as_of(uscc: str, instant: datetime) -> Edition:
    """Return the Edition that was public at *instant* (查询时点), without the records that had ended by then.

    :raises NotFound: nothing was public then.
    """
    found: Edition | None = (
        Edition.select()
        .where(Edition.uscc == uscc, Edition.created_at <= instant)
        .order_by(Edition.number.desc())
        .first()
    )
    if found is None:
        raise NotFound(_("在这个时点还没有公示信息。"))
    found.document = document_at(found.document, instant)
    return found


def catch_up(now: datetime | None = None) -> str:
    """Publish what an interrupted process left behind, and what a window's edge changed; run by a job."""
    now = now or clock.now()
    behind = (
        Subject.select(Subject.uscc)
        .join(Listing, JOIN.LEFT_OUTER, on=(Listing.uscc == Subject.uscc))
        .join(Edition, JOIN.LEFT_OUTER, on=(Listing.edition == Edition.id))
        .where(
            Subject.register_version > 0,
            (fn.COALESCE(Edition.register_version, 0) < Subject.register_version) | (Listing.next_change_at <= now),
        )
    )
    codes = [row.uscc for row in behind]
    for uscc in codes:
        publish(uscc, now)
    return str(_("重新公示{count}家", count=len(codes)))


def unregulated(now: datetime | None = None) -> str:
    """Return for which publication terms no rule set is in force today, ``""`` when there is one for each."""
    book, day = current_platform().policies, clock.legal_day(now or clock.now())
    topics = {type_.publication for type_ in record_types() if type_.publication}
    lacking = sorted(topic for topic in topics if not any(policy.in_force(day) for policy in book.sets(topic)))
    return str(_("公示期限没有今天生效的规则：{topics}。", topics="、".join(lacking))) if lacking else ""


def broken_chains() -> str:
    """Return whose Editions do not hold together, ``""`` when all do: a nightly check."""
    wrong, last = dict[str, int](), Edition(uscc="")
    for edition in Edition.select().order_by(Edition.uscc, Edition.number).iterator():
        before = last if last.uscc == edition.uscc else Edition(number=0, hash=GENESIS)
        follows = edition.number == before.number + 1 and edition.previous_hash == before.hash
        if not follows or edition.hash != digest(edition):
            wrong.setdefault(edition.uscc, edition.number)
        last = edition
    places = "、".join(f"{uscc}#{number}" for uscc, number in list(wrong.items())[:10])
    return str(_("公示版本的校验链不符：{places}。", places=places)) if wrong else ""
