"""Exact substring search in Chinese, alike on SQLite and PostgreSQL.

::

    index = Index("news_search")
    index.create(database)                                    # in a migration
    index.put(database, article.id, [article.title, article.text])
    Article.select().where(Article.id.in_(index.matching(database, "富河 整治")))

Chinese has no blanks between words, and word lists miss names; so texts are cut into overlapping pairs of characters.
Each character is spelled with five letters, so that the engines' own tokenizers and query languages see plain words
only: punctuation is found like anything else, and ``%``, ``"``, ``*`` or ``NEAR`` in a query mean themselves.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import reduce
from itertools import zip_longest
from operator import and_
from typing import Protocol

from peewee import (
    SQL,
    Database,
    Field,
    ModelSelect,
    Node,
    NodeList,
    PostgresqlDatabase,
    Proxy,
    SelectBase,
    SqliteDatabase,
    Table,
    Value,
    fn,
)

#: Characters of one key that are indexed, and of one query that count; both bound what the engines have to bear.
LONGEST_TEXT = 90_000
LONGEST_QUERY = 200

_NAME = re.compile(r"[a-z][a-z0-9_]{0,49}")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_DROPPED = {"Cc", "Cf", "Cs"}


def normalise(text: str) -> str:
    """Return *text* as it is compared: NFKC, case folded, without blanks and invisible characters."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(letter for letter in folded if not letter.isspace() and unicodedata.category(letter) not in _DROPPED)


def search_tokens(text: str) -> str:
    """Return the words under which *text* is indexed: each pair of neighbouring characters, then the last character.

    The last one stands alone so that a search for a single character, done by prefix, finds it too.
    """
    return " ".join(_tokens(normalise(text)))


def _tokens(text: str) -> list[str]:
    spelled = [_spell(letter) for letter in text]
    return [first + second for first, second in zip_longest(spelled, spelled[1:], fillvalue="")]


def _spell(letter: str) -> str:
    number, spelled = ord(letter), ""
    for _place in range(5):
        number, rest = divmod(number, 26)
        spelled = _LETTERS[rest] + spelled
    return spelled


class _Engine(Protocol):
    """What one database engine does for an index; texts arrive normalised."""

    def create(self, database: Database, name: str) -> None: ...

    def put(self, database: Database, name: str, key: int, texts: Sequence[str]) -> None: ...

    def containing(self, table: Table, words: Sequence[str]) -> Node: ...


class _Fts5:
    """SQLite: a full-text table of its own, asked for the phrase of all pairs."""

    def create(self, database: Database, name: str) -> None:
        _run(database, f'CREATE VIRTUAL TABLE IF NOT EXISTS "{name}" USING fts5(tokens)')

    def put(self, database: Database, name: str, key: int, texts: Sequence[str]) -> None:
        # The single character that ends each text also keeps a phrase from running on into the next.
        tokens = " ".join(token for text in texts for token in _tokens(text))
        with database.atomic():
            _forget(database, name, key)
            table = _table(name)
            table.insert({table.c.rowid: key, table.c.tokens: tokens}).execute(database)

    def containing(self, table: Table, words: Sequence[str]) -> Node:
        phrases = " AND ".join(map(_phrase, words))
        return NodeList((table.c.tokens, SQL("MATCH"), Value(phrases)))


def _phrase(word: str) -> str:
    return f'"{_spell(word)}"*' if len(word) == 1 else f'"{" ".join(_tokens(word)[:-1])}"'


