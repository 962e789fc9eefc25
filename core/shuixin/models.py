"""All tables of the core, for the drift check and the first migration."""

from shuixin.accounts import LoginSession, RoleGrant, User
from shuixin.accounts.models import PasswordUse, RecoveryCode, SignInAttempt
from shuixin.audit import AuditEntry, AuditHead
from shuixin.database import BaseModel
from shuixin.jobs.models import JobRequest, JobRun
from shuixin.kit.attachments import Attachment
from shuixin.kit.challenges import Challenge
from shuixin.kit.numbering import Counter, VoidedNumber
from shuixin.plugins.tables import Generation, PluginAsset, PluginFault, PluginSettings, PluginSwitch
from shuixin.units import Unit


def core_models() -> tuple[type[BaseModel], ...]:
    """Return the core's models, referred ones first."""
    return (
        Unit,
        User,
        RoleGrant,
        LoginSession,
        SignInAttempt,
        Challenge,
        PasswordUse,
        RecoveryCode,
        AuditHead,
        AuditEntry,
        Generation,
        PluginSwitch,
        PluginFault,
        PluginAsset,
        PluginSettings,
        JobRun,
        JobRequest,
        Counter,
        VoidedNumber,
        Attachment,
    )
