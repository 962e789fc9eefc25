"""Code lists (数据字典): shipped as TOML, changed by people, looked up by code, label or writing as of a day.

    grades = Dictionary("example.grade", read_lists(path)["grade"])
    grades.labels(day)                # what a form offers on that day
    grades.find("甲", day)            # "a": the code that a label or another writing means
    grades.label("a", day)            # how the code was called then

A code, once used, stays what it is: it is only ended, and how it is called may change from a day on.
"""

from shuixin.kit.dictionaries.entries import Dictionary, Entry, Wording, check, read_lists
from shuixin.kit.dictionaries.table import DictionaryEntry, Lists, add, change, current, follow, remove, reworded

__all__ = [
    "Dictionary",
    "DictionaryEntry",
    "Entry",
    "Lists",
    "Wording",
    "add",
    "change",
    "check",
    "current",
    "follow",
    "read_lists",
    "remove",
    "reworded",
]
