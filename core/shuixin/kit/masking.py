"""Masks for personal data on public pages.

They are applied where data leaves for the public (the serializer), never in templates, so that exports, search index
and feeds show the same:

>>> mask_id_number("420202199001011231")
'420***********1231'
>>> mask_mobile("13812345678")
'138****5678'
>>> mask_person_name("欧阳修")
'欧阳某'
"""

import re
import unicodedata

#: Numbers of persons within a text; a longer row of digits is something else.
ID_NUMBER = re.compile(
    r"(?<![0-9])[1-9][0-9]{5}(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx](?![0-9])"
)
MOBILE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])")

_STAR = "*"

# Two-character surnames still in use; a name of two characters that equals one of them is surname plus given name.
_LONG_SURNAME = re.compile(
    "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|司空|夏侯|轩辕|端木|南宫|长孙|宇文|西门|独孤|"
    "呼延|申屠|太史|澹台|公冶|濮阳|淳于|单于|钟离|闻人|赫连|万俟|第五|拓跋|鲜于|闾丘|亓官|百里|东郭"
)

# A county's name has one to three characters; with a character of streets, villages and estates in it, it is taken for
# something finer, and the mask stops at the city: too coarse is safe, too fine is not.
_NOT_FINER = "(?:(?![路街道巷弄号镇乡村组小社园校厂库景])[\u4e00-\u9fff])"
_DOWN_TO_COUNTY = re.compile(
    "(?:[\u4e00-\u9fff]{2,7}?(?:省|自治区))?"
    "(?:[\u4e00-\u9fff]{1,9}?(?:市|自治州|地区|盟))?"
    f"(?:{_NOT_FINER}{{1,9}}?(?:自治县|自治旗)|{_NOT_FINER}{{1,3}}?[县区市旗])"
)


def mask_id_number(number: str) -> str:
    """Return an identity number (or any document number) with only the first 3 and last 4 characters left.

    A number of fewer than 10 characters is hidden wholly, since the rest would tell it.
    """
    return _keep_ends(number, first=3, last=4, least_hidden=3)


def mask_mobile(number: str) -> str:
    """Return a mobile number with its middle hidden: ``138****5678``; a landline alike."""
    return _keep_ends(number, first=3, last=4, least_hidden=3)


def mask_email(address: str) -> str:
    """Return an e-mail address with only the first character of its local part: ``z***@example.com``.

    The number of stars is fixed, so that it does not tell the length. What has no ``@`` is hidden wholly.
    """
    local, at, host = address.strip().rpartition("@")
    if not at or not local or not host:
        return _STAR * len(address.strip())
    return f"{local[0]}***@{host}"


def mask_person_name(name: str) -> str:
    """Return a natural person's name as in published decisions: surname and 某 (``张某``, ``欧阳某``).

    A foreign or minority name, which has no surname of one character, keeps its first letter: ``J***``; ``买买提·艾力``
    becomes ``买某``.
    """
    name = unicodedata.normalize("NFKC", name).strip()
    if not name:
        return ""
    if not _is_han(name[0]):
        return f"{name[0]}***"
    surname = name[: _surname_length(name)]
    return f"{surname}某"


def mask_person_name_by_star(name: str) -> str:
    """Return a natural person's name for lists, with a star for each hidden character: ``张*``, ``张**``."""
    name = unicodedata.normalize("NFKC", name).strip()
    if len(name) < 2:
        return _STAR * len(name)
    kept = _surname_length(name)
    return name[:kept] + _STAR * (len(name) - kept)


def mask_address(address: str) -> str:
    """Return a home address down to its county only: ``湖北省黄石市下陆区***``.

    Where the county cannot be told apart it stops at the city, and where nothing can, everything is hidden.
    """
    county = _DOWN_TO_COUNTY.match(address.strip())
    return f"{county.group()}***" if county else "***"


def _surname_length(name: str) -> int:
    return 2 if len(name) > 2 and _LONG_SURNAME.match(name) else 1


def _keep_ends(text: str, *, first: int, last: int, least_hidden: int) -> str:
    text = text.strip()
    hidden = len(text) - first - last
    if hidden < least_hidden:
        return _STAR * len(text)
    return text[:first] + _STAR * hidden + text[-last:]


def _is_han(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("CJK ")
