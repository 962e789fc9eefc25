"""Settings: typed, layered, unknown keys refused by name."""

from pathlib import Path

import pytest

from shuixin.errors import Misconfigured
from shuixin.settings import load

SECRET = 'secret_key = "' + "s" * 40 + '"\n'


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine leaks in."""
    import os

    for name in [name for name in os.environ if name.startswith("SHUIXIN_")] + ["DATABASE_URL", "REDIS_URL"]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SHUIXIN_CONFIG", str(tmp_path))


def _write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, "utf-8")


def test_a_later_file_replaces_single_keys(tmp_path: Path) -> None:
    _write(tmp_path, default='[site]\nname = "甲"\naddress = "旧"\n', huangshi='[site]\naddress = "新"\n', local=SECRET)
    site = load().site
    assert (site.name, site.address) == ("甲", "新")


def test_environment_wins_over_files_and_arguments_over_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path, local=SECRET + 'session_hours = 1\ndatabase_url = "sqlite:///file.db"\n[site]\nname = "甲"\n')
    monkeypatch.setenv("DATABASE_URL", "postgresql://host/name")
    monkeypatch.setenv("SHUIXIN_SESSION_HOURS", "2")
    monkeypatch.setenv("SHUIXIN_SITE__NAME", "乙")
    found = load()
    assert (found.database_url, found.session_hours, found.site.name) == ("postgresql://host/name", 2, "乙")
    assert load(session_hours=3).session_hours == 3


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (SECRET + "sesion_hours = 1\n", "sesion_hours"),
        (SECRET + "[site]\nnmae = 'x'\n", "site.nmae"),
        (SECRET + "session_hours = 'many'\n", "session_hours"),
        (SECRET + "[site]\nregion = '42'\n", "site.region"),
        ("secret_key = 'short'\n", "secret_key"),
        ("", "secret_key"),
        ("secret_key = \n", "设置文件格式不正确"),
    ],
)
def test_a_mistake_is_named_by_its_key(text: str, word: str, tmp_path: Path) -> None:
    _write(tmp_path, local=text)
    with pytest.raises(Misconfigured) as refusal:
        load()
    assert word in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_secret_is_not_shown(tmp_path: Path) -> None:
    _write(tmp_path, local=SECRET)
    assert "sss" not in repr(load())


def test_files_can_be_named_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path, one=SECRET, two="[site]\nname = '乙'\n")
    monkeypatch.setenv("SHUIXIN_CONFIG", f"{tmp_path / 'one.toml'}:{tmp_path / 'two.toml'}")
    assert load().site.name == "乙"
