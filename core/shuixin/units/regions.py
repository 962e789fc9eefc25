"""Region codes: data in ``regions.toml``, looked up by code or by any usual way of writing the name."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True)
class Region:
    """A region: six-digit code, name, and whether a form may offer it."""

    code: str
    name: str
    selectable: bool = True

    @property
    def level(self) -> str:
        """``province``, ``city`` or ``county``."""
        if self.code.endswith("0000"):
            return "province"
        return "city" if self.code.endswith("00") else "county"


@lru_cache(maxsize=1)
def _table() -> dict[str, Region]:
    data = tomllib.loads((Path(__file__).parent / "regions.toml").read_text(encoding="utf-8"))
    hidden = set(data["not_selectable"])
    return {code: Region(code, name, code not in hidden) for code, name in data["regions"].items()}


@lru_cache(maxsize=1)
def _by_name() -> dict[str, Region]:
    names: dict[str, Region] = {}
    for region in _table().values():
        for name in {region.name, region_name(region.code)}:
            names.setdefault(name, region)
    return names


def selectable_regions() -> list[Region]:
    """Return all regions a form may offer, by code."""
    return [region for region in _table().values() if region.selectable]


def regions_below(code: str) -> list[Region]:
    """Return the selectable regions directly or indirectly below *code*, itself not included."""
    prefix = code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code
    return [region for region in selectable_regions() if region.code.startswith(prefix) and region.code != code]


def find_region(text: str) -> Region | None:
    """Return the selectable region named by a code, a name (大冶市) or a full name (湖北省黄石市大冶市)."""
    text = text.strip()
    region = _table().get(text) or _by_name().get(text) or _by_name().get(f"{text}市") or _by_name().get(f"{text}省")
    return region if region and region.selectable else None


def region_name(code: str) -> str:
    """Return the full name from the province down, e.g. 湖北省黄石市大冶市; the code itself if unknown."""
    table = _table()
    chain = dict.fromkeys((f"{code[:2]}0000", f"{code[:4]}00", code))
    return "".join(table[part].name for part in chain if part in table) or code
