"""Workbooks: reading what people upload, writing what they download.

::

    for sheet in read_workbook(path):
        for row in sheet.rows:
            code = text_of(row.cells[0], code=True)

    write_workbook(path, [SheetPlan("业绩", (ColumnPlan("项目名称", required=True),), [["富河整治工程"]])])
"""

from shuixin.kit.tabular.reading import Cell, Row, Sheet, code_problem, read_workbook, text_of
from shuixin.kit.tabular.scanning import Limits
from shuixin.kit.tabular.writing import ColumnPlan, SheetPlan, write_workbook

__all__ = [
    "Cell",
    "ColumnPlan",
    "Limits",
    "Row",
    "Sheet",
    "SheetPlan",
    "code_problem",
    "read_workbook",
    "text_of",
    "write_workbook",
]
