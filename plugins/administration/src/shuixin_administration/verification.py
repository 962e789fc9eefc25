"""The verification page (日志核验): whether the audit chain holds, and is still the one that was published."""

from dataclasses import dataclass
from datetime import datetime

from flask import request
from flask.typing import ResponseReturnValue

from shuixin.api import OfficePage, Problem, Text, audit_chain, clock, current_platform, domain, expose, jobs

_ = domain("administration")
JOB, PERMISSION = "shuixin.audit", "shuixin.audit"
#: A pasted list of heads of eighty years has about so many characters.
LONGEST = 3_000_000
#: Heads that the page lists, the newest first.
SHOWN = 10


@dataclass(frozen=True)
class Comparison:
    """What came of laying published heads beside the chain: how many there were, and the first it does not hold."""

    count: int
    fault: audit_chain.Break | None


class VerificationPage(OfficePage):
    """The latest verification, the present head, and copies of published heads to compare with."""

    @expose("/")
    def index(self) -> str:
        """Show how things stand."""
        return self._page()

    @expose("/run", methods=("POST",))
    def run(self) -> ResponseReturnValue:
        """Ask for a verification now; the job does it, since a long chain takes a while."""
        return self.carry_out(
            lambda: jobs.request_job(self.actor, JOB, permission=PERMISSION),
            lambda _made: _("已登记，核验完成后刷新本页查看结果。"),
        )

    @expose("/compare", methods=("POST",))
    def compare(self) -> ResponseReturnValue:
        """Compare pasted heads with the chain."""
        text = request.form.get("heads", "")[:LONGEST]
        published = audit_chain.heads.parse(text)
        if not published:
            remedy = _("请从公布的校验值文件中整行复制，如“2026-11-25T19:15:00+00:00 1234 3f5a…”。")
            problem = Problem("heads", "", _("没有找到校验值。"), remedy)
            return self._page(problem=problem, text=text), 422
        return self._page(Comparison(len(published), audit_chain.heads.contradicted(published)), text=text)

    def _page(self, comparison: Comparison | None = None, problem: Problem | None = None, text: str = "") -> str:
        number, hash_ = audit_chain.head()
        path = current_platform().settings.published / audit_chain.heads.FILE
        page: str = self.render(
            "administration/verification.html",
            number=number,
            hash=hash_,
            latest=jobs.latest_runs([JOB]).get(JOB),
            asked=any(each.name == JOB for each in jobs.waiting([JOB])),
            published=audit_chain.heads.read(path)[::-1][:SHOWN],
            comparison=comparison,
            problem=problem,
            text=text,
            words=words_for,
            when=_when,
        )
        return page


def _when(head: audit_chain.heads.PublishedHead) -> str:
    """Return the time of a published head as people read it."""
    try:
        return clock.to_minute(datetime.fromisoformat(head.at))
    except ValueError:
        return head.at


def words_for(fault: audit_chain.Break) -> Text:
    """Return what a fault means to an official, and what to do."""
    return _(
        "第{number}条记录与当时公布的不一致或已不存在，日志可能被改动过。请立即保存数据库备份，并报告安全管理员。",
        number=fault.number,
    )
