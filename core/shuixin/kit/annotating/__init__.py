"""Writing reasons back into people's own workbooks, which stay theirs in all else.

::

    annotate_workbook(path, copy, {"业绩": {2: "项目名称与登记的不一致"}}, header="导入结果")
"""

from shuixin.kit.annotating.copying import annotate_workbook

__all__ = ["annotate_workbook"]
