"""Notices in the site: made once inside the sender's transaction, read by one account, swept when they are old."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from peewee import CharField, IntegerField, ModelSelect

from shuixin.database import BaseModel, JSONField, UTCDateTimeField, db
from shuixin.kit import clock
from shuixin.texts import Text

#: Words as a sender has them: a text, plain words (what somebody typed), or several of them.
Words = Text | str | Iterable["Words"]


class Mailing:
    """What became of a notice's mail."""

    DUE = "due"
    #: Handed to the mail server just now; one that stays so is doubtful, and is never sent again.
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    DOUBTFUL = "doubtful"


class Notice(BaseModel):
    """One thing that one account is told; ``key`` is given by the sender and tells it apart for good."""

    addressee = IntegerField()
    kind = CharField(max_length=60)
    key = CharField(max_length=120)
    #: Words in the form of :func:`packed`, so that each reader gets them in the own language.
    title = JSONField()
    text = JSONField()
    link = CharField(max_length=300)
    created_at = UTCDateTimeField(index=True)
    read_at = UTCDateTimeField(null=True)
    mailing = CharField(max_length=10, default=Mailing.DUE, index=True)
    mailed_at = UTCDateTimeField(null=True)

    class Meta:
        """Core table."""

        table_name = "shuixin_notice"
        indexes = ((("addressee", "key"), True), (("addressee", "read_at"), False))


def send(
    addressees: Iterable[int],
    *,
    kind: str,
    key: str,
    title: Text | str,
    text: Words,
    link: str,
    now: datetime | None = None,
) -> int:
    """Tell each of *addressees* (account numbers; 0 is nobody) once, and return how many were told now.

    A notice of the same key to the same account is not made again, whatever it says. It belongs to the sender's
    transaction: rolled back with it, and mailed only after the commit.

    :param link: address within this site, beginning with one slash.
    :raises RuntimeError: there is no transaction.
    :raises ValueError: the link leads elsewhere.
    """
    if not db.in_transaction():
        raise RuntimeError(f"notice {key!r} outside a transaction")
    if not link.startswith("/") or link[:2] in ("//", "/\\") or any(ord(sign) < ord("!") for sign in link):
        raise ValueError(f"notice {key!r}: {link!r} is no address within the site")
    facts = {"kind": kind, "key": key, "title": packed(title), "text": packed(text), "link": link}
    at, wanted = now or clock.now(), {*addressees} - {0}
    told = {each.addressee for each in Notice.select(Notice.addressee).where(Notice.key == key)}
    for number in sorted(wanted - told):
        # Somebody may be telling the same at this moment.
        Notice.insert({**facts, "addressee": number, "created_at": at}).on_conflict_ignore().execute()
    return len(wanted - told)


def of_addressee(addressee: int) -> "ModelSelect[Notice]":
    """Return what the account was told, the newest first."""
    return Notice.select().where(Notice.addressee == addressee).order_by(Notice.id.desc())


def unread(addressee: int) -> int:
    """Return how many notices the account has not read."""
    return int(Notice.select().where(Notice.addressee == addressee, Notice.read_at.is_null()).count())


def open_notice(addressee: int, number: int, now: datetime) -> str:
    """Mark one notice of the account read and return where it leads; ``""`` if it has none of that number."""
    found: Notice | None = of_addressee(addressee).where(Notice.id == number).first()
    if found is None:
        return ""
    mark_read(addressee, now, number)
    return str(found.link)


def mark_read(addressee: int, now: datetime, number: int = 0) -> int:
    """Mark the account's unread notices read, or the one of *number*; return how many."""
    mine = (Notice.addressee == addressee) & Notice.read_at.is_null()
    query = Notice.update(read_at=now).where(mine & (Notice.id == number) if number else mine)
    return int(query.execute())


def sweep(before: datetime) -> int:
    """Remove notices made before *before*, read or not, and return how many."""
    return int(Notice.delete().where(Notice.created_at < before).execute())


def packed(words_: Words) -> Any:
    """Return *words_* as JSON: texts with their domain and values, to be translated when they are read."""
    if isinstance(words_, Text):
        values = {name: packed(value) for name, value in words_.values.items()}
        return {"domain": words_.domain, "source": words_.source, "values": values}
    if isinstance(words_, str) or not isinstance(words_, Iterable):
        return str(words_)
    return [packed(each) for each in words_]


def words(packed_: Any) -> str:
    """Return what :func:`packed` made, in the language of the reader; lines of a list each for itself."""
    if isinstance(packed_, Mapping):
        values = {name: words(value) for name, value in packed_["values"].items()}
        return str(Text(packed_["domain"], packed_["source"], values))
    return "\n".join(map(words, packed_)) if isinstance(packed_, list) else str(packed_)
