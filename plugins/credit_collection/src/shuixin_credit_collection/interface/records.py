"""Records of a draft, and the files that prove them."""

import re

from flask import request
from flask.typing import ResponseReturnValue

from shuixin.api import Actor, NotFound, Problem, Refused, current_actor, domain, permission_required
from shuixin_credit_collection.interface.answers import answer, summary, typed
from shuixin_credit_collection.interface.answers import file as file_of
from shuixin_credit_collection.interface.blueprint import Operation, blueprint, describe
from shuixin_credit_collection.interface.requests import Unsupported, body, check_version, version
from shuixin_credit_collection.models import Filing
from shuixin_credit_collection.permissions import FILE
from shuixin_credit_collection.records import Editor, Kind, RecordType
from shuixin_credit_collection.services import evidence, filings, written
from shuixin_credit_collection.services.registry import record_type
from shuixin_credit_collection.services.rows import new_key

_ = domain("credit_collection")
_KEY = re.compile(r"[0-9A-Za-z]{1,32}")
#: The key by which callers may name what a unit has once.
OWN = "own"
RECORD = "/v1/filings/<int:filing_id>/records/<code>/<key>"
FILES = "/v1/filings/<int:filing_id>/files"


@blueprint.put(RECORD)
@permission_required(FILE)
@describe(Operation(_("填写一条记录，整条替换；新的记录用未用过的编号"), "record", takes="record", versioned=True))
def put_record(filing_id: int, code: str, key: str) -> ResponseReturnValue:
    """Keep one record, valid or not; what it leaves out is empty."""
    actor = current_actor()
    filing, type_, key = _place(actor, filing_id, code, key)
    texts = written.texts_of(type_, key, body(), filing.draft.get(code, {}).get(key, {}))
    filing = filings.save_record(actor, filing_id, version=version(), code=code, key=key, texts=texts)
    return answer(filing, {**summary(filing), "key": key, "record": typed(type_, filing.draft[code][key])})


@blueprint.delete(RECORD)
@permission_required(FILE)
@describe(Operation(_("从草稿中删除一条记录"), "summary", versioned=True))
def delete_record(filing_id: int, code: str, key: str) -> ResponseReturnValue:
    """Take one record out of the draft."""
    actor = current_actor()
    filing, type_, key = _place(actor, filing_id, code, key)
    if type_.single:
        raise Refused(_("{label}不能删除，只能修改。", label=type_.label))
    if key not in filing.draft.get(code, {}):
        raise NotFound(_("草稿中没有这一条。"))
    filing = filings.save_record(actor, filing_id, version=version(), code=code, key=key, texts=None)
    return answer(filing, summary(filing))


def _place(actor: Actor, filing_id: int, code: str, key: str) -> tuple[Filing, RecordType, str]:
    """Return the filing, which may still change, the record type, and the key under which the record is kept."""
    filing, type_ = filings.find_editable(actor, filing_id), record_type(code)
    if type_ is None or type_.authority_only:
        raise NotFound(_("没有这一项信息。"))
    if type_.single:
        held = next(iter(filing.draft.get(code, {})), "") or new_key()
        key = held if key == OWN else key
        if key != held:
            raise NotFound(_("{label}只有一条，编号为own。", label=type_.label))
    if not _KEY.fullmatch(key):
        raise NotFound(_("编号应为1至32个字母或数字。"))
    return filing, type_, key


@blueprint.post(f"{FILES}/<code>/<key>")
@blueprint.post(f"{FILES}/<code>/<key>/<field>")
@permission_required(FILE)
@describe(Operation(_("上传一份证明材料，或一个附件字段的文件"), "file", takes="files", versioned=True))
def attach(filing_id: int, code: str, key: str, field: str = "") -> ResponseReturnValue:
    """Attach a file to a record, or to one field of it that holds a file."""
    actor = current_actor()
    filing, type_, key = _place(actor, filing_id, code, key)
    spec = type_.by_name.get(field)
    if field and (spec is None or spec.kind is not Kind.FILE or spec.editor is Editor.AUTHORITY):
        raise NotFound(_("没有这个附件字段。"))
    check_version(filing)
    if request.mimetype != "multipart/form-data":
        raise Unsupported(_("请以multipart/form-data上传，文件的字段名为file。"))
    uploaded = request.files.get("file")
    if uploaded is None or not uploaded.filename:
        rule = _("没有收到文件。")
        raise Refused(rule, [Problem("file", "", rule, _("文件的字段名为file，并须有文件名。"))])
    attached = evidence.add(
        actor, filing_id, code=code, key=key, field=field, stream=uploaded.stream, name=uploaded.filename
    )
    filing = filings.find_own(actor, filing_id)
    return answer(filing, {**summary(filing), "file": file_of(attached)}, 201)


@blueprint.delete(f"{FILES}/<file_id>")
@permission_required(FILE)
@describe(Operation(_("删除草稿的一份材料"), "summary", versioned=True))
def detach(filing_id: int, file_id: str) -> ResponseReturnValue:
    """Take a file off the draft."""
    actor = current_actor()
    check_version(filings.find_editable(actor, filing_id))
    evidence.remove(actor, filing_id, file_id)
    filing = filings.find_own(actor, filing_id)
    return answer(filing, summary(filing))
