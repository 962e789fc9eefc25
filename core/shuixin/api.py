"""All that a plugin may import from the core; nothing else is stable."""

from flask_wtf import FlaskForm as Form

from shuixin.access import ANONYMOUS, Actor, Decision, Target, allowed, require, system_actor
from shuixin.access.decision import region_prefix
from shuixin.accounts import User, bind_subject, create_user, find_user
from shuixin.accounts.web import current_actor
from shuixin.audit import append as audit
from shuixin.cli.context import application, command_actor
from shuixin.contributions import (
    AccessLimit,
    Area,
    CommandGroup,
    DemoData,
    DemoSize,
    Feed,
    FeedEntry,
    Handler,
    HealthCheck,
    HomePanel,
    Job,
    MenuItem,
    Models,
    OfficeView,
    Permission,
    PublicPages,
    Role,
    Scope,
    SearchHit,
    SearchSource,
    SitemapUrls,
    WorkspacePages,
)
from shuixin.database import BaseModel, JSONField, UTCDateTimeField, VersionedModel, db, exclusive, transaction
from shuixin.deprecation import ShuixinDeprecationWarning, deprecated, removed_in
from shuixin.errors import Conflict, Forbidden, NotFound, PluginError, Problem, Refused, ShuixinError
from shuixin.events import announce
from shuixin.hookspecs import hookimpl, hookspec
from shuixin.i18n import language_of as html_language
from shuixin.jobs import report_progress, request_job
from shuixin.kit import (
    attachments,
    calendar,
    clock,
    documents,
    identifiers,
    masking,
    numbering,
    policies,
    review,
    sanitizing,
    search,
    tabular,
)
from shuixin.office import OfficeList, OfficePage, expose
from shuixin.pages import Breadcrumb, permission_required
from shuixin.pages.addresses import form_number, number_of, page_number
from shuixin.pages.files import send_attachment
from shuixin.pages.site import media_url
from shuixin.platform import current_platform, plugin_settings
from shuixin.plugins import Plugin
from shuixin.plugins.configuration import SettingsModel
from shuixin.setup import DEMO_ENTERPRISE, DEMO_PASSWORD
from shuixin.texts import Text, domain
from shuixin.units import Unit, find_region, region_name, regions_below, selectable_regions

__all__ = [
    "ANONYMOUS",
    "DEMO_ENTERPRISE",
    "DEMO_PASSWORD",
    "AccessLimit",
    "Actor",
    "Area",
    "BaseModel",
    "Breadcrumb",
    "CommandGroup",
    "Conflict",
    "Decision",
    "DemoData",
    "DemoSize",
    "Feed",
    "FeedEntry",
    "Forbidden",
    "Form",
    "Handler",
    "HealthCheck",
    "HomePanel",
    "JSONField",
    "Job",
    "MenuItem",
    "Models",
    "NotFound",
    "OfficeList",
    "OfficePage",
    "OfficeView",
    "Permission",
    "Plugin",
    "PluginError",
    "Problem",
    "PublicPages",
    "Refused",
    "Role",
    "Scope",
    "SearchHit",
    "SearchSource",
    "SettingsModel",
    "ShuixinDeprecationWarning",
    "ShuixinError",
    "SitemapUrls",
    "Target",
    "Text",
    "UTCDateTimeField",
    "Unit",
    "User",
    "VersionedModel",
    "WorkspacePages",
    "allowed",
    "announce",
    "application",
    "attachments",
    "audit",
    "bind_subject",
    "calendar",
    "clock",
    "command_actor",
    "create_user",
    "current_actor",
    "current_platform",
    "db",
    "deprecated",
    "documents",
    "domain",
    "exclusive",
    "expose",
    "find_region",
    "find_user",
    "form_number",
    "hookimpl",
    "hookspec",
    "html_language",
    "identifiers",
    "masking",
    "media_url",
    "number_of",
    "numbering",
    "page_number",
    "permission_required",
    "plugin_settings",
    "policies",
    "region_name",
    "region_prefix",
    "regions_below",
    "removed_in",
    "report_progress",
    "request_job",
    "require",
    "review",
    "sanitizing",
    "search",
    "selectable_regions",
    "send_attachment",
    "system_actor",
    "tabular",
    "transaction",
]
