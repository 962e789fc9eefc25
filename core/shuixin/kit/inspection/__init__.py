"""Looking into documents: what in them acts by itself, and which personal numbers hide in them.

::

    refuse_active(path, "pdf")
    for found in personal_numbers(path, "docx"):
        print(found.place, found.kind, found.masked)
"""

from shuixin.kit.inspection.active import refuse_active
from shuixin.kit.inspection.personal import PersonalNumber, personal_numbers, refuse_personal_numbers

__all__ = ["PersonalNumber", "personal_numbers", "refuse_active", "refuse_personal_numbers"]
