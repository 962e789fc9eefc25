"""Every screen text has its English words, in the core and in each plugin."""

from pathlib import Path

import pytest

from shuixin.i18n import extraction

ROOT = Path(__file__).parents[2]
PACKAGES = [ROOT / "core/shuixin", *sorted(ROOT.glob("plugins/*/src/shuixin_*"))]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_text_of_a_package_is_translated(package: Path) -> None:
    assert extraction.gaps(package, "en") == []


def test_a_missing_a_left_over_and_a_misfilled_text_are_named(tmp_path: Path) -> None:
    package = tmp_path / "shuixin_sample"
    (package / "translations").mkdir(parents=True)
    (package / "page.py").write_text('_("新")\n_("共{count}条")\n', "utf-8")
    (package / "translations/en.po").write_text(
        'msgid "旧"\nmsgstr "old"\n\nmsgid "共{count}条"\nmsgstr "{number} in all"\n', "utf-8"
    )
    reasons = {gap.source: gap.reason for gap in extraction.gaps(package, "en")}
    assert reasons == {"旧": "vanished", "新": "not translated", "共{count}条": "other places in braces"}
    assert extraction.update(package, "en") == 1
    assert [gap.source for gap in extraction.gaps(package, "en")] == ["共{count}条", "新"]
