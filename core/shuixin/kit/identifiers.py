"""Identifiers of Chinese law: unified social credit codes (GB 32100), identity numbers (GB 11643), mobile numbers.

Every check answers with a :class:`~shuixin.errors.Problem` that says what is wrong and what to do, or with ``None``:

>>> uscc_problem("91420200MA4900A14A") is None
True
>>> str(uscc_problem("91420200MA4900A14B").rule)
'统一社会信用代码第18位校验不符。'
>>> complete_uscc("91420200000000190")
'914202000000001900'
"""

import re
import unicodedata
from datetime import date
from operator import mul

from shuixin.errors import Problem
from shuixin.kit import clock, masking
from shuixin.texts import Text, domain

_ = domain("shuixin")

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_VALUES = {letter: value for value, letter in enumerate(_USCC_ALPHABET)}
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_USCC_LENGTH = 18
_CODE_LETTERS = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")

_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_ID_LENGTH = 18
_OLD_ID_LENGTH = 15

# [0-9], not \d: the latter takes the digits of every script.
_ORGANISATION_CODE = re.compile(r"[0-9A-Z]{8}-?[0-9X]")
_REGISTRATION_NUMBER = re.compile(r"[0-9]{13}|[0-9]{15}")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_ID_NUMBER = re.compile(r"[0-9]{17}[0-9X]")
_SEPARATORS = re.compile(r"[/,;|、，；]+")

#: Longest value that a problem repeats; what is longer is cut, since nobody reads it.
_SHOWN = 40


def clean_code(text: str) -> str:
    """Return *text* as codes are compared: NFKC (full-width forms folded), without any blank, in upper case."""
    if text.isascii() and text.isalnum():  # as codes should be, and most are
        return text.upper()
    folded = unicodedata.normalize("NFKC", text)
    if not folded.isalnum():
        folded = "".join(letter for letter in folded if not (letter.isspace() or _invisible(letter)))
    # Once more, since dropping a blank can bring a letter and a combining mark together.
    return unicodedata.normalize("NFKC", folded.upper())


def _invisible(letter: str) -> bool:
    # Zero-width and direction marks come along when codes are copied from web pages and chats.
    return unicodedata.category(letter) in {"Cc", "Cf"}


def uscc_problem(text: str, field: str = "uscc") -> Problem | None:
    """Return what is wrong with the unified social credit code *text*, or ``None`` when it is valid.

    Blanks, full-width and lower-case letters are forgiven (see :func:`clean_code`). Codes of all registering
    departments count, also those that begin with a letter (A, N, Y).
    """
    code = clean_code(text)
    found = _uscc_finding(code)
    if found is None:
        return None
    rule, remedy = found
    return Problem(field, _shown(code), rule, remedy)


def _uscc_finding(code: str) -> tuple[Text, Text] | None:
    if not code:
        return _("统一社会信用代码未填写。"), _("请填写营业执照或登记证书上的18位代码。")
    return _older_number(code) or _wrong_length(code) or _wrong_letter(code) or _wrong_check(code)


def _older_number(code: str) -> tuple[Text, Text] | None:
    """Recognise an organisation code, a registration number, or both written into one field."""
    parts = [part for part in _SEPARATORS.split(code) if part]
    if not parts or len(parts) > 3 or any(len(part) == _USCC_LENGTH for part in parts):
        return None
    names: list[str] = []
    for part in parts:
        if _ORGANISATION_CODE.fullmatch(part):
            names.append("organisation")
        elif _REGISTRATION_NUMBER.fullmatch(part):
            names.append("registration")
        else:
            return None
    return _older_rule(set(names)), _("请填写“三证合一”后的18位统一社会信用代码，可在营业执照上查到。")


def _older_rule(names: set[str]) -> Text:
    if names == {"organisation"}:
        return _("填写的是组织机构代码，不是统一社会信用代码。")
    if names == {"registration"}:
        return _("填写的是工商注册号，不是统一社会信用代码。")
    return _("填写的是组织机构代码和工商注册号，不是统一社会信用代码。")


def _wrong_length(code: str) -> tuple[Text, Text] | None:
    if len(code) == _USCC_LENGTH:
        return None
    return (
        _("统一社会信用代码应为18位，现为{count}位。", count=len(code)),
        _("请对照营业执照，检查是否漏填或多填。"),
    )


def _wrong_letter(code: str) -> tuple[Text, Text] | None:
    for position, letter in enumerate(code, start=1):
        if letter in _USCC_VALUES:
            continue
        place = {"position": position, "letter": letter}
        if letter in _CODE_LETTERS:
            rule = _("统一社会信用代码第{position}位是字母“{letter}”，代码中不使用I、O、S、V、Z。", **place)
            return rule, _("请核对是否将数字1、0、5、2误作字母。")
        rule = _("统一社会信用代码第{position}位是“{letter}”，代码只由数字和大写字母组成。", **place)
        return rule, _("请对照营业执照修改该位。")
    return None


def _wrong_check(code: str) -> tuple[Text, Text] | None:
    if complete_uscc(code[:-1]) == code:
        return None
    return _("统一社会信用代码第18位校验不符。"), _("请对照营业执照核对。")


