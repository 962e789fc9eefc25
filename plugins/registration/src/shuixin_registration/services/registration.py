"""Registration (企业注册), the applicant's side: to ask for an enterprise's account and to see what became of it.

Nothing here tells whether a credit code or an account name is taken: the authority finds that out, and tells it to
whom it concerns (SECURITY T14). What is typed is judged by itself, never by what is stored.
"""

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any

from shuixin.api import (
    Actor,
    Problem,
    Refused,
    Region,
    accounts,
    attachments,
    audit,
    clock,
    current_platform,
    domain,
    exclusive,
    find_region,
    identifiers,
    numbering,
    policies,
    regions_below,
    transaction,
)
from shuixin_registration.models import Registration
from shuixin_registration.services import path
from shuixin_registration.services.main_accounts import region_in_charge
from shuixin_registration.services.path import Act, Stage
from shuixin_registration.settings import settings

_ = domain("registration")
OWNER_KIND = "registration.request"
File = attachments.Attachment
#: Kinds of evidence; the first is always asked for.
LICENSE, LETTER = "license", "letter"
FILE_KINDS = attachments.IMAGES | {"pdf"}
MEGABYTE = 1024 * 1024
#: Letters and digits of an inquiry code; none that is taken for another one.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
#: What a registration's stage is asked under in the log of sign-ins, beside its receipt number.
INQUIRY = "注册查询 "


@dataclass(frozen=True)
class Upload:
    """One file of evidence as it arrives."""

    kind: str
    name: str
    stream: IO[bytes]


def notice_at(now: datetime) -> policies.PolicySet:
    """Return the notice on personal information (告知书) that is agreed to now; its text is a parameter.

    :raises Refused: none is in force.
    """
    return current_platform().policies.at("registration_notice", clock.legal_day(now))


def notice_hash(notice: policies.PolicySet) -> str:
    """Return the hash that says which words were agreed to."""
    return hashlib.sha256(str(notice.params["text"]).encode()).hexdigest()


def region_choices() -> list[Region]:
    """Return the regions whose authority an applicant may choose: the site's own and those below."""
    site = current_platform().settings.site.region
    own = find_region(site)
    return [*([own] if own else []), *regions_below(site)]


def judged(typed: Mapping[str, str], now: datetime, *, new: bool) -> list[Problem]:
    """Return what is wrong with what was typed.

    :param new: a first registration; when mending one, the password may stay as it was.
    """
    found = path.problems(typed)
    if any(len(typed.get(name, "")) > limit for name, limit in path.LIMITS.items()):
        return found
    more = (
        _wrong_region(typed.get("region", "")),
        _wrong_password(typed) if new or typed.get("password") else None,
        _not_agreed(typed, notice_at(now)),
    )
    return [*found, *(each for each in more if each)]


def _wrong_region(code: str) -> Problem | None:
    if not code or code in {each.code for each in region_choices()}:
        return None
    return Problem("region", "", _("没有选择办理地区。"), _("请从列表中选择。"))


def _wrong_password(typed: Mapping[str, str]) -> Problem | None:
    password, username = typed.get("password", ""), typed.get("username", "")
    try:
        # Without a name, every password would contain it.
        accounts.check_rules(password, username or "\n")
    except Refused as refused:
        return refused.problems[0]
    if password != typed.get("again", ""):
        return Problem("again", "", _("两次填写的密码不一致。"), _("请重新填写两次密码。"))
    return None


def _not_agreed(typed: Mapping[str, str], notice: policies.PolicySet) -> Problem | None:
    if typed.get("consent") == notice_hash(notice):
        return None
    return Problem("consent", "", _("没有勾选同意个人信息处理告知书。"), _("请阅读后勾选；不同意则无法在网上注册。"))


def _wrong_files(uploads: Sequence[Upload], *, new: bool) -> list[Problem]:
    most = settings().files
    kinds = [each.kind for each in uploads]
    many = [kind for kind in (LICENSE, LETTER) if kinds.count(kind) > most]
    found = [Problem(kind, "", _("文件多于{count}份。", count=most), _("请合并成一份PDF。")) for kind in many]
    if new and LICENSE not in kinds:
        found.append(Problem(LICENSE, "", _("没有选择营业执照扫描件。"), _("请选择PDF、JPG或PNG文件。")))
    return found


def check(typed: Mapping[str, str], uploads: Sequence[Upload], now: datetime, *, new: bool) -> None:
    """Return quietly if a registration may be sent like this; files are looked into when they are stored.

    :raises Refused: with every problem of every field.
    """
    problems = [*judged(typed, now, new=new), *_wrong_files(uploads, new=new)]
    if problems:
        raise Refused(_("有{count}处需要改正。", count=len(problems)), problems)


def submit(actor: Actor, typed: Mapping[str, str], uploads: Sequence[Upload], *, now: datetime) -> tuple[str, str]:
    """Take a registration in, and return its receipt number and inquiry code; the code is kept nowhere in plain.

    :param actor: a visitor; its ``origin`` is the address that the hourly limit counts for.
    :raises Refused: with every problem, or when the address has sent too many.
    """
    check(typed, uploads, now, new=True)
    hashed, code = accounts.hash_password(typed["password"]), "".join(secrets.choice(ALPHABET) for _index in range(10))
    year = clock.legal_day(now).year
    with transaction():
        exclusive(f"registration {actor.origin}")
        _check_rate(actor.origin, now)
        receipt = f"ZC-{year}-{numbering.allocate('registration.receipt', year):05d}"
        registration = Registration.create(
            receipt=receipt,
            code_hash=_code_hash(receipt, code),
            password=hashed,
            address=actor.origin[:60],
            created_at=now,
            **_columns(typed, now),
        )
        _keep(registration, uploads)
        facts = {"subject": registration.uscc, "notice": registration.notice}
        audit(actor, "registration.submit", OWNER_KIND, receipt, facts)
    return receipt, f"{code[:5]}-{code[5:]}"


