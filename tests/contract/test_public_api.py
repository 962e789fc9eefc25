"""What plugins rely on changes only with words for the changelog or a new version; see ``docs/build_api.py``."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import build_api
import pytest
from build_api import TARGET, Refusal, Snapshot, accept, class_lines, present, public_lines, read, shortcomings

import shuixin
from shuixin import api
from shuixin.hookspecs import RESULTS

LINES = ("shuixin.api.find(name: str) -> int", "shuixin.api.gone()")
CHANGED = ("shuixin.api.find(name: str, *, strict: bool = False) -> int",)
NEWS = {"1.feature.md": "aa"}
STORED = Snapshot(LINES, "0.1.0", NEWS)


def test_the_snapshot_is_what_the_code_offers() -> None:
    found = shortcomings(TARGET.read_text("utf-8"), public_lines(), shuixin.__version__, present())
    assert not found, "\n".join(found)


def test_nothing_public_is_left_out() -> None:
    lines = public_lines()
    heads = {found for line in lines for found in re.findall(r"\bshuixin\.api\.\w+", line)}
    assert {f"shuixin.api.{name}" for name in api.__all__} <= heads
    assert {f"hook {name}(self)" for name in RESULTS} <= {line.split(" -> ")[0] for line in lines}
    assert any(line.startswith("fixture shuixin.testing.") for line in lines)
    assert "shuixin.api.clock.now() -> datetime" in lines
    assert len(lines) == len(set(lines))
    assert not [line for line in lines if " at 0x" in line or str(Path(shuixin.__file__).parent) in line]


# --- which changes pass -----------------------------------------------------------------------------------------


def _shortcomings(stored: str, lines: Sequence[str] = LINES, version: str = "0.1.0") -> str:
    return "\n".join(shortcomings(stored, lines, version, NEWS))


def test_what_is_stored_is_read_again() -> None:
    assert read(STORED.text()) == STORED
    assert _shortcomings(STORED.text()) == ""


def test_any_difference_is_named_with_what_to_do() -> None:
    message = _shortcomings(STORED.text(), CHANGED)
    assert "run: make api" in message
    assert "news fragment" in message
    assert "raise the version" in message
    assert f"- {LINES[1]}" in message
    assert f"+ {CHANGED[0]}" in message


@pytest.mark.parametrize(
    "edited",
    [
        STORED.text().replace("gone()", "gone(now: bool)"),
        STORED.text().replace("1.feature.md", "2.feature.md"),
        STORED.text().replace("0.1.0", "0.2.0"),
        STORED.text().replace("sealed: ", "sealed: 0"),
        "",
    ],
)
def test_a_hand_in_the_file_is_noticed(edited: str) -> None:
    assert "edited or merged by hand" in _shortcomings(edited)
    with pytest.raises(Refusal, match="make api"):
        read(edited)


def test_a_new_version_wants_a_new_snapshot() -> None:
    assert "of version 0.1.0, this is 0.2.0" in _shortcomings(STORED.text(), version="0.2.0")


def test_the_words_must_stay_until_the_release() -> None:
    assert shortcomings(STORED.text(), LINES, "0.1.0", {}) == [
        "The fragments that told of the interface are gone: 1.feature.md"
    ]


def test_a_change_that_nobody_is_told_of_is_not_accepted() -> None:
    with pytest.raises(Refusal, match="nobody is told") as refused:
        accept(STORED, CHANGED, "0.1.0", NEWS)
    assert f"- {LINES[1]}" in str(refused.value)


@pytest.mark.parametrize(
    ("last", "lines", "version", "fragments"),
    [
        (None, LINES, "0.1.0", {}),
        (STORED, LINES, "0.1.0", NEWS),
        (STORED, CHANGED, "0.1.0", {**NEWS, "2.removal.md": "bb"}),
        (STORED, CHANGED, "0.1.0", {"1.feature.md": "bb"}),
        (STORED, CHANGED, "0.2.0", {}),
    ],
)
def test_a_change_with_news_or_a_new_version_is_accepted(
    last: Snapshot | None, lines: Sequence[str], version: str, fragments: dict[str, str]
) -> None:
    assert shortcomings(accept(last, lines, version, fragments).text(), lines, version, fragments) == []


def test_only_news_that_plugin_authors_read_count(tmp_path: Path) -> None:
    for name in ("1.feature.md", "2.removal.md", "+word.feature.1.md", "3.bugfix.md", "+x.doc.md", "README.md"):
        (tmp_path / name).write_text(name, "utf-8")
    assert list(present(tmp_path)) == ["+word.feature.1.md", "1.feature.md", "2.removal.md"]


# --- what a line says -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sample:
    """With fields."""

    one: str
    two: int = 3

    def act(self, now: bool = True) -> None: ...
    def _hidden(self) -> None: ...
    @property
    def three(self) -> int: ...


class Colour(Enum):
    RED = "red"


def test_fields_members_and_signatures_are_held() -> None:
    assert class_lines("api.Sample", Sample, {}) == [
        "@dataclass(frozen=True) class api.Sample",
        "api.Sample.one: str",
        "api.Sample.two: int = 3",
        "api.Sample.act(self, now: bool=True) -> None",
        "@property api.Sample.three(self) -> int",
    ]
    assert class_lines("api.Colour", Colour, {}) == ["class api.Colour(Enum)", "api.Colour.RED = 'red'"]


def test_the_command_writes_refuses_and_recovers_from_a_merge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target, news = tmp_path / "public_api.txt", {"1.feature.md": "aa"}
    monkeypatch.setattr(build_api, "TARGET", target)
    monkeypatch.setattr(build_api, "present", lambda: news)
    assert build_api.main([]) == 0
    written = target.read_text("utf-8")
    monkeypatch.setattr(build_api, "public_lines", lambda: [*LINES])
    assert build_api.main([]) == 1
    assert "news fragment" in capsys.readouterr().err
    assert target.read_text("utf-8") == written
    target.write_text(f"<<<<<<< ours\n{written}=======\n>>>>>>> theirs\n", "utf-8")
    assert build_api.main([]) == 0
    assert read(target.read_text("utf-8")).lines == LINES
