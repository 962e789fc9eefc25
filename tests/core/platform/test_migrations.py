"""Schema: every owner forward, back and forward again, with nothing left over and nothing missing."""

import pytest
from flask import Flask

from shuixin.database import connect, db
from shuixin.database.drift import drift
from shuixin.database.migrations import History
from shuixin.models import core_models
from shuixin.platform import Platform

pytestmark = pytest.mark.usefixtures("platform_app")


@pytest.fixture
def platform(platform_app: Flask) -> Platform:
    found: Platform = platform_app.extensions["shuixin"]
    return found


def _models(platform: Platform) -> list[type]:
    return [*core_models(), *(each for _name, some in platform.loaded.contributions("models") for each in some.classes)]


def test_a_fresh_installation_has_nothing_pending_and_no_drift(platform: Platform) -> None:
    assert [history.owner for history in platform.histories()][:2] == ["shuixin", "credit_collection"]
    assert {history.owner: history.pending(db.obj) for history in platform.histories() if history.pending(db.obj)} == {}
    assert drift(db.obj, _models(platform)) == []


def test_applying_again_does_nothing(platform: Platform) -> None:
    assert [step for history in platform.histories() for step in history.apply(db.obj)] == []


def test_a_plugin_goes_back_and_forward_alone(platform: Platform) -> None:
    news = next(history for history in platform.histories() if history.owner == "news")
    before = set(db.get_tables())
    assert news.rollback(db.obj) == ["0001_initial"]
    left = set(db.get_tables())
    assert {name for name in before - left if not name.startswith("news_")} == set()
    assert {name for name in left if name.startswith("news_")} <= {"news_migrations"}
    assert news.pending(db.obj) == ["0001_initial"]
    assert news.apply(db.obj) == ["0001_initial"]
    assert drift(db.obj, _models(platform)) == []
    assert set(db.get_tables()) == before


def test_everything_goes_back_to_nothing(platform: Platform) -> None:
    for history in reversed(platform.histories()):
        while history.rollback(db.obj):
            pass
    left = {name for name in db.get_tables() if not name.endswith("_migrations")}
    assert {name for name in left if not name.startswith("sqlite_")} == set()


def test_drift_is_named(platform: Platform) -> None:
    db.execute_sql("ALTER TABLE news_column DROP COLUMN label_en")
    found = drift(db.obj, _models(platform))
    assert found
    assert any("label_en" in line for line in found)


def test_a_step_that_fails_leaves_the_schema_as_it_was(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("steps")
    (folder / "0001_bad.py").write_text(
        "def up(migrator, db):\n"
        "    db.execute_sql('CREATE TABLE half_made (id INTEGER)')\n"
        "    db.execute_sql('CREATE NONSENSE')\n\n\n"
        "def down(migrator, db):\n    pass\n"
    )
    history = History("broken", folder)
    with pytest.raises(Exception, match=r"(?i)syntax"):
        history.apply(db.obj)
    assert "half_made" not in db.get_tables()
    assert history.pending(db.obj) == ["0001_bad"]


def test_connecting_elsewhere_is_refused_in_words() -> None:
    from shuixin.errors import Misconfigured

    here = db.obj
    try:
        for url in ("mysql://localhost/x", "nonsense", ""):
            with pytest.raises(Misconfigured, match="不受支持"):
                connect(url)
    finally:
        db.initialize(here)