class _Gin:
    """PostgreSQL: an inverted index names the candidates that have all pairs, the text itself decides.

    A phrase query alone would not do: PostgreSQL forgets positions beyond 16,383, and more than 256 of one word.
    """

    def create(self, database: Database, name: str) -> None:
        columns = "rowid bigint PRIMARY KEY, body text NOT NULL, tokens tsvector NOT NULL"
        _run(database, f'CREATE TABLE IF NOT EXISTS "{name}" ({columns})')
        _run(database, f'CREATE INDEX IF NOT EXISTS "{name}_tokens" ON "{name}" USING gin (tokens)')

    def put(self, database: Database, name: str, key: int, texts: Sequence[str]) -> None:
        tokens = sorted({token for text in texts for token in _tokens(text)})
        # Tokens are plain letters, so the text form of a tsvector needs no quoting; line ends part the texts.
        table = _table(name)
        body, vector = "\n".join(texts), Value(" ".join(tokens)).cast("tsvector")
        changes = {table.c.body: body, table.c.tokens: vector}
        row = {table.c.rowid: key, **changes}
        table.insert(row).on_conflict(conflict_target=[table.c.rowid], update=changes).execute(database)

    def containing(self, table: Table, words: Sequence[str]) -> Node:
        pairs = " & ".join(dict.fromkeys(pair for word in words for pair in _pairs(word)))
        candidate = NodeList((table.c.tokens, SQL("@@"), Value(pairs).cast("tsquery")))
        return reduce(and_, (fn.strpos(table.c.body, word) > 0 for word in words), candidate)


def _pairs(word: str) -> list[str]:
    return [f"{_spell(word)}:*"] if len(word) == 1 else _tokens(word)[:-1]


def _run(database: Database, statement: str) -> None:
    database.execute_sql(statement)


def _table(name: str) -> Table:
    # "rowid" is SQLite's own name for the key of a full-text table; the other engine follows.
    return Table(name)


def _forget(database: Database, name: str, key: int) -> None:
    table = _table(name)
    table.delete().where(table.c.rowid == key).execute(database)


def _engine(database: Database) -> _Engine:
    real = database.obj if isinstance(database, Proxy) else database
    if isinstance(real, SqliteDatabase):
        return _Fts5()
    if isinstance(real, PostgresqlDatabase):
        return _Gin()
    raise TypeError(f"no search on {type(real).__name__}")


class Index:
    """A table of searchable texts, one row per key.

    :param name: name of the table: small letters, digits and ``_``, at most 50.
    """

    def __init__(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise ValueError(f"no name for an index: {name!r}")
        self.name = name

    def create(self, database: Database) -> None:
        """Make the table unless it is there."""
        _engine(database).create(database, self.name)

    def drop(self, database: Database) -> None:
        """Remove the table if it is there."""
        _run(database, f'DROP TABLE IF EXISTS "{self.name}"')

    def put(self, database: Database, key: int, texts: Sequence[str]) -> None:
        """Index *texts* under *key*, in the place of what was there.

        A query never matches across two of the texts. Beyond 90,000 characters in all, nothing is indexed.
        """
        _engine(database).put(database, self.name, key, _fitting(texts))

    def remove(self, database: Database, key: int) -> None:
        """Forget *key*; nothing happens when it is not there."""
        _forget(database, self.name, key)

    def matching(self, database: Database, query: str) -> SelectBase:
        """Return a subquery of the keys whose texts contain every word of *query*, for ``Model.id.in_(…)``.

        Words are parted by blanks and may stand in any order; case and width make no difference. A blank query matches
        every key in the index; of a query longer than 200 characters, the rest does not count.
        """
        table, words = _table(self.name), _words(query)
        found = table.select(table.c.rowid)
        return found.where(_engine(database).containing(table, words)) if words else found

    def narrow(self, database: Database, rows: ModelSelect, key: Field, query: str) -> tuple[ModelSelect, Node]:
        """Return *rows* less those that :meth:`matching` would not give, and what stands for *key* in their order.

        For pages of long lists: ordered by it, an engine stops once a page is full, however many match.
        """
        table, words = _table(self.name), _words(query)
        joined = rows.join_from(key.model, table, on=key == table.c.rowid)
        return joined.where(_engine(database).containing(table, words)) if words else joined, table.c.rowid


def _words(query: str) -> list[str]:
    words = [normalise(word) for word in query[:LONGEST_QUERY].split()]
    return [word for word in dict.fromkeys(words) if word]


def _fitting(texts: Sequence[str]) -> list[str]:
    left, kept = LONGEST_TEXT, []
    for text in texts:
        kept.append(normalise(text)[:left])
        left -= len(kept[-1])
    return kept
