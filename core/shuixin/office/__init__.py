"""The back office (后台管理): Flask-Admin behind two hardened bases; nothing else of it is used anywhere."""

from shuixin.office.bases import OfficeList, OfficePage, expose
from shuixin.office.build import build_office

__all__ = ["OfficeList", "OfficePage", "build_office", "expose"]
