"""The drawing of the way of a filing is the code's."""

from pathlib import Path

import build_paths
import pytest

from shuixin.kit import review


def test_the_drawing_is_up_to_date() -> None:
    assert build_paths.main(["--check"]) == 0


def test_every_step_is_drawn_and_tabled() -> None:
    page = build_paths.render()
    for (stage, act), following in review.PATH.steps.items():
        assert f"    {stage} --> {following}: " in page
        words = [review.STAGE_WORDS[each].source for each in (stage, following)]
        assert f"| {words[0]} | {build_paths.ACTS[act].source} | {words[1]} |" in page


def test_another_path_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(build_paths, "TARGET", tmp_path / "filing-path.md")
    assert build_paths.main(["--check"]) == 1
    assert build_paths.main([]) == 0
    assert build_paths.main(["--check"]) == 0
