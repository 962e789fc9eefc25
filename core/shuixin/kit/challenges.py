"""Challenges (验证码): a picture of characters, or a question in words for those who cannot see pictures.

Answers are kept on the server, hold for ten minutes and once only, whatever the answer was.

    asked = ask(PICTURE, clock.now())          # show picture_of(asked.token, …), or words_of(asked) of a QUESTION
    answered(asked.token, "3KXW", clock.now())  # True once, if that is what it shows
"""

import secrets
from datetime import datetime, timedelta

from captcha.image import ImageCaptcha
from peewee import CharField

from shuixin.database import BaseModel, UTCDateTimeField, transaction
from shuixin.texts import Text, domain

_ = domain("shuixin")
HOLDS = timedelta(minutes=10)
#: Without those that look like each other.
CHARACTERS = "ACDEFHJKLMNPRTUVWXY34679"
LENGTH = 4
PICTURE, QUESTION = "picture", "question"


class Challenge(BaseModel):
    """One question that a person answers and a program does not (验证码); asked once, kept for minutes."""

    token = CharField(max_length=43, primary_key=True)
    kind = CharField(max_length=10)
    text = CharField(max_length=60)
    answer = CharField(max_length=20)
    at = UTCDateTimeField(index=True)

    class Meta:
        """Core table."""

        table_name = "shuixin_challenge"


def ask(kind: str, now: datetime) -> Challenge:
    """Return a new challenge of *kind* (``picture`` or ``question``), and forget those whose time is over."""
    with transaction():
        Challenge.delete().where(Challenge.at < now - HOLDS).execute()
        text, answer = _question() if kind == QUESTION else _characters()
        made: Challenge = Challenge.create(
            token=secrets.token_urlsafe(32),
            kind=QUESTION if kind == QUESTION else PICTURE,
            text=text,
            answer=answer,
            at=now,
        )
    return made


def _characters() -> tuple[str, str]:
    text = "".join(secrets.choice(CHARACTERS) for _index in range(LENGTH))
    return text, text


def _question() -> tuple[str, str]:
    left, right = secrets.randbelow(40) + 10, secrets.randbelow(9) + 1
    sign = secrets.choice("+-")
    return f"{left}{sign}{right}", str(left + right if sign == "+" else left - right)


def words_of(challenge: Challenge) -> Text:
    """Return the question in words."""
    if "+" in challenge.text:
        left, _sign, right = challenge.text.partition("+")
        return _("{left}加{right}等于多少？请填数字。", left=left, right=right)
    left, _sign, right = challenge.text.partition("-")
    return _("{left}减{right}等于多少？请填数字。", left=left, right=right)


def find(token: str, now: datetime) -> Challenge | None:
    """Return a challenge that was asked and not yet answered; ``None`` if it is used up or too old."""
    found: Challenge | None = Challenge.get_or_none(Challenge.token == token[:43], Challenge.at >= now - HOLDS)
    return found


def picture_of(token: str, now: datetime) -> bytes | None:
    """Return the picture of a challenge as PNG; ``None`` if there is no such picture any more."""
    found = Challenge.get_or_none(Challenge.token == token, Challenge.kind == PICTURE, Challenge.at >= now - HOLDS)
    if found is None:
        return None
    made: bytes = ImageCaptcha(width=180, height=64).generate(found.text).getvalue()
    return made


def answered(token: str, answer: str, now: datetime) -> bool:
    """Whether *answer* is right; the challenge is used up either way."""
    with transaction():
        found = Challenge.get_or_none(Challenge.token == token, Challenge.at >= now - HOLDS)
        taken = Challenge.delete().where(Challenge.token == token).execute()
    given = "".join(answer.split()).upper()
    return found is not None and taken == 1 and secrets.compare_digest(given.encode(), str(found.answer).encode())
