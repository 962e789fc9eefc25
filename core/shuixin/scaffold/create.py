"""Writing a new plugin that runs, is tested and is translated before its author has changed a line."""

import keyword
import re
from pathlib import Path

from packaging.version import Version

from shuixin import __version__
from shuixin.errors import Refused
from shuixin.i18n import LANGUAGES
from shuixin.i18n.extraction import update
from shuixin.plugins.ownership import RESERVED
from shuixin.texts import domain

_ = domain("shuixin")
TEMPLATE = Path(__file__).parent / "template"
SUFFIX = ".tmpl"
LONGEST_LABEL = 20
#: Short enough for table names with their suffixes on every engine.
NAME = re.compile(r"[a-z][a-z0-9_]{2,29}")


def create(name: str, into: Path, *, label: str = "") -> list[Path]:
    """Write the distribution ``<into>/<name>/`` and return its files; nothing that exists is touched.

    :param name: the plugin's id: small letters, digits and ``_``, 3 to 30 characters.
    :param label: what people call it, in Chinese; the id if none is given.
    :raises Refused: the name cannot be used, or the folder exists.
    """
    _check(name, into / name)
    label = " ".join(label.split())[:LONGEST_LABEL].replace('"', "”")
    words = {
        "@NAME@": name,
        "@DASHED@": name.replace("_", "-"),
        "@CLASS@": "".join(part.capitalize() for part in name.split("_")),
        "@LABEL@": label or name,
        "@NAME_EN@": name.replace("_", " ").capitalize(),
        "@CORE@": core_range(__version__),
    }
    made = [_write(path, into / name, words) for path in sorted(TEMPLATE.rglob(f"*{SUFFIX}"))]
    for language in list(LANGUAGES)[1:]:  # in the order in which later updates write
        update(into / name / "src" / f"shuixin_{name}", language)
    return made


def core_range(version: str) -> str:
    """Return the range of cores for which a plugin written today is made: this minor version up to the next major."""
    now = Version(version)
    return f">={now.major}.{now.minor},<{now.major + 1}"


def _check(name: str, folder: Path) -> None:
    if not NAME.fullmatch(name) or keyword.iskeyword(name) or name.endswith("_"):
        raise Refused(_("插件编号“{name}”不可用：应以小写字母开头，由3至30个小写字母、数字或下划线组成。", name=name))
    if name in RESERVED:
        raise Refused(_("插件编号{id}是平台保留的名称，请换一个。", id=name))
    if folder.exists():
        raise Refused(_("{path}已存在，请换一个编号或目录。", path=str(folder)))


def _write(template: Path, folder: Path, words: dict[str, str]) -> Path:
    path = folder / _filled(template.relative_to(TEMPLATE).as_posix().removesuffix(SUFFIX), words)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_filled(template.read_text("utf-8"), words), "utf-8")
    return path


def _filled(text: str, words: dict[str, str]) -> str:
    for place, word in words.items():
        text = text.replace(place, word)
    return text