def complete_uscc(first17: str) -> str:
    """Return *first17* with its check character.

    :raises ValueError: not 17 characters of the alphabet.
    """
    code = clean_code(first17)
    if len(code) != len(_USCC_WEIGHTS) or any(letter not in _USCC_VALUES for letter in code):
        raise ValueError(f"not the first 17 characters of a credit code: {first17!r}")
    total = sum(weight * _USCC_VALUES[letter] for weight, letter in zip(_USCC_WEIGHTS, code, strict=True))
    # The outer remainder matters: without it a sum divisible by 31 points past the alphabet.
    return code + _USCC_ALPHABET[(31 - total % 31) % 31]


def organisation_code_matches(uscc: str) -> bool:
    """Tell whether the organisation code inside *uscc* (characters 9 to 17) has its own check right.

    A mismatch is worth a warning only: real credit codes were issued around wrong organisation codes.
    """
    inner = clean_code(uscc)[8:17]
    if len(inner) != len(_ORGANISATION_WEIGHTS) + 1 or any(letter not in _CODE_LETTERS for letter in inner):
        return False
    total = sum(weight * int(letter, 36) for weight, letter in zip(_ORGANISATION_WEIGHTS, inner[:8], strict=True))
    return inner[8] == "0123456789X0"[11 - total % 11]


def id_number_problem(text: str, field: str = "id_number") -> Problem | None:
    """Return what is wrong with the identity number *text*, or ``None`` when it is valid.

    Checked are form, birthday (a real day, not in the future) and check character; not the region, since numbers keep
    codes of counties that were renamed or dissolved. The problem shows the number masked.
    """
    number = clean_code(text)
    found = _id_finding(number)
    if found is None:
        return None
    rule, remedy = found
    return Problem(field, _shown(masking.mask_id_number(number)), rule, remedy)


def _id_finding(number: str) -> tuple[Text, Text] | None:
    if not number:
        return _("身份证号码未填写。"), _("请填写身份证上的18位号码。")
    if len(number) == _OLD_ID_LENGTH:
        return _("填写的是15位旧身份证号码。"), _("请填写换发后的18位号码。")
    if len(number) != _ID_LENGTH:
        return (
            _("身份证号码应为18位，现为{count}位。", count=len(number)),
            _("请对照身份证，检查是否漏填或多填。"),
        )
    if not _ID_NUMBER.fullmatch(number):
        return _("身份证号码前17位应为数字，末位为数字或X。"), _("请对照身份证核对。")
    return _wrong_birthday(number) or _wrong_id_check(number)


def _wrong_birthday(number: str) -> tuple[Text, Text] | None:
    birthday = _birthday_in(number)
    if birthday is None:
        return _("身份证号码第7至14位不是实际存在的日期。"), _("请对照身份证核对出生日期。")
    now = clock.now()
    if birthday >= now.date() and birthday > clock.legal_day(now):  # the legal day is never before that of UTC
        return _("身份证号码第7至14位的出生日期晚于今天。"), _("请对照身份证核对出生日期。")
    return None


def _wrong_id_check(number: str) -> tuple[Text, Text] | None:
    if _id_check(number) == number[-1]:
        return None
    return _("身份证号码第18位校验不符。"), _("请对照身份证核对。")


def complete_id_number(first17: str) -> str:
    """Return *first17* with its check character.

    :raises ValueError: not 17 digits.
    """
    number = clean_code(first17)
    if len(number) != len(_ID_WEIGHTS) or not number.isascii() or not number.isdigit():
        raise ValueError("not the first 17 digits of an identity number")
    return number + _id_check(number)


def _id_check(digits: str) -> str:
    """Return the check character of 17 *digits*; what follows them does not matter."""
    return _ID_CHECKS[sum(map(mul, _ID_WEIGHTS, map(int, digits[:17]))) % 11]


def id_number_birthday(text: str) -> date:
    """Return the birthday written in an identity number of 18 characters.

    :raises ValueError: there is no real date in it.
    """
    birthday = _birthday_in(clean_code(text))
    if birthday is None:
        raise ValueError("no birthday in the identity number")
    return birthday


def _birthday_in(number: str) -> date | None:
    if not _ID_NUMBER.fullmatch(number):
        return None
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def mobile_problem(text: str, field: str = "mobile") -> Problem | None:
    """Return what is wrong with the mainland mobile number *text*, or ``None`` when it is valid."""
    number = clean_code(text)
    if _MOBILE.fullmatch(number):
        return None
    if not number:
        return Problem(field, "", _("手机号码未填写。"), _("请填写11位手机号码。"))
    if len(number) != 11:
        rule = _("手机号码应为11位，现为{count}位。", count=len(number))
    else:
        rule = _("手机号码应为以13至19开头的11位数字。")
    return Problem(field, _shown(masking.mask_mobile(number)), rule, _("请核对号码，不要加国家代码、区号或其他符号。"))


def _shown(code: str) -> str:
    return code if len(code) <= _SHOWN else f"{code[:_SHOWN]}…"
