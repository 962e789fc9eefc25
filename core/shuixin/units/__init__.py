"""Units (单位) and regions (行政区划, GB/T 2260)."""

from shuixin.kit.regions import Region
from shuixin.units.models import Unit
from shuixin.units.regions import find_region, region_name, regions_below, selectable_regions

__all__ = ["Region", "Unit", "find_region", "region_name", "regions_below", "selectable_regions"]
