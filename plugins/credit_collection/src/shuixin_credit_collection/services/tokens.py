"""Tokens of enterprises' own systems (接口令牌): made, shown once, found again, revoked.

A token is ``sxt_<prefix>_<secret>``. It acts in the name of the account that made it, for the subject that the account
belonged to then, and never with more than the rights to look at and to file for that subject; what the account may do
is asked anew with each request, so a token ends with the account, its binding and its role.
"""

import hmac
import re
import secrets
from dataclasses import replace
from datetime import date, datetime, timedelta

from peewee import Case

from shuixin.api import (
    Actor,
    NotFound,
    Problem,
    Refused,
    Scope,
    ShuixinError,
    Target,
    Text,
    User,
    accounts,
    audit,
    clock,
    current_platform,
    domain,
    exclusive,
    require,
    transaction,
)
from shuixin_credit_collection.models import ApiToken
from shuixin_credit_collection.permissions import FILE, LOOK
from shuixin_credit_collection.settings import settings

_ = domain("credit_collection")
_TOKEN = re.compile(r"sxt_([0-9a-f]{12})_([0-9A-Za-z_-]{43})")
#: So begins what is noted of wrong tokens in the log of attempts to sign in. A source is counted under this name too:
#: a system with an old token must not keep the people at the same address from signing in.
ATTEMPT = "api:"


class TooMany(ShuixinError):
    """Too many requests in a short time; the message says when to come again."""

    status = 429


def own_tokens(actor: Actor) -> list[ApiToken]:
    """Return all tokens of the actor's subject, the newest first."""
    require(actor, FILE)
    if not actor.subject:
        return []
    return list(ApiToken.select().where(ApiToken.subject == actor.subject).order_by(ApiToken.id.desc()))


def is_alive(token: ApiToken, today: date) -> bool:
    """Whether a token is neither revoked nor expired."""
    return token.revoked_at is None and token.expires_on >= today


def create(actor: Actor, *, label: str, days: int, now: datetime) -> tuple[ApiToken, str]:
    """Make a token for the actor's subject; return it, and its text, which is kept nowhere.

    :param days: for how many days it counts, today included.
    :raises Refused: no label, too many days, or too many tokens; or the account belongs to no subject yet.
    """
    _require_subject(actor)
    label, today, rules = label.strip(), clock.legal_day(now), settings()
    problems = [each for each in (_label_problem(label), _days_problem(days, rules.token_days_most)) if each]
    if problems:
        raise Refused(_("令牌没有创建，请改正后再试。"), problems)
    secret = secrets.token_urlsafe(32)
    with transaction():
        exclusive(f"credit_collection.tokens:{actor.subject}")
        if sum(is_alive(each, today) for each in own_tokens(actor)) >= rules.tokens:
            raise Refused(_("本单位有效的令牌已达{count}个，请先撤销不用的。", count=rules.tokens))
        token = ApiToken.create(
            label=label,
            prefix=secrets.token_hex(6),
            secret_hash=_hash(secret),
            subject=actor.subject,
            created_by=actor.id,
            creator_name=actor.name,
            created_at=now,
            expires_on=today + timedelta(days=days - 1),
        )
        detail = {"subject": token.subject, "label": label, "expires_on": token.expires_on.isoformat()}
        audit(actor, "token.create", "api_token", token.prefix, detail)
    return token, f"sxt_{token.prefix}_{secret}"


def _require_subject(actor: Actor) -> None:
    require(actor, FILE)
    if not actor.subject:
        raise Refused(_("完成首次申报、绑定统一社会信用代码后，可以创建接口令牌。"))
    require(actor, FILE, Target(subject=actor.subject))


def _label_problem(label: str) -> Problem | None:
    if not label or len(label) > 60 or not label.isprintable():
        rule: Text = _("用途没有填写，或超过60个字。")
        return Problem("label", label[:60], rule, _("请写明由哪个系统使用，如“企业ERP”。"))
    return None


def _days_problem(days: int, most: int) -> Problem | None:
    if not 1 <= days <= most:
        return Problem("days", str(days), _("有效天数应为1至{most}的整数。", most=most), _("请改正天数。"))
    return None