def mend(
    actor: Actor,
    registration: Registration,
    typed: Mapping[str, str],
    uploads: Sequence[Upload],
    *,
    version: int,
    now: datetime,
) -> None:
    """Send a returned registration again; files of a kind replace the former ones of that kind.

    :param registration: one that :func:`inquire` has given out to this applicant.
    :raises Refused: with every problem.
    :raises Conflict: it is not returned, or was changed meanwhile.
    """
    check(typed, uploads, now, new=False)
    changes = _columns(typed, now)
    if typed.get("password"):
        changes["password"] = accounts.hash_password(typed["password"])
    path.PATH.after(registration.stage, Act.MEND)
    with transaction():
        registration.save_if(version, **changes)
        replaced = {each.kind for each in uploads}
        _drop(each for each in files_of(registration) if each.label in replaced)
        _keep(registration, uploads)
        audit(actor, "registration.mend", OWNER_KIND, registration.receipt, {"subject": registration.uscc})


def _check_rate(address: str, now: datetime) -> None:
    limit = settings().hourly
    recent = (Registration.address == address, Registration.created_at > now - timedelta(hours=1))
    if Registration.select().where(*recent).count() >= limit:
        raise Refused(_("本网络地址一小时内提交的注册已达{count}件，请稍后再试，或到主管部门现场办理。", count=limit))


def _columns(typed: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """Return what is stored of a registration that was found right, as submitted *now*."""
    notice, uscc = notice_at(now), identifiers.clean_code(typed["uscc"])
    return {
        "uscc": uscc,
        "enterprise": typed["enterprise"].strip(),
        "region": typed.get("region") or region_in_charge(uscc),
        "contact": typed["contact"].strip(),
        "mobile": current_platform().sealer.seal(identifiers.clean_code(typed["mobile"])),
        "username": typed["username"],
        "notice": notice.code,
        "notice_hash": notice_hash(notice),
        "submitted_at": now,
        "stage": Stage.SUBMITTED,
        "stage_at": now,
    }


def _keep(registration: Registration, uploads: Iterable[Upload]) -> None:
    store = attachments.Store(current_platform().settings.uploads, settings().file_megabytes * MEGABYTE)
    for each in uploads:
        try:
            store.save(
                each.stream,
                each.name,
                owner_kind=OWNER_KIND,
                owner_key=registration.receipt,
                created_by=0,
                label=each.kind,
                kinds=FILE_KINDS,
            )
        except Refused as refused:
            raise Refused(
                refused.message, [Problem(each.kind, it.value, it.rule, it.remedy) for it in refused.problems]
            ) from refused


def _drop(files: Iterable[File]) -> None:
    for each in files:
        current_platform().store.delete(each)


def files_of(registration: Registration) -> list[File]:
    """Return the evidence of *registration*, oldest first."""
    mine = File.select().where(File.owner_kind == OWNER_KIND, File.owner_key == registration.receipt)
    return list(mine.order_by(File.created_at))


def _code_hash(receipt: str, code: str) -> str:
    return current_platform().sealer.fingerprint(f"{receipt}:{code}")


def inquire(receipt: str, code: str, *, address: str, agent: str, now: datetime) -> Registration:
    """Return the registration to who has both its receipt number and its inquiry code.

    Failures lock the number, and in the end the address, as those of signing in do.

    :raises Refused: always in the same words, whichever of the two is wrong.
    """
    receipt = identifiers.clean_code(receipt[:40])
    name = f"{INQUIRY}{receipt}"[:40]
    limits = current_platform().settings.sign_in
    stands, attempt = accounts.attempts.begin(limits, name, address, agent, now)
    if stands.locked_until:
        accounts.attempts.finish(attempt, accounts.Outcome.LOCKED)
        raise Refused(_("查询失败次数过多，已暂时锁定，请{minutes}分钟后再试。", minutes=limits.minutes))
    typed = _code_hash(receipt, identifiers.clean_code(code[:40]).lower().replace("-", ""))
    found: Registration | None = Registration.get_or_none(Registration.receipt == receipt)
    right = found is not None and secrets.compare_digest(typed, str(found.code_hash))
    accounts.attempts.finish(attempt, accounts.Outcome.OK if right else accounts.Outcome.WRONG)
    if found is None or not right:
        raise Refused(_("受理编号或查询码不正确，请核对后再试。查询码遗失的，请联系主管部门。"))
    return found


def sweep(now: datetime) -> int:
    """Remove registrations that came to nothing, with their evidence, when their term is over; return how many."""
    terms = current_platform().policies.at("registration_terms", clock.legal_day(now)).params
    over = 0
    for stage, days in ((Stage.REFUSED, terms["refused_days"]), (Stage.RETURNED, terms["returned_days"])):
        old = (Registration.stage == stage, Registration.stage_at < now - timedelta(days=days))
        for registration in list(Registration.select().where(*old)):
            with transaction():
                _drop(files_of(registration))
                over += registration.delete_instance()
    return over
