"""The search index of the public lists: units by any part of their name or code."""

from shuixin.api import identifiers, search

index = search.Index("credit_publish_listing_search")


def cleaned(text: str) -> str:
    """Return *text* as the index has it: a code may be typed with blanks and in small or full-width letters."""
    code = identifiers.clean_code(text)
    return code if code.isascii() and code.isalnum() and len(code) >= 6 else text
