"""The record types of this plugin: the eight items (八项信息), a module each (DOMAIN §3)."""

from pathlib import Path

from shuixin.api import Models
from shuixin_credit_collection.items.asset import AnnualReport, Equipment
from shuixin_credit_collection.items.bad import BadRecord
from shuixin_credit_collection.items.basic import BasicInformation, HistoryEvent, ManagementCertificate, Subsidiary
from shuixin_credit_collection.items.good import GoodRecord
from shuixin_credit_collection.items.outside import OutsideEquipment, OutsideFiling, OutsideStaff
from shuixin_credit_collection.items.people import Headcount, Person, PersonCertificate
from shuixin_credit_collection.items.performance import Performance, PerformanceAward, PerformanceStaff
from shuixin_credit_collection.items.qualification import FoundingApproval, Qualification
from shuixin_credit_collection.models import (
    ApiToken,
    Claim,
    ClaimsKept,
    Clash,
    Commitment,
    Expiry,
    Filing,
    FilingEvent,
    FilingItem,
    ImportBatch,
    ImportRow,
    ImportUnit,
    Subject,
)
from shuixin_credit_collection.records import Record

RECORDS: tuple[type[Record], ...] = (
    BasicInformation,
    Subsidiary,
    ManagementCertificate,
    HistoryEvent,
    Qualification,
    FoundingApproval,
    Person,
    PersonCertificate,
    Headcount,
    Performance,
    PerformanceStaff,
    PerformanceAward,
    AnnualReport,
    Equipment,
    GoodRecord,
    BadRecord,
    OutsideFiling,
    OutsideStaff,
    OutsideEquipment,
)
MODELS = Models(
    (
        Subject,
        Filing,
        FilingItem,
        FilingEvent,
        Commitment,
        ImportBatch,
        ImportUnit,
        ImportRow,
        ApiToken,
        Claim,
        ClaimsKept,
        Expiry,
        Clash,
        *RECORDS,
    ),
    Path(__file__).parent.parent / "migrations",
    indexes=("credit_collection_subject_search",),
)
