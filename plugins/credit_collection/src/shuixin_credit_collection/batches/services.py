"""Batches as officers handle them: hand in a workbook, look at the outcome, leave units out, file, undo."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from peewee import ModelSelect

from shuixin.api import (
    Actor,
    Conflict,
    NotFound,
    Refused,
    Text,
    User,
    accounts,
    attachments,
    audit,
    clock,
    current_platform,
    domain,
    exclusive,
    notices,
    request_job,
    require,
    system_actor,
    transaction,
)
from shuixin_credit_collection.batches import filing, staging
from shuixin_credit_collection.models import ImportBatch, ImportRow, ImportUnit
from shuixin_credit_collection.permissions import IMPORT
from shuixin_credit_collection.workbook.gathering import gather

_ = domain("credit_collection")
OWNER_KIND = "credit_collection.batch"
JOB = "credit_collection.import"
Attachment = attachments.Attachment
#: Stages in which a job has the batch in hand, and what each leads to.
WORKING = ("reading", "judging", "filing", "undoing")


def receive(actor: Actor, stream: IO[bytes], name: str) -> ImportBatch:
    """Keep a workbook and let a job read and judge it.

    :raises Refused: the file is too large or no workbook; or the same one is in hand already.
    """
    require(actor, IMPORT)
    store = current_platform().store
    with store.received(stream, name, frozenset({"xlsx"})) as upload, transaction():
        exclusive("credit_collection.batches")
        batch = ImportBatch.create(
            name=name[:200],
            digest="",
            stage="reading",
            created_by=actor.id,
            creator_name=actor.name,
            created_at=clock.now(),
        )
        kept = store.keep(upload, owner_kind=OWNER_KIND, owner_key=str(batch.id), created_by=actor.id)
        _refuse_twice(kept.sha256)
        batch.save_if(batch.row_version, file=kept.id, digest=kept.sha256)
        _set_going(actor, batch, "credit.batch.receive")
    return batch


def _refuse_twice(digest: str) -> None:
    other = ImportBatch.get_or_none(ImportBatch.digest == digest, ImportBatch.stage.not_in(("undone", "failed")))
    if other is not None:
        raise Refused(_("这份表格已经导入过（{name}）。如需重新导入，请先撤销那一批。", name=other.name))


def _set_going(actor: Actor, batch: ImportBatch, what: str) -> None:
    audit(actor, what, "batch", str(batch.id), {"name": batch.name, "sha256": batch.digest})
    request_job(system_actor(str(_("批量导入"))), JOB, arguments={"batch": batch.id})


def own(actor: Actor) -> "ModelSelect[ImportBatch]":
    """Return the batches that *actor* may look at: the own ones; all of them for the system."""
    require(actor, IMPORT)
    rows = ImportBatch.select().order_by(ImportBatch.id.desc())
    return rows if actor.is_system else rows.where(ImportBatch.created_by == actor.id)


def find(actor: Actor, number: int) -> ImportBatch:
    """Return one of the actor's batches.

    :raises NotFound: there is none; somebody else's is answered alike.
    """
    batch = own(actor).where(ImportBatch.id == number).get_or_none()
    if batch is None:
        raise NotFound(_("没有找到这一批导入。"))
    return batch


def leave_out(actor: Actor, number: int, unit_id: int, *, left_out: bool) -> None:
    """Leave one unit out of the batch, or take it in again.

    :raises Conflict: the batch has been filed.
    """
    with transaction():
        batch = _judged(actor, number)
        changed = ImportUnit.update(left_out=left_out).where(ImportUnit.id == unit_id, ImportUnit.batch == batch)
        if not changed.execute():
            raise NotFound(_("没有找到这家单位。"))
        audit(actor, "credit.batch.leave_out", "batch", str(batch.id), {"unit": unit_id, "left_out": left_out})


def submit(actor: Actor, number: int, *, version: int) -> ImportBatch:
    """Let a job file the accepted rows of a judged batch, a filing per unit.

    :raises Refused: no row would change anything.
    :raises Conflict: somebody was quicker.
    """
    with transaction():
        batch = _judged(actor, number)
        if not accepted(batch).exists():
            raise Refused(_("没有可以提交的行。请按各行的原因改正表格后重新导入。"))
        batch.save_if(version, stage="filing")
        _set_going(actor, batch, "credit.batch.submit")
    return batch


def accepted(batch: ImportBatch) -> "ModelSelect[ImportRow]":
    """Return the rows of *batch* that will be filed."""
    left_out = ImportUnit.select(ImportUnit.uscc).where(ImportUnit.batch == batch, ImportUnit.left_out)
    return ImportRow.select().where(
        ImportRow.batch == batch, ImportRow.action.in_(("create", "change")), ImportRow.uscc.not_in(left_out)
    )


def undo(actor: Actor, number: int, *, version: int) -> ImportBatch:
    """Let a job take a filed batch back; what others changed since stays and is listed.

    :raises Conflict: the batch has not been filed, or is undone already.
    """
    with transaction():
        batch = find(actor, number)
        if batch.stage not in ("filed", "undone"):
            raise Conflict(_("这一批还没有提交，不需要撤销。"))
        batch.save_if(version, stage="undoing")
        _set_going(actor, batch, "credit.batch.undo")
    return batch


def _judged(actor: Actor, number: int) -> ImportBatch:
    batch = find(actor, number)
    if batch.stage != "judged":
        raise Conflict(_("这一批正在处理或已经提交，请刷新页面查看。"))
    return batch


def go_on(arguments: Mapping[str, Any]) -> Text | str:
    """Do what the batch waits for; interrupted anywhere, it goes on from there. The work of a job."""
    batch = ImportBatch.get_or_none(ImportBatch.id == arguments.get("batch"))
    if batch is None or batch.stage not in WORKING:
        return _("没有要处理的批次。")
    return run(actor_for(batch), batch, path_of(batch))


def run(actor: Actor, batch: ImportBatch, path: Path) -> Text | str:
    """Take *batch* as far as it goes without a person: to its outcome, to the filings, or back."""
    try:
        if batch.stage in ("reading", "judging"):
            with without_collecting():
                staging.take_in(batch, gather(path))
            _reach(batch, "judged", counts=staging.counts_of(ImportRow.batch == batch))
    except Refused as refused:
        lines = "；".join(f"{problem}" for problem in refused.problems[:20])
        _reach(batch, "failed", refused.message, message=f"{refused.message}{lines}")
        return refused.message
    if batch.stage == "filing":
        with without_collecting():
            filing.file_all(actor, batch, path)
        _reach(batch, "filed", filed_at=clock.now())
    elif batch.stage == "undoing":
        filing.undo_all(actor, batch)
        _reach(batch, "undone", undone_at=clock.now())
    return _("批次“{name}”处理完毕。", name=batch.name)


@contextmanager
def without_collecting() -> Iterator[None]:
    """Let Python look for no circles of objects meanwhile: rows have none, and there are very many of them."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def actor_for(batch: ImportBatch) -> Actor:
    """Return who handed the batch in, with the rights of now.

    :raises NotFound: the account is gone.
    """
    user = User.get_or_none(User.id == batch.created_by)
    if user is None:
        raise NotFound(_("导入人的账号已不存在。"))
    return accounts.actor_of(user, current_platform(), "import")


def path_of(batch: ImportBatch) -> Path:
    """Return where the workbook of *batch* lies.

    :raises NotFound: it is gone.
    """
    store = current_platform().store
    kept = Attachment.get_or_none(Attachment.id == batch.file)
    if kept is None:
        raise NotFound(_("没有找到上传的表格，请重新上传。"))
    return store.path_of(kept)


def _reach(batch: ImportBatch, stage: str, why: Text | str = "", **facts: Any) -> None:
    """End a step of *batch* and tell who handed it in, both or neither: nobody looks for a notice that is missing."""
    words = {
        "judged": _("已核对，请查看结果"),
        "filed": _("已提交审核"),
        "undone": _("已撤销"),
        "failed": _("未能读取，请查看原因"),
    }
    with transaction():
        batch.save_if(batch.row_version, stage=stage, **facts)
        notices.send(
            [batch.created_by],
            kind=f"batch.{stage}",
            key=f"batch:{batch.id}:{batch.row_version}",
            title=_("批量导入“{name}”{words}", name=batch.name[:60], words=words[stage]),
            text=[why or _("共{count}行。", count=batch.total)],
            link=f"/office/credit_collection/batches/{batch.id}",
        )
