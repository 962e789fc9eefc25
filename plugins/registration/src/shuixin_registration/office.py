"""Registrations of enterprises (企业注册) at the authority's desk, and who holds an enterprise's main account."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from shuixin.api import (
    Actor,
    AuditEntry,
    Conflict,
    NotFound,
    OfficePage,
    OfficeView,
    Problem,
    Queue,
    QueueCase,
    Refused,
    Text,
    User,
    clock,
    current_platform,
    domain,
    expose,
    form_number,
    identifiers,
    masking,
    page_number,
    region_name,
    send_attachment,
)
from shuixin_registration.models import MainAccount, Registration
from shuixin_registration.permissions import CONFIRM
from shuixin_registration.services import confirmation as desk
from shuixin_registration.services import registration as cases
from shuixin_registration.services.main_accounts import main_account
from shuixin_registration.services.path import LOOK, Act, Stage

_ = domain("registration")
REVIEWS = _("审核中心")
PER_PAGE = 50
DONE = {
    Act.CONFIRM: _("已确认，主账号已开通。"),
    Act.REFER: _("已转主账号决定。"),
    Act.RETURN: _("已退回申请人补正。"),
    Act.REFUSE: _("已作出不予通过的决定。"),
}
#: What the entries of the audit log say in the record of a case.
EVENTS = {
    "registration.submit": _("提交注册"),
    "registration.mend": _("补正后重新提交"),
    "registration.reveal": _("查看完整手机号码"),
    "registration.return": _("退回补正"),
    "registration.refer": _("转主账号决定"),
    "registration.confirm": _("确认开通"),
    "registration.join": _("主账号同意加入"),
    "registration.refuse": _("不予通过"),
}


@dataclass(frozen=True)
class Finding:
    """One thing the system has checked: ``ok``, ``info`` or ``warning``, and the sentence."""

    level: str
    text: Text


@dataclass(frozen=True)
class Event:
    """One line of the record of a case."""

    at: object
    who: str
    what: Text | str
    note: str


def findings(case: Registration) -> list[Finding]:
    """Return what the authority should know before it decides; only here is told which codes are taken."""
    held = main_account(case.uscc)
    found = [Finding("ok", _("该代码还没有企业账号。"))]
    if held is not None and held.user != case.user:
        facts = {"username": held.user.username, "name": held.user.name}
        found = [Finding("warning", _("该代码已有主账号{username}（{name}），只能由其决定是否加入为子账号。", **facts))]
    found += _known(case)
    twins = Registration.select().where(
        Registration.uscc == case.uscc,
        Registration.id != case.id,
        Registration.stage.in_((Stage.SUBMITTED, Stage.RETURNED, Stage.REFERRED)),
    )
    found += [Finding("warning", _("同一代码另有注册{receipt}正在办理。", receipt=each.receipt)) for each in twins]
    if not identifiers.organisation_code_matches(case.uscc):
        found.append(Finding("warning", _("代码中第9至17位的组织机构代码校验不符，请对照营业执照核对。")))
    place = region_name(case.uscc[2:8])
    found.append(Finding("info", _("代码中的登记地区：{place}。", place=place)))
    free = desk.free_name(case.username)
    if case.user is None and free != case.username:
        found.append(Finding("info", _("希望的账号名已有人使用，确认后将为{name}。", name=free)))
    return found


def _known(case: Registration) -> Iterator[Finding]:
    """Yield what each record of market subjects says about the code."""
    loaded, calls = current_platform().loaded, current_platform().calls
    for plugin, (source, find) in loaded.extension("subject_sources"):
        name: str | None = calls.call(plugin, "subject_sources", find, case.uscc, default=None)
        if name is None:
            yield Finding("info", _("{source}中没有这个代码。", source=source))
        elif name != case.enterprise:
            yield Finding("warning", _("{source}中这个代码的名称是“{name}”。", source=source, name=name))
        else:
            yield Finding("ok", _("{source}中有这个代码，名称一致。", source=source))


def _events(case: Registration) -> list[Event]:
    mine = (AuditEntry.object_kind == cases.OWNER_KIND, AuditEntry.object_key == case.receipt)
    return [
        Event(each.at, each.actor_name, EVENTS.get(each.action, each.action), each.detail.get("reason", ""))
        for each in AuditEntry.select().where(*mine).order_by(AuditEntry.number.desc())
    ]


class RegistrationDesk(OfficePage):
    """企业注册确认: what waits, and the page of one case."""

    @expose("/")
    def index(self) -> str:
        """Show what waits, oldest first, and the latest others; a receipt number or code narrows both."""
        page, asked = page_number(), identifiers.clean_code(request.args.get("q", "")[:40])
        reach = desk.within_reach(self.actor, Registration)
        waiting, others = desk.queue(self.actor), reach.where(Registration.stage != Stage.SUBMITTED)
        if asked:
            narrow = (Registration.receipt == asked) | (Registration.uscc == asked)
            waiting, others = waiting.where(narrow), others.where(narrow)
        text: str = self.render(
            "registration/requests.html",
            total=waiting.count(),
            waiting=list(waiting.paginate(min(page, 10_000), PER_PAGE)),
            others=list(others.order_by(Registration.stage_at.desc()).limit(20)),
            page=page,
            per_page=PER_PAGE,
            look=LOOK,
            asked=asked,
        )
        return text

    @expose("/<int:registration_id>")
    def case(self, registration_id: int) -> str:
        """Show one case."""
        return self._case(registration_id)

    def _case(self, registration_id: int, problems: tuple[Problem, ...] = (), mobile: str = "") -> str:
        case = desk.find(self.actor, registration_id)
        held = main_account(case.uscc)
        page: str = self.render(
            "registration/request.html",
            case=case,
            mobile=mobile or masking.mask_mobile(current_platform().sealer.open(case.mobile)),
            revealed=bool(mobile),
            findings=findings(case),
            files=cases.files_of(case),
            events=_events(case),
            look=LOOK,
            conflict=held is not None and held.user != case.user,
            open_here=case.stage in (Stage.SUBMITTED, Stage.REFERRED),
            problems=problems,
            kept=request.form,
        )
        return page

    @expose("/<int:registration_id>/files/<key>")
    def file(self, registration_id: int, key: str) -> ResponseReturnValue:
        """Show one picture of the evidence, or download one paper."""
        files = cases.files_of(desk.find(self.actor, registration_id))
        found = next((each for each in files if each.id == key), None)
        if found is None:
            raise NotFound(_("没有找到这份材料。"))
        return send_attachment(found, inline=found.media_type.startswith("image/"))

    @expose("/<int:registration_id>/decide", methods=("POST",))
    def decide(self, registration_id: int) -> ResponseReturnValue:
        """Carry out the decision; a refusal keeps what was chosen and typed."""
        reason, version = request.form.get("reason", ""), form_number("version")
        act = next((each for each in DONE if each == request.form.get("decision")), None)
        if act is None:
            return self._case(registration_id, (Problem("decision", "", _("没有选择决定。"), _("请选择一项。")),)), 422
        try:
            desk.decide(self.actor, registration_id, act, version=version, now=clock.now(), reason=reason[:500])
        except Refused as refused:
            return self._case(registration_id, refused.problems or _said("reason", refused)), 422
        except Conflict as conflict:
            return self._case(registration_id, _said("", conflict)), 409
        flash(str(DONE[act]), "ok")
        return redirect(self.get_url(".index"))

    @expose("/<int:registration_id>/mobile", methods=("POST",))
    def mobile(self, registration_id: int) -> ResponseReturnValue:
        """Show the whole mobile number to who gives a reason."""
        try:
            number = desk.mobile_of(self.actor, registration_id, request.form.get("why", ""))
        except Refused as refused:
            return self._case(registration_id, _said("why", refused)), 422
        return self._case(registration_id, mobile=number)


def _said(field: str, error: Refused | Conflict) -> tuple[Problem, ...]:
    return (Problem(field, "", error.message, ""),)


class SubjectAccounts(OfficePage):
    """企业账号: who holds the main account of each enterprise, and handing it over."""

    @expose("/")
    def index(self) -> str:
        """List the enterprises that have accounts, the newest first; a code or an account name narrows."""
        page, asked = page_number(), request.args.get("q", "").strip()[:40]
        mains = desk.within_reach(self.actor, MainAccount)
        if asked:
            named = User.select(User.subject).where(User.username == asked)
            mains = mains.where((MainAccount.subject == identifiers.clean_code(asked)) | MainAccount.subject.in_(named))
        text: str = self.render(
            "registration/accounts.html",
            total=mains.count(),
            mains=list(mains.order_by(MainAccount.id.desc()).paginate(min(page, 10_000), PER_PAGE)),
            page=page,
            per_page=PER_PAGE,
            asked=asked,
        )
        return text

    @expose("/<int:main_id>")
    def case(self, main_id: int) -> str:
        """Show the accounts of one enterprise."""
        return self._case(main_id)

    def _case(self, main_id: int, problems: tuple[Problem, ...] = ()) -> str:
        main = desk.within_reach(self.actor, MainAccount).where(MainAccount.id == main_id).get_or_none()
        if main is None:
            raise NotFound(_("没有找到这家企业的账号，或它不在您的管辖范围内。"))
        people = desk.accounts_of(main.subject)
        page: str = self.render(
            "registration/account.html", main=main, people=people, problems=problems, kept=request.form
        )
        return page

    @expose("/<int:main_id>/hand-over", methods=("POST",))
    def hand_over(self, main_id: int) -> ResponseReturnValue:
        """Make another account of the enterprise its main one."""
        try:
            desk.hand_over(
                self.actor,
                main_id,
                request.form.get("username", ""),
                version=form_number("version"),
                reason=request.form.get("reason", "")[:500],
                close_former=request.form.get("close") == "1",
                now=clock.now(),
            )
        except (Refused, Conflict) as error:
            return self._case(main_id, _said("", error)), error.status
        flash(str(_("主账号已变更。")), "ok")
        return redirect(self.get_url(".case", main_id=main_id))


def _waiting(actor: Actor) -> int:
    return int(desk.queue(actor).count())


def _queue(actor: Actor, limit: int) -> Queue:
    """What waits to be confirmed; nothing promises by when, so no due day."""
    found = (
        QueueCase(
            number=case.receipt,
            title=case.enterprise,
            filed_by=case.contact,
            since=case.submitted_at,
            url=url_for("registration_requests.case", registration_id=case.id),
        )
        for case in desk.queue(actor).limit(limit)
    )
    return Queue(_waiting(actor), cases=tuple(found))


def views() -> list[OfficeView]:
    """Return new instances of the views."""
    waiting = RegistrationDesk("registration", "requests", _("企业注册确认"))
    held = SubjectAccounts("registration", "accounts", _("企业账号"))
    icon = "clipboard-check"
    return [
        OfficeView(waiting, REVIEWS, CONFIRM, 15, icon, _waiting, _queue),
        OfficeView(held, REVIEWS, CONFIRM, 25, icon),
    ]
