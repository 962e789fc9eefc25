"""All tables of the core, for the drift check and the first migration."""

from shuixin.accounts import LoginSession, RoleGrant, User
from shuixin.accounts.models import (
    AddressCheck,
    Delegation,
    MadeRole,
    PasswordUse,
    RecoveryCode,
    RightUse,
    SignInAttempt,
)
from shuixin.audit import AuditEntry, AuditHead
from shuixin.database import BaseModel
from shuixin.jobs.models import JobRequest, JobRun
from shuixin.kit.attachments import Attachment
from shuixin.kit.calendar import CalendarYear
from shuixin.kit.challenges import Challenge
from shuixin.kit.dictionaries import DictionaryEntry
from shuixin.kit.following import Revision
from shuixin.kit.notices import Notice
from shuixin.kit.numbering import Counter, VoidedNumber
from shuixin.kit.regions import RegionChange
from shuixin.office.models import Export
from shuixin.plugins.tables import Generation, PluginAsset, PluginFault, PluginSettings, PluginSwitch
from shuixin.units import Unit
from shuixin.units.officers import Officer


def core_models() -> tuple[type[BaseModel], ...]:
    """Return the core's models, referred ones first."""
    return (
        Unit,
        User,
        MadeRole,
        RoleGrant,
        RightUse,
        LoginSession,
        SignInAttempt,
        Challenge,
        PasswordUse,
        RecoveryCode,
        AddressCheck,
        Delegation,
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
        Export,
        Revision,
        DictionaryEntry,
        CalendarYear,
        Officer,
        RegionChange,
        Notice,
    )
