"""The public forms of registration: the form, the receipt, the inquiry, the mending."""

from dataclasses import replace

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from shuixin.api import (
    ANONYMOUS,
    Actor,
    Conflict,
    NotFound,
    Problem,
    Refused,
    challenges,
    clock,
    current_platform,
    domain,
    form_number,
)
from shuixin_registration.models import Registration
from shuixin_registration.services import registration as cases
from shuixin_registration.services.path import LOOK, Stage
from shuixin_registration.services.registration import FILE_KINDS, LETTER, LICENSE, Upload
from shuixin_registration.settings import settings

_ = domain("registration")
blueprint = Blueprint("registration_forms", __name__, url_prefix="/registration")
UNANSWERED = _("验证码不正确或已过期，请按新的验证码填写。")
#: Which registration this browser has given receipt number and code for, and for how long that holds.
FOUND, FOUND_SECONDS = "sx_registration", 1800.0
KINDS = (challenges.PICTURE, challenges.QUESTION)


@blueprint.before_request
def _only_if_open() -> None:
    if not settings().open:
        raise NotFound(_("本站未开放网上注册，请联系主管部门开通企业账号。"))


def _applicant() -> Actor:
    return replace(ANONYMOUS, name=str(_("企业注册申请人")), origin=request.remote_addr or "")


@blueprint.route("/", methods=["GET", "POST"])
def form() -> ResponseReturnValue:
    """The form; once it is taken in, receipt number and inquiry code, shown this once."""
    if request.method == "GET":
        return _form()
    try:
        _check(new=True)
        receipt, code = cases.submit(_applicant(), request.form, _uploads(), now=clock.now())
    except Refused as refused:
        return _form(problems=_problems(refused)), 422
    return render_template("registration/done.html", receipt=receipt, code=code)


def _check(*, new: bool) -> None:
    """Judge what was typed first, so that a challenge once answered is not asked again for a slip of the pen.

    :raises Refused: something is wrong, or the challenge was not answered.
    """
    cases.check(request.form, _uploads(), clock.now(), new=new)
    answer, now = request.form.get("answer", ""), clock.now()
    # Either will do; both are used up.
    right = [challenges.answered(request.form.get(f"{kind}_token", ""), answer, now) for kind in KINDS]
    if not any(right):
        raise Refused(UNANSWERED, [Problem("answer", "", UNANSWERED, "")])


def _problems(refused: Refused | Conflict) -> tuple[Problem, ...]:
    listed = refused.problems if isinstance(refused, Refused) else ()
    return listed or (Problem("", "", refused.message, ""),)


def _uploads() -> list[Upload]:
    return [
        Upload(kind, each.filename, each.stream)
        for kind in (LICENSE, LETTER)
        for each in request.files.getlist(kind)
        if each.filename
    ]


def _form(found: Registration | None = None, problems: tuple[Problem, ...] = ()) -> str:
    """Show the form, empty, as it was sent, or as a returned registration holds it."""
    now, typed, rules = clock.now(), dict(request.form), settings()
    if found is not None and not typed:
        typed = {name: str(getattr(found, name)) for name in ("enterprise", "uscc", "region", "contact", "username")}
        typed["mobile"] = current_platform().sealer.open(found.mobile)
    # The same challenges again while they are unused, so that the answer, which is kept too, still holds.
    kept = [challenges.find(typed.get(f"{kind}_token", ""), now) for kind in KINDS]
    asked = [each or challenges.ask(kind, now) for each, kind in zip(kept, KINDS, strict=True)]
    if not all(kept):
        typed["answer"] = ""
    notice = cases.notice_at(now)
    return render_template(
        "registration/form.html",
        found=found,
        files=cases.files_of(found) if found else [],
        typed=typed,
        problems=problems,
        wrong={each.field: f"{each.rule}{each.remedy}" for each in reversed(problems)},
        regions=cases.region_choices(),
        notice=notice,
        notice_hash=cases.notice_hash(notice),
        challenges=asked,
        question=challenges.words_of(asked[1]),
        rules=rules,
        accept=",".join(f".{kind}" for kind in sorted(FILE_KINDS)),
    )


@blueprint.route("/status", methods=["GET", "POST"])
def status() -> ResponseReturnValue:
    """Ask for the two numbers; then show where the registration stands."""
    problem = None
    if request.method == "POST":
        try:
            agent, address = request.user_agent.string, request.remote_addr or ""
            receipt, code = request.form.get("receipt", ""), request.form.get("code", "")
            found = cases.inquire(receipt, code, address=address, agent=agent, now=clock.now())
        except Refused as refused:
            problem = refused.message
        else:
            session[FOUND] = [found.id, clock.now().timestamp()]
            return redirect(url_for(".status"))
    page = render_template(
        "registration/status.html",
        found=None if problem else _found(),
        problem=problem,
        typed=request.form.get("receipt", ""),
        look=LOOK,
    )
    return page, 422 if problem else 200


def _found() -> Registration | None:
    """Return the registration that this browser has asked for a while ago."""
    number, at = session.get(FOUND) or (0, 0.0)
    if clock.now().timestamp() - at > FOUND_SECONDS:
        session.pop(FOUND, None)
        return None
    found: Registration | None = Registration.get_or_none(Registration.id == number)
    return found


@blueprint.post("/leave")
def leave() -> ResponseReturnValue:
    """Forget which registration this browser has asked for."""
    session.pop(FOUND, None)
    return redirect(url_for(".status"))


@blueprint.route("/mend", methods=["GET", "POST"])
def mend() -> ResponseReturnValue:
    """The form of a returned registration, to be put right and sent again."""
    found = _found()
    if found is None or found.stage != Stage.RETURNED:
        return redirect(url_for(".status"))
    if request.method == "GET":
        return _form(found)
    try:
        _check(new=False)
        version = form_number("version")
        cases.mend(_applicant(), found, request.form, _uploads(), version=version, now=clock.now())
    except (Refused, Conflict) as refused:
        return _form(found, _problems(refused)), refused.status
    return redirect(url_for(".status"))
