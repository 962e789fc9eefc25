"""What people fill in to sign in and to look after their account."""

from datetime import datetime
from typing import Any

from flask import request
from flask_security import LoginForm
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField, SubmitField
from wtforms.validators import InputRequired, ValidationError

from shuixin.accounts.attempts import Outcome, Standing, begin, finish, standing
from shuixin.accounts.models import User
from shuixin.accounts.passwords import MAX_LENGTH
from shuixin.kit import challenges, clock
from shuixin.kit.challenges import Challenge
from shuixin.platform import current_platform
from shuixin.settings import SignInSettings
from shuixin.texts import Text, domain

_ = domain("shuixin")
WRONG = _("账号或密码不正确，请核对后再试。忘记密码请联系管理员重置。")
WRONG_CODE = _("动态口令或恢复码不正确，或已使用过。请填写应用中正在显示的6位数字，或一个未用过的恢复码。")
UNANSWERED = _("验证码不正确或已过期，请按新的验证码填写。")


def locked_words(until: datetime, now: datetime) -> Text:
    """Return what somebody reads whose account or address is locked; the same whether the account exists or not."""
    minutes = max(1, -int(-(until - now).total_seconds() // 60))
    return _("登录失败次数过多，已暂时锁定，请约{minutes}分钟后再试，或联系管理员解锁。", minutes=minutes)


class SignInForm(LoginForm):
    """Account name and password; one neutral answer for all that may be wrong, and a challenge after failures."""

    email = None
    remember = None
    username = StringField(_("账号"), validators=[InputRequired(_("请填写账号。"))])
    password = PasswordField(_("密码"), validators=[InputRequired(_("请填写密码。"))])
    challenge_token = HiddenField()
    answer = StringField(_("验证码"))
    submit = SubmitField(_("登录"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: What is to be answered with the next attempt; ``None`` if nothing is.
        self.challenge: Challenge | None = None
        if request.method == "GET" and "challenge" in request.args:  # somebody asked for another kind
            self.challenge = challenges.ask(request.args["challenge"], clock.now())
        elif request.method == "GET":
            self._challenge_if_due("")

    @property
    def question(self) -> Text | None:
        """The challenge in words, if it is a question."""
        asked = self.challenge
        return challenges.words_of(asked) if asked is not None and asked.kind == challenges.QUESTION else None

    def validate(self, **kwargs: Any) -> bool:
        """Check the pair; whatever fails, the person reads the same sentence."""
        typed = (self.username.data or "").strip()
        if not typed or not self.password.data:
            self.ifield, self.user = self.username, None
            return bool(super().validate(**kwargs))
        stands, attempt = begin(_rules(), typed, request.remote_addr or "", request.user_agent.string, clock.now())
        outcome = self._outcome(stands, typed, **kwargs)
        finish(attempt, outcome)
        if outcome not in (Outcome.OK, Outcome.FIRST):
            self._challenge_if_due(typed)
        return outcome in (Outcome.OK, Outcome.FIRST)

    def _outcome(self, stands: Standing, typed: str, **kwargs: Any) -> Outcome:
        now = clock.now()
        if stands.locked_until:
            self._refuse(locked_words(stands.locked_until, now))
            return Outcome.LOCKED
        if stands.challenged and not challenges.answered(self.challenge_token.data or "", self.answer.data or "", now):
            self._refuse(UNANSWERED)
            return Outcome.CHALLENGE
        if len(self.password.data or "") > MAX_LENGTH:  # nobody's; Flask-Security would break over it
            self._refuse(WRONG)
            return Outcome.WRONG
        self.ifield, self.user = self.username, User.get_or_none(User.username == typed)
        if super().validate(**kwargs) and isinstance(self.user, User):
            return Outcome.FIRST if self.user.totp_secret else Outcome.OK
        self._refuse(WRONG)
        return Outcome.WRONG

    def _refuse(self, words: Text) -> None:
        self.username.errors, self.password.errors = [], [str(words)]

    def _challenge_if_due(self, typed: str) -> None:
        now = clock.now()
        stands = standing(_rules(), typed, request.remote_addr or "", now)
        if stands.challenged and not stands.locked_until:
            self.challenge = challenges.ask(request.args.get("challenge", ""), now)


def _rules() -> SignInSettings:
    return current_platform().settings.sign_in


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """Old password, new one twice."""

    current = PasswordField(_("现用密码"), [InputRequired(_("请填写现用密码。"))])
    new = PasswordField(_("新密码"), [InputRequired(_("请填写新密码。"))])
    confirm = PasswordField(_("再次填写新密码"), [InputRequired(_("请再次填写新密码。"))])

    def validate_confirm(self, field: PasswordField) -> None:
        """Refuse two different new passwords (``EqualTo`` formats its message, which only plain strings bear)."""
        if field.data != self.new.data:
            raise ValidationError(str(_("两次填写的新密码不一致。")))
