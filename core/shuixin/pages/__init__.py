"""Pages: registering blueprints safely, the shell around them, errors, and the core's own public pages."""

from shuixin.pages.guard import permission_required
from shuixin.pages.shell import Breadcrumb

__all__ = ["Breadcrumb", "permission_required"]
