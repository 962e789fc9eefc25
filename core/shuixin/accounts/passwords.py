"""Hashing of passwords: argon2id, the same parameters as Flask-Security verifies with."""

import secrets
import string

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from shuixin.errors import Problem, Refused
from shuixin.texts import domain

_ = domain("shuixin")
hasher = PasswordHasher()
MIN_LENGTH = 10
#: Sign-in takes no longer one: what is hashed for strangers has a limit.
MAX_LENGTH = 128


def hash_password(password: str) -> str:
    """Return the argon2id hash of *password*."""
    return hasher.hash(password)


def is_password(password: str, hashed: str) -> bool:
    """Whether *hashed* was made of *password*."""
    try:
        return hasher.verify(hashed, password)
    except VerificationError:
        return False


def check_rules(password: str, username: str) -> None:
    """Return quietly if *password* is acceptable.

    :raises Refused: too short or long, one kind of character only, or contains the account name.
    """
    if len(password) > MAX_LENGTH:
        rule = _("密码不能超过{count}位。", count=MAX_LENGTH)
        raise Refused(rule, [Problem("password", "", rule, _("请换一个密码。"))])
    kinds = sum(
        any(char in group for char in password)
        for group in (string.ascii_lowercase, string.ascii_uppercase, string.digits, string.punctuation)
    )
    if len(password) < MIN_LENGTH or kinds < 2 or username.lower() in password.lower():
        rule = _("密码须至少{count}位，含两类以上字符，且不含账号名。", count=MIN_LENGTH)
        raise Refused(rule, [Problem("password", "", rule, _("请换一个密码。"))])


def random_password() -> str:
    """Return a password to be changed at first sign-in."""
    alphabet = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789"
    return "".join(secrets.choice(alphabet) for _index in range(14)) + "-7"
