"""Workbooks (电子表格): a sheet per record type; template, proposal, application, export."""

from shuixin_credit_collection.workbook.applying import apply_batch, merge_into_draft
from shuixin_credit_collection.workbook.export import export
from shuixin_credit_collection.workbook.judging import RowResult
from shuixin_credit_collection.workbook.proposal import Proposal, propose
from shuixin_credit_collection.workbook.template import write_template

__all__ = ["Proposal", "RowResult", "apply_batch", "export", "merge_into_draft", "propose", "write_template"]
