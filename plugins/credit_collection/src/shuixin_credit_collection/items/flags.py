"""Short names of what fields say of themselves, for the declarations of this package."""

from typing import Any

from shuixin_credit_collection.records.fields import Editor, Keeper, Visibility

MASKED, OWNER, AUTHORITY = Visibility.MASKED, Visibility.OWNER, Visibility.AUTHORITY
LOCAL = Keeper.LOCAL
ENTERPRISE, BUREAU = Editor.ENTERPRISE, Editor.AUTHORITY
#: What belongs to the firm alone and is kept here (I L E).
PRIVATE_LOCAL: dict[str, Any] = {"visibility": OWNER, "keeper": LOCAL, "editor": ENTERPRISE}
#: What the firm states and only the authority reads beside it (I N E).
PRIVATE: dict[str, Any] = {"visibility": OWNER, "editor": ENTERPRISE}
#: What the firm states and everybody reads (P N E).
OPEN: dict[str, Any] = {"editor": ENTERPRISE}
