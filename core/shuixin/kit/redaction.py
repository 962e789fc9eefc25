"""Taking secrets and personal numbers out of texts that are kept for reading: logs, tracebacks, messages of jobs.

::

    guard_logs([settings.secret_key.get_secret_value()])  # once for each process
    redacted("password=hunter2 of 420202199001011231")  # 'password=*** of 420***********1231'

It is the net below: whoever writes a text should not have put them there.
"""

import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any

from shuixin.kit import masking

_WORDS = "pass(?:word|wd|phrase)?|pwd|secret(?:_?key)?|token|api_?key|authorization|cookie|otp|密码|口令|令牌"
_NAMED = re.compile(
    rf"""((?:[\w-]*(?:{_WORDS})[\w-]*)["']?\s*(?:[=:：]|=>)\s*)("[^"]*"|'[^']*'|(?:bearer|basic)\s+\S+|[^\s,;&)}}\]]+)""",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?<=://)[^/@\s:]*:[^@\s]*(?=@)")
_HASHED = re.compile(r"\$(?:argon2\w*|2[aby]|scrypt|pbkdf2[\w-]*)\$[\w$=,+/.-]+")
#: Secrets of this process itself; shorter ones would take ordinary words with them.
_known: set[str] = set()
_SHORTEST = 8


def redacted(text: str) -> str:
    """Return *text* with what looks like a secret replaced by ``***``, and numbers of persons masked."""
    for secret in _known:
        text = text.replace(secret, "***")
    text = _ADDRESS.sub("***", text)
    text = _HASHED.sub("***", text)
    text = _NAMED.sub(r"\1***", text)
    text = masking.ID_NUMBER.sub(lambda match: masking.mask_id_number(match.group()), text)
    return masking.MOBILE.sub(lambda match: masking.mask_mobile(match.group()), text)


def redacted_all(value: Any) -> Any:
    """Return JSON-like *value* with every text in it redacted; keys are names and stay."""
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, Mapping):
        return {key: redacted_all(each) for key, each in value.items()}
    return [redacted_all(each) for each in value] if isinstance(value, list | tuple) else value


def guard_logs(secrets: Iterable[str] = ()) -> None:
    """Redact all that this process logs from now on, whoever logs it and at whatever level.

    :param secrets: values that must not appear anywhere, such as the secret key.
    """
    _known.update(secret for secret in secrets if len(secret) >= _SHORTEST)
    logging.setLogRecordFactory(_Record)


class _Record(logging.LogRecord):
    """A record whose text is made and redacted at once, its traceback with it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if self.name == "peewee" and isinstance(self.msg, tuple):
            self.msg = self.msg[0]  # the statement; its values are what people typed
        try:
            self.msg, self.args = redacted(self.getMessage()), None
        except (TypeError, ValueError):
            return  # words and values do not fit: the handler reports that as always
        if self.exc_info and self.exc_info[0]:
            self.exc_text, self.exc_info = redacted(logging.Formatter().formatException(self.exc_info)), None