def revoke(actor: Actor, token_id: int, *, now: datetime) -> ApiToken:
    """End a token of the actor's subject at once, whoever made it; one that has ended stays as it is.

    :raises NotFound: the subject has no such token.
    """
    _require_subject(actor)
    with transaction():
        token = ApiToken.get_or_none(ApiToken.id == token_id, ApiToken.subject == actor.subject)
        if token is None:
            raise NotFound(_("没有找到这个令牌。"))
        ended = ApiToken.update(revoked_at=now).where(ApiToken.id == token.id, ApiToken.revoked_at.is_null()).execute()
        if ended:
            audit(actor, "token.revoke", "api_token", token.prefix, {"subject": token.subject, "label": token.label})
    return token


def authenticate(text: str, *, origin: str, agent: str, now: datetime) -> Actor | None:
    """Return who acts with the token *text*; ``None`` if it is none, has ended, or its account may no longer look.

    Wrong ones are noted like failed attempts to sign in. A right one counts whatever others do from the same address:
    its secret cannot be guessed.

    :param origin: network address from which the request comes.
    :raises TooMany: the token was used too often this minute, or *origin* sent too many wrong ones.
    """
    token = _find(text)
    actor = _actor_of(token, origin, now) if token and is_alive(token, clock.legal_day(now)) else None
    if token is None or actor is None:
        _note_wrong(text, origin, agent, now)
        return None
    _count(token, now)
    return actor


def _find(text: str) -> ApiToken | None:
    """Return the token of this text, ended or not; the secret is compared in the same time whether right or wrong."""
    parts = _TOKEN.fullmatch(text)
    token = ApiToken.get_or_none(ApiToken.prefix == parts[1]) if parts else None
    right = hmac.compare_digest(token.secret_hash if token else "", _hash(parts[2]) if parts else "")
    return token if token and right else None


def _hash(secret: str) -> str:
    return current_platform().sealer.fingerprint(f"credit_collection.api_token:{secret}")


def _actor_of(token: ApiToken, origin: str, now: datetime) -> Actor | None:
    user = User.get_or_none(User.id == token.created_by, User.active, User.subject == token.subject)
    if user is None:
        return None
    actor = accounts.actor_of(user, current_platform(), origin, now)
    kept = frozenset(each for each in actor.grants if each.permission in (LOOK, FILE) and each.scope is Scope.OWN)
    # An account of an enterprise has no unit; in its place records and the audit chain say by which token it was.
    limited = replace(actor, grants=kept, unit_name=str(_("接口令牌{prefix}", prefix=token.prefix)))
    return limited if limited.holds(LOOK) else None


def _count(token: ApiToken, now: datetime) -> None:
    """Note the use of a token.

    :raises TooMany: it is used more often than once in a while.
    """
    minute, most = int(now.timestamp() // 60), settings().requests_per_minute
    counted = Case(None, ((ApiToken.minute == minute, ApiToken.requests + 1),), 1)
    ApiToken.update(requests=counted, minute=minute, last_used_at=now).where(ApiToken.id == token.id).execute()
    if ApiToken.get_by_id(token.id).requests > most:
        raise TooMany(_("每个令牌每分钟最多请求{count}次，请稍后再试。", count=most))


def _note_wrong(text: str, origin: str, agent: str, now: datetime) -> None:
    """Note a wrong token without its secret.

    :raises TooMany: so many came from *origin* that they are no longer looked at.
    """
    parts, attempts = _TOKEN.fullmatch(text), accounts.attempts
    name = ATTEMPT + (parts[1] if parts else origin)
    rules = current_platform().settings.sign_in
    stands, attempt = attempts.begin(rules, name, f"{ATTEMPT}{origin}"[:60], agent, now)
    attempts.finish(attempt, accounts.Outcome.LOCKED if stands.locked_until else accounts.Outcome.WRONG)
    if stands.locked_until:
        raise TooMany(_("来自该网络地址的无效令牌过多，请稍后再试。"))
