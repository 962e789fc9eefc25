"""The XML inside workbooks, looked through before anything is parsed.

::

    with ZipFile(path) as archive:
        part = sheet_parts(archive, limits)["业绩"]
        scan = scan_sheet(archive, part, "业绩", limits)
"""

from shuixin.kit.sheetxml.scanning import KIND, Limits, Scan, scan_sheet, sheet_parts

__all__ = ["KIND", "Limits", "Scan", "scan_sheet", "sheet_parts"]
