"""Batches (批次): a workbook of the authority read, judged, filed and undone, each step resumable."""
