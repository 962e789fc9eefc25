"""Every screen text has its English words, in the core and in each plugin."""

from pathlib import Path

import pytest
from jinja2 import TemplateSyntaxError

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


def test_a_template_that_cannot_be_read_takes_no_texts_away(tmp_path: Path) -> None:
    folder = tmp_path / "templates" / "x"
    folder.mkdir(parents=True)
    (folder / "a.html").write_text('{% if a %}{{ _("词") }}', "utf-8")
    with pytest.raises(TemplateSyntaxError, match="Unexpected end of template"):
        extraction.texts_of(tmp_path)
