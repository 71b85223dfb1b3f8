"""The subjects of solved tickets by their words: an index beside the store, made from it and safe to delete.

It is a file of its own, so that reading the desk never waits for it and a backup need not hold it.
"""

from __future__ import annotations

import logging
import re
import sqlite3
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

from integration.store.engine import Store

_log = logging.getLogger("deskcue.store")

NAME = "subjects-1.db"
"""The file; another number is another make, and the former file is not read any more."""

PORTION = 1_000
"""Tickets of one transaction."""

RAREST = 6
"""So many words of a subject are looked for, those that fewest tickets have: the others tell little."""

COMMON, FEW = 0.02, 200
"""A word that more than this share of the tickets have, and more than so many, tells nothing."""

MOST = 5_000
"""Tickets that are ranked for one subject: an agent waits for it."""

_WORD = re.compile(r"[^\W_]{2,40}")
_MAKE = (
    "CREATE TABLE IF NOT EXISTS shelf (ticket_id TEXT PRIMARY KEY, version INTEGER NOT NULL, place INTEGER)",
    "CREATE INDEX IF NOT EXISTS shelf_by_place ON shelf (place)",
    """CREATE VIRTUAL TABLE IF NOT EXISTS words
    USING fts5(ticket_id UNINDEXED, subject, tokenize = 'unicode61 remove_diacritics 2')""",
    # SQLite's own view of the vocabulary counts the tickets of a word by going through them, each time.
    "CREATE TABLE IF NOT EXISTS vocabulary (word TEXT PRIMARY KEY, tickets INTEGER NOT NULL) WITHOUT ROWID",
)
_LOOK = (
    "SELECT id, version, iif(status IN ('solved', 'closed') AND NOT deleted, subject, NULL) FROM tickets"
    " WHERE id > ? ORDER BY id LIMIT ?"
)


_SEEK = "SELECT ticket_id, -bm25(words) FROM words WHERE words MATCH ? ORDER BY bm25(words) LIMIT ?"


@dataclass(frozen=True, slots=True)
class Found:
    """A solved ticket whose subject has words in common; the greater the score the rarer and the more."""

    ticket_id: str
    score: float


class Subjects:
    """The index of one store."""

    def __init__(self, store: Path) -> None:
        self._path = store.with_name(NAME)

    def refresh(self, store: Store) -> int:
        """Take in what was solved, and out what was opened again or deleted; gives how many moved.

        Reads the store in portions and holds no lock of it meanwhile. A broken file is made anew.
        """
        try:
            return self._refresh(store)
        except sqlite3.OperationalError as fault:  # no room, or no right: the desk is read
            _log.warning("the index of solved tickets at %s is not up to date: %s", self._path, fault)
            return 0
        except sqlite3.DatabaseError:
            for ending in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + ending).unlink(missing_ok=True)
            return self._refresh(store)

    def _refresh(self, store: Store) -> int:
        moved = 0
        with self._opened() as index:
            for statement in _MAKE:
                index.execute(statement)
            for portion in _portions(store):
                with index:
                    moved += _take(index, portion)
        return moved

    def alike(self, subject: str, most: int) -> list[Found]:
        """Solved tickets about the same, the most alike first; none where there is no index yet."""
        try:
            return _reader(self._path).alike(subject, most)
        except (FileNotFoundError, sqlite3.DatabaseError):
            return []  # not made yet, half made, or broken: there is advice without it

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=5.0)) as index:
            index.execute("PRAGMA journal_mode = WAL")
            index.execute("PRAGMA synchronous = OFF")  # lost with the power, it is made anew
            yield index


