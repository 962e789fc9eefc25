"""The tutorial says the same in both languages, and what it names exists."""

import re
from pathlib import Path

from shuixin.scaffold import create

ROOT = Path(__file__).parents[2]
ENGLISH = (ROOT / "docs" / "first-plugin.md").read_text("utf-8")
CHINESE = (ROOT / "docs" / "first-plugin.zh-CN.md").read_text("utf-8")
FENCE = re.compile(r"```\w+\n(.*?)```", re.DOTALL)


def test_both_languages_have_the_same_steps_and_commands() -> None:
    assert FENCE.findall(ENGLISH) == FENCE.findall(CHINESE)
    assert re.findall(r"^## (\d)", ENGLISH, re.M) == re.findall(r"^## (\d)", CHINESE, re.M)


def test_what_it_names_is_what_the_scaffold_writes(tmp_path: Path) -> None:
    written = "\n".join(path.read_text("utf-8") for path in create("rain_notes", tmp_path, label="雨情公告"))
    for name in ("rain_notes_editor", "def publish(", "Notice.create(", "class NoticesPage", "雨情公告"):
        assert name in written
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in set(re.findall(r"^\$ make ([a-z][a-z-]*)", ENGLISH, re.M)):
        assert re.search(rf"^{target}:", makefile, re.M), target
