"""Workbooks: reading what people upload, writing what they download.

::

    with open_workbook(path) as sheets:
        for sheet in sheets:
            for row in sheet.rows():
                code = text_of(row.values[0], code=True)

    write_workbook(path, [SheetPlan("业绩", (ColumnPlan("项目名称", required=True),), [["富河整治工程"]])])

    annotate_workbook(path, copy, {"业绩": {2: "项目名称与登记的不一致"}}, header="导入结果")
"""

from shuixin.kit.annotating import annotate_workbook
from shuixin.kit.sheetxml import Limits
from shuixin.kit.tabular.reading import (
    Cell,
    OpenSheet,
    Row,
    Sheet,
    Value,
    code_problem,
    open_workbook,
    read_workbook,
    text_of,
)
from shuixin.kit.tabular.writing import ColumnPlan, SheetPlan, write_workbook

__all__ = [
    "Cell",
    "ColumnPlan",
    "Limits",
    "OpenSheet",
    "Row",
    "Sheet",
    "SheetPlan",
    "Value",
    "annotate_workbook",
    "code_problem",
    "open_workbook",
    "read_workbook",
    "text_of",
    "write_workbook",
]