class _Reader:
    """An index kept open: at each opening SQLite reads its tables anew, which takes longer than a search."""

    def __init__(self, path: Path) -> None:
        self._path, self._turn = path, Lock()
        self._index: sqlite3.Connection | None = None
        self._file = 0

    def alike(self, subject: str, most: int) -> list[Found]:
        with self._turn:
            return _sought(self._opened(), words_of(subject), most)

    def _opened(self) -> sqlite3.Connection:
        """Of the file that stands there now: one that was broken has been made anew."""
        found = self._path.stat().st_ino
        if self._index is None or found != self._file:
            self.close()
            self._index = sqlite3.connect(self._path, timeout=5.0, check_same_thread=False)
            self._file = found
        return self._index

    def close(self) -> None:
        if self._index is not None:
            self._index.close()

    __del__ = close


_reader = lru_cache(maxsize=4)(_Reader)


def _sought(index: sqlite3.Connection, words: Sequence[str], most: int) -> list[Found]:
    wanted = _rarest(index, words)
    if not wanted:
        return []
    rows = index.execute(_SEEK, (" OR ".join(f'"{word}"' for word in wanted), most))
    return [Found(str(row[0]), float(row[1])) for row in rows]


def words_of(subject: str) -> list[str]:
    """The words of a subject as the index has them: small, and without marks on letters."""
    bare = unicodedata.normalize("NFKD", subject.lower())
    return list(dict.fromkeys(_WORD.findall("".join(one for one in bare if not unicodedata.combining(one)))))


def _rarest(index: sqlite3.Connection, words: Sequence[str]) -> list[str]:
    """The words to look for: the rarest, none that is everywhere, and not more than can be ranked at once."""
    total = index.execute("SELECT coalesce(max(place), 0) FROM shelf").fetchone()[0]
    places = ", ".join("?" * len(words))
    query = f"SELECT word, tickets FROM vocabulary WHERE word IN ({places}) AND tickets ORDER BY 2, 1 LIMIT ?"  # noqa: S608  # only marks
    found, ranked = list[str](), 0
    for word, tickets in index.execute(query, (*words, RAREST)):
        ranked += tickets
        if tickets > max(FEW, COMMON * total) or ranked > MOST:
            break
        found.append(str(word))
    return found


def _portions(store: Store) -> Iterator[list[tuple[str, int, str | None]]]:
    after = ""
    while True:
        with store.read() as connection:
            rows = [
                (str(row[0]), int(row[1]), row[2])
                for row in connection.exec_driver_sql(_LOOK, (after, PORTION))
            ]
        if not rows:
            return
        yield rows
        after = rows[-1][0]


def _take(index: sqlite3.Connection, portion: Sequence[tuple[str, int, str | None]]) -> int:
    first, last = portion[0][0], portion[-1][0]
    known = {
        row[0]: (row[1], row[2])
        for row in index.execute(
            "SELECT ticket_id, version, place FROM shelf WHERE ticket_id BETWEEN ? AND ?", (first, last)
        )
    }
    moved, counts = 0, Counter[str]()
    for ticket, version, subject in portion:
        seen, place = known.get(ticket, (None, None))
        if seen == version or (place is None and subject is None):
            continue
        if place is not None:
            counts.subtract(_out(index, place))
        place = None
        if subject is not None:
            said = index.execute("INSERT INTO words (ticket_id, subject) VALUES (?, ?)", (ticket, subject))
            place = said.lastrowid
            counts.update(words_of(subject))
        index.execute(
            "INSERT INTO shelf (ticket_id, version, place) VALUES (?, ?, ?) ON CONFLICT (ticket_id)"
            " DO UPDATE SET version = excluded.version, place = excluded.place",
            (ticket, version, place),
        )
        moved += 1
    index.executemany(
        "INSERT INTO vocabulary (word, tickets) VALUES (?, ?)"
        " ON CONFLICT (word) DO UPDATE SET tickets = tickets + excluded.tickets",
        counts.items(),
    )
    return moved


def _out(index: sqlite3.Connection, place: int) -> list[str]:
    """Take a subject out; gives its words."""
    subject = index.execute("SELECT subject FROM words WHERE rowid = ?", (place,)).fetchone()
    index.execute("DELETE FROM words WHERE rowid = ?", (place,))
    return words_of(subject[0]) if subject else []
