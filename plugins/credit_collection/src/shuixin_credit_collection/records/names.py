"""Names of qualifications as lists print them (资质名称): one text that says category, industry, specialty and grade.

``工程设计水利行业灌溉排涝专业乙级`` is 工程设计, 水利, 灌溉排涝, 乙级; ``水利水电工程施工总承包一级`` is 施工总承包,
水利水电工程, 一级.
"""

import re
import unicodedata
from collections.abc import Iterator

from shuixin_credit_collection.records.codes import code_list

_REMARK = re.compile(r"\(.*?\)")
_FILLERS = ("专业", "类", "行业", "资质", "工程施工")


def parts_of_name(name: str) -> dict[str, str] | None:
    """Return the labels of category, industry, specialty and grade that *name* says; ``None`` if it cannot be read.

    Category and grade must be there; what is left over and is no industry or specialty makes it unreadable.
    """
    whole = _REMARK.sub("", "".join(unicodedata.normalize("NFKC", name).split()))
    grade = next(((whole.removesuffix(end), label) for end, label in _names("grade") if whole.endswith(end)), None)
    if grade is None:
        return None
    readings = [
        {"category": category, **rest, "grade": grade[1]}
        for written, category in _names("category")
        if written in grade[0] and (rest := _rest(grade[0].replace(written, "", 1))) is not None
    ]
    return max(readings, key=len, default=None)


def _rest(text: str) -> dict[str, str] | None:
    """Return industry and specialty that *text* says, ``None`` if it says something else beside them."""
    found: dict[str, str] = {}
    for written, label in _names("industry"):
        if f"{written}行业" in text or text.startswith(f"{written}行业"):
            text, found["industry"] = text.replace(f"{written.removesuffix('行业')}行业", "", 1), label
            break
    bare = text.removesuffix("专业")
    for written, label in _names("specialty"):
        if bare in (written, f"{written}工程", f"{written}施工", f"{written}专业"):
            return {**found, "specialty": label}
    for filler in _FILLERS:
        bare = bare.replace(filler, "")
    return None if bare else found


def _names(part: str) -> Iterator[tuple[str, str]]:
    """Yield every name in use of a list of qualifications, the longest first, with the label it stands for."""
    names = {
        written: wording.label
        for entry in code_list(f"qualification_{part}").entries
        for wording in entry.wordings
        for written in (wording.label, *wording.writings)
    }
    yield from sorted(names.items(), key=lambda pair: -len(pair[0]))
