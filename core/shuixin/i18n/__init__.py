"""Languages: Simplified Chinese is the source, English complete; one domain for the core and one per plugin."""

from shuixin.i18n.catalogues import COOKIE, LANGUAGES, SOURCE, Catalogues, language_of, start

__all__ = ["COOKIE", "LANGUAGES", "SOURCE", "Catalogues", "language_of", "start"]
