"""The base of all records, and what is read off a record class."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from peewee import BooleanField, CharField, DateField, ForeignKeyField, IntegerField

from shuixin.api import BaseModel, Problem, Text, UTCDateTimeField
from shuixin_credit_collection.models import Filing, Subject
from shuixin_credit_collection.records.fields import FieldSpec, Kind
from shuixin_credit_collection.records.items import Item
from shuixin_credit_collection.records.values import for_column, from_json, to_json

__all__ = ["Record", "RecordType", "record_type_of"]

Check = Callable[[Mapping[str, Any]], list[Problem]]
#: The title of a column, and what turns its text into field -> text (``None``: it cannot be read).
Shorthand = tuple[Text, Callable[[str], dict[str, str] | None]]


class Record(BaseModel):
    """What one version of a record in the Register (信用档案) says about some days. Rows are added, never overwritten.

    A row holds on the legal days from ``holds_from`` until before ``holds_to`` (empty: until further notice), and is
    what the Register said from ``recorded_at`` until before ``superseded_at`` (empty: still). An approval records all
    that it touches as a new version; the present is the row with both ends empty. ``removed`` says that on these days
    the record is not in the Register. Subclasses declare fields and an inner class ``Declaration`` (see
    :class:`RecordType`); the rule by which rows are written is in ``services.register``.
    """

    subject = ForeignKeyField(Subject, on_delete="RESTRICT", index=True)
    key = CharField(max_length=32, index=True)
    version = IntegerField()
    # Not valid_from and valid_to: certificates have fields of these names.
    holds_from = DateField()
    holds_to = DateField(null=True)
    recorded_at = UTCDateTimeField()
    superseded_at = UTCDateTimeField(null=True, index=True)
    filing = ForeignKeyField(Filing, on_delete="RESTRICT", index=True)
    #: What the national platform calls the record, and which state of it was last seen there.
    national_id = CharField(max_length=64, null=True)
    national_version = IntegerField(null=True)
    removed = BooleanField(default=False)

    class Meta:
        """Inherited by each record type: a version says one thing about a day."""

        indexes = ((("subject", "key", "version", "holds_from"), True),)

    class Declaration:
        """Overridden by each record type (see :class:`RecordType`); what it leaves out is as here."""

        code = ""
        label: Text
        item = Item.OTHER
        single = False
        title: tuple[str, ...] = ()
        publication = ""
        published = True
        authority_only = False
        kinds: tuple[str, ...] = ()
        evidence: Text | str = ""
        proven = False
        last_day = ""
        certificate: Text | str = ""
        shorthand: Shorthand | None = None
        order = 900


@dataclass(frozen=True)
class RecordType:
    """What a record class declares.

    :param item: which of the eight items it belongs to.
    :param single: one record per subject (基本信息) rather than a list.
    :param title: fields that name a record in lists.
    :param publication: topic of the policy set that limits how long records are public; ``""`` for no limit.
    :param published: whether the public sees it at all.
    :param authority_only: an enterprise never files it.
    :param kinds: kinds of subject (主体类别) that have it, none for all.
    :param evidence: which documents belong to a record, in words.
    :param proven: an enterprise files a new one with a document only, and another value of what identifies one, too.
    :param last_day: the field with the last day of what a record certifies, of which its holder is reminded;
        *certificate* says what that is where a record's title does not.
    :param shorthand: a further column of its sheet that says several fields in one text, and what takes it apart.
    :param fields: all fields; those of ``typed`` are written by people, the others are derived from them.
    :param check: problems of a whole record; ``advice`` what is pointed out and does not bar it.
    :param settled: whether a record, once so, is changed by the authority only.
    """

    code: str
    label: Text
    model: type[Record]
    item: Item
    single: bool
    title: tuple[str, ...]
    publication: str
    published: bool
    authority_only: bool
    kinds: tuple[str, ...]
    evidence: Text | str
    proven: bool
    last_day: str
    certificate: Text | str
    shorthand: "Shorthand | None"
    order: int
    fields: tuple[FieldSpec, ...]
    check: Check
    advice: Check
    settled: Callable[[Mapping[str, Any]], bool]

    @cached_property
    def typed(self) -> tuple[FieldSpec, ...]:
        """The fields that people write."""
        return tuple(spec for spec in self.fields if spec.derived is None)

    @cached_property
    def derived(self) -> tuple[FieldSpec, ...]:
        """The fields that are worked out from those."""
        return tuple(spec for spec in self.fields if spec.derived is not None)

    @cached_property
    def secrets(self) -> tuple[FieldSpec, ...]:
        """The fields that are kept sealed."""
        return tuple(spec for spec in self.typed if spec.kind is Kind.SECRET)

    @cached_property
    def links(self) -> tuple[FieldSpec, ...]:
        """The fields that lead to other records."""
        return tuple(spec for spec in self.typed if spec.to)

    @cached_property
    def by_name(self) -> dict[str, FieldSpec]:
        """All fields by name."""
        return {spec.name: spec for spec in self.fields}

    @cached_property
    def identifying(self) -> tuple[FieldSpec, ...]:
        """The fields that tell one record from another."""
        return tuple(spec for spec in self.fields if spec.identifying)

    @cached_property
    def summary(self) -> tuple[str, ...]:
        """Names of the few fields that a list of records shows: the title, what must be there, what tells apart."""
        shown = [spec for spec in self.typed if spec.kind not in (Kind.SECRET, Kind.LONG, Kind.FILE)]
        telling = [spec.name for spec in shown if spec.required or spec.identifying]
        return tuple(dict.fromkeys([*self.title, *telling, *(spec.name for spec in shown)]))[:5]

    def field(self, name: str) -> FieldSpec:
        """Return the declaration of one field."""
        return self.by_name[name]

    def columns_of(self, record: Record) -> dict[str, Any]:
        """Return the stored values of *record*, JSON-friendly."""
        return {spec.name: to_json(spec, getattr(record, spec.name)) for spec in self.fields}

    def for_columns(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return *values* as the model's columns take them; derived fields are worked out anew."""
        plain = {spec.name: from_json(spec, values.get(spec.name)) for spec in self.typed}
        found = {spec.name: spec.derived(plain) if spec.derived else values.get(spec.name) for spec in self.fields}
        return {spec.name: for_column(spec, found[spec.name]) for spec in self.fields}


@lru_cache(maxsize=256)
def record_type_of(model: type[Record]) -> RecordType:
    """Read the declaration off *model*; what it leaves out is as :class:`Record` says."""

    def said(name: str, otherwise: Any = None) -> Any:
        return getattr(model.Declaration, name, getattr(Record.Declaration, name, otherwise))

    fields = tuple(
        replace(field.declared, name=field.name) for field in model._meta.sorted_fields if hasattr(field, "declared")
    )
    plain = (
        "code",
        "label",
        "item",
        "single",
        "title",
        "publication",
        "published",
        "authority_only",
        "kinds",
        "proven",
    )
    return RecordType(
        **{name: said(name) for name in (*plain, "last_day", "certificate", "evidence", "shorthand", "order")},
        model=model,
        fields=fields,
        check=said("check", _nothing),
        advice=said("advice", _nothing),
        settled=said("settled", lambda _values: False),
    )


def _nothing(_values: Mapping[str, Any]) -> list[Problem]:
    return []
