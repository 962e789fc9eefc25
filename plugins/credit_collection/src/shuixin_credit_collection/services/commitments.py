"""Credit commitments (信用承诺): what an enterprise commits itself to with a submission, in the words it was shown."""

import hashlib
from dataclasses import dataclass
from datetime import date

from shuixin.api import Actor, Problem, clock, current_platform, domain
from shuixin_credit_collection.models import Commitment, Filing

_ = domain("credit_collection")
TOPIC = "credit_commitment"


@dataclass(frozen=True)
class Wording:
    """The text of the commitment in force.

    :param id: the same for the same words; who commits names it, so that a text changed meanwhile is read first.
    """

    id: str
    policy: str
    title: str
    basis: str
    clauses: tuple[str, ...]


def wording(day: date | None = None) -> Wording | None:
    """Return the text in force on *day*, by default today; ``None`` where none is, so that none is asked for."""
    policy = current_platform().policies.find(TOPIC, day or clock.legal_day(clock.now()))
    if policy is None:
        return None
    clauses = tuple(policy.params["clauses"])
    digest = hashlib.sha256("\n".join((policy.title, *clauses)).encode()).hexdigest()[:32]
    return Wording(digest, policy.code, policy.title, policy.basis, clauses)


def problems_of(given: str) -> list[Problem]:
    """Return why a submission that names the commitment *given* (``""`` for none) cannot be taken."""
    text = wording()
    if text is None or given == text.id:
        return []
    if given:
        rule = _("《{title}》的内容已更新。", title=text.title)
        return [Problem("commitment", "", rule, _("请重新阅读并勾选。"))]
    rule = _("尚未作出《{title}》中的承诺。", title=text.title)
    return [Problem("commitment", "", rule, _("请阅读后勾选，再提交。"))]


def keep(actor: Actor, filing: Filing) -> None:
    """Keep with *filing* that *actor* has committed the enterprise to the text in force, if there is one."""
    text = wording()
    if text is not None:
        words = {"policy": text.policy, "title": text.title, "basis": text.basis, "clauses": list(text.clauses)}
        Commitment.create(filing=filing, **words, given_by=actor.id, giver_name=actor.name, given_at=clock.now())


def of_filing(filing: Filing) -> list[Commitment]:
    """Return the commitments given with *filing*, one for each submission, the latest first."""
    return list(Commitment.select().where(Commitment.filing == filing).order_by(Commitment.id.desc()))
