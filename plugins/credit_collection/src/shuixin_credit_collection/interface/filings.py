"""Filings: begin, look, check, submit, withdraw."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from shuixin.api import NotFound, Problem, Refused, current_actor, domain, page_number, permission_required
from shuixin_credit_collection.interface.answers import answer, item, problems, summary, whole
from shuixin_credit_collection.interface.blueprint import Operation, blueprint, describe
from shuixin_credit_collection.interface.requests import body, version
from shuixin_credit_collection.permissions import FILE, LOOK
from shuixin_credit_collection.services import commitments, completeness, filings, presentation
from shuixin_credit_collection.services.written import is_text

_ = domain("credit_collection")
PER_PAGE = 50
LONGEST_REPLY = 1000


@blueprint.get("/v1/filings")
@permission_required(LOOK)
@describe(Operation(_("本单位的申报，最新的在前，每页50件"), "filings"))
def filing_list() -> ResponseReturnValue:
    """The filings of the subject, newest first; ``?page=``."""
    found, page = filings.own_filings(current_actor()), page_number()
    shown = found[(page - 1) * PER_PAGE : page * PER_PAGE]
    return jsonify(filings=[summary(each) for each in shown], page=page, pages=-(-len(found) // PER_PAGE) or 1)


@blueprint.post("/v1/filings")
@permission_required(FILE)
@describe(Operation(_("开始一件申报；已有未办结的申报时返回该件"), "filing"))
def start() -> ResponseReturnValue:
    """Begin a filing, or return the open one."""
    actor = current_actor()
    known = {each.id for each in filings.own_filings(actor)}
    filing = filings.start(actor)
    return answer(filing, whole(filing), 200 if filing.id in known else 201)


@blueprint.get("/v1/filings/<int:filing_id>")
@permission_required(LOOK)
@describe(Operation(_("一件申报：状态、草稿、审核结论和理由、材料、办理记录"), "filing"))
def filing(filing_id: int) -> ResponseReturnValue:
    """All of one filing."""
    found = filings.find_own(current_actor(), filing_id)
    return answer(found, whole(found))


@blueprint.get("/v1/filings/<int:filing_id>/check")
@permission_required(LOOK)
@describe(Operation(_("检查草稿：妨碍提交的问题、提示、将要申报的变化"), "check"))
def check(filing_id: int) -> ResponseReturnValue:
    """What bars submission, what is pointed out, what would change."""
    found = filings.find_own(current_actor(), filing_id)
    compared = filings.check(found)
    document = {
        "problems": problems(compared.problems),
        "advice": problems([*completeness.advice(found), *compared.advice]),
        "changes": [item(row) for row in presentation.change_rows(compared.changes)],
    }
    return answer(found, document)


@blueprint.get("/v1/commitment")
@permission_required(LOOK)
@describe(Operation(_("现行的信用承诺：提交时以其id表示本单位作出该承诺"), "commitment"))
def commitment() -> ResponseReturnValue:
    """What a submission commits the enterprise to."""
    text = commitments.wording()
    if text is None:
        raise NotFound(_("现在没有需要作出的信用承诺。"))
    return jsonify(id=text.id, title=text.title, basis=text.basis, clauses=list(text.clauses))


@blueprint.post("/v1/filings/<int:filing_id>/submit")
@permission_required(FILE)
@describe(
    Operation(_("提交审核；须附信用承诺的id，可附对退回意见的说明"), "summary", takes="submission", versioned=True)
)
def submit(filing_id: int) -> ResponseReturnValue:
    """Submit; a refusal names every problem, and nothing is lost."""
    document = body(optional=True)
    replies, given = _replies(document), str(document.get("commitment", ""))
    found = filings.submit(current_actor(), filing_id, version=version(), commitment=given, replies=replies)
    return answer(found, summary(found))


def _replies(document: dict[str, object]) -> dict[str, str]:
    replies = document.get("replies", {})
    if document.keys() - {"commitment", "replies"} or not isinstance(replies, dict):
        raise Refused(_("提交时只能附commitment：信用承诺的id，和replies：审核意见编号及对应的说明。"))
    for number, text in replies.items():
        if not isinstance(text, str) or len(text) > LONGEST_REPLY or not is_text(text):
            rule = _("说明应为不超过{limit}字的文字。", limit=LONGEST_REPLY)
            raise Refused(rule, [Problem("replies", number[:20], rule, _("请缩短或改正。"))])
    return replies


@blueprint.post("/v1/filings/<int:filing_id>/withdraw")
@permission_required(FILE)
@describe(Operation(_("审核结束前撤回，修改后可再提交"), "summary", versioned=True))
def withdraw(filing_id: int) -> ResponseReturnValue:
    """Take the filing back."""
    found = filings.withdraw(current_actor(), filing_id, version=version())
    return answer(found, summary(found))
