"""The language of customers' messages: from their words to a segment, sure or unknown, and no word kept."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.messages import measure
from connectors.messages import MessageReader, Told
from connectors.records import Customer, Stream, Ticket
from connectors.sandbox.server import RunningSandbox
from integration import jobs, messages
from integration.app import App
from integration.doctor import messages_read
from integration.message_remarks import from_messages
from integration.progress import silent
from integration.settings import stated
from integration.store import assignments, dump, facts, records
from integration.store.engine import Store
from policies.load import load_text
from tests.clock import FakeClock
from tests.connectors.sandbox.rig import AGENT, ANA, BEN, small_desk
from tests.integration.desk import settings
from tests.policies.desk import one, text

MESSAGE = "Meine Schneekugel verbindet sich seit Montag nicht mehr, und der Betrieb steht still."

POLICY = text("""
traits:
  last_written: {last: ticket.message_language}
  written: {from: ticket.message_language}
segments:
  german: {kind: needs, label: Writes German, rank: 1, when: "last_written = 'de'", treatment: {tone: calm}}
situations:
  sure: {label: Sure, rank: 2, when: message_language_probability >= 0.6, treatment: {tone: warm}}
""")


@pytest.fixture(scope="module")
def read() -> MessageReader:
    found = messages.reader()
    assert found is not None
    return found


@contextmanager
def at(folder: Path, desk: RunningSandbox, *, read: bool) -> Iterator[App]:
    """The app beside the desk, told to read messages or not to."""
    path = folder / "policy.yaml"
    path.write_text(POLICY, encoding="utf-8")
    found = settings(desk, folder, messages={"read": read}, policy=(path,))
    app = App(found, Store(found.store, writer=True), FakeClock())
    try:
        yield app
    finally:
        app.close()


@pytest.mark.parametrize(
    ("language", "probability", "told"),
    [
        ("de", 1.0, Told("de", 1.0)),
        ("de", 0.6, Told("de", 0.6)),
        ("de", 0.599, None),
        ("de", 0.0, None),
        ("zxx", 0.99, None),
    ],
)
def test_below_a_probability_the_language_is_unknown(
    language: str, probability: float, told: Told | None
) -> None:
    """At 0.6 it is told, below it is not; what is in no language is never told."""
    assert messages.judged(language, probability) == told


def test_no_message_of_the_trial_is_told_wrongly(read: MessageReader) -> None:
    """Of each language of the sidebar at least nine in ten are told; none of any language is told wrongly."""
    figures = measure(read)
    assert set(figures.ours) == {"ar", "de", "en", "es", "fr", "ja", "pt"}
    for counts in figures.ours.values():
        assert counts.wrong == 0
        assert counts.right >= 0.9 * (counts.right + counts.unknown)
    assert [counts.wrong for counts in figures.others.values()] == [0] * len(figures.others)
    assert (figures.nothing.right, figures.nothing.wrong) == (0, 0)


def test_addresses_and_quoted_lines_are_not_what_the_customer_says(read: MessageReader) -> None:
    """English addresses and the desk's own quoted English leave a German message German."""
    links = "https://help.example.com/articles/how-to-reset-your-card-reader " * 5
    quoted = "\n> We are sorry to hear that. Could you please tell us which reader you are using?" * 5
    told = read(f"{MESSAGE} {links} someone.else@support.example.com{quoted}")
    assert told is not None
    assert told.language == "de"
    assert read(links + quoted) is None


@pytest.mark.parametrize(
    "message", ["", " \n", "\x00", "\ud800 \udfff", "\u202e\u200f", "😀" * 50, "a" * 70_000, "ة" * 70_000]
)
def test_f_data_01_f_data_02_any_text_can_be_read(read: MessageReader, message: str) -> None:
    """What no database keeps, and what is longer than anybody writes, is read without a fault."""
    assert read(message) is None


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    """A desk with two messages in German: Ana's own, and Ben's that an agent wrote down."""
    desk = small_desk(FakeClock())
    for ticket in desk.tickets:
        ticket.description, ticket.channel = "", "email"
    for number, customer, writer in ((101, ANA, ANA), (102, BEN, AGENT)):
        one = desk.tickets.get(number)
        assert one is not None
        one.requester_id, one.submitter_id, one.description = customer, writer, MESSAGE
    with RunningSandbox(desk) as running:
        yield running


def test_from_a_message_to_a_segment(
    sandbox: RunningSandbox, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A message puts its writer into a segment, one written by an agent nobody.

    A-PRIV-04: neither store nor log has any of its words.
    """
    caplog.set_level(logging.DEBUG)
    with at(tmp_path, sandbox, read=True) as app:
        assert learnt(app) == {ANA: ("de", True), BEN: (None, False)}
        with app.store.read() as connection:
            known = records.read(connection, Ticket, ["101", "102"])
            whole = "\n".join(dump.everything(connection))
        assert known["101"].message_language_probability == pytest.approx(1, abs=0.1)
        assert (known["102"].message_language, known["102"].message_language_probability) == (None, None)
        for word in ("Schneekugel", "steht still"):
            assert word not in whole + caplog.text


def test_the_tickets_are_read_again_when_messages_are_read_from_now_on(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    """Switched on later, it tells of tickets that were read long before; a second sync changes nothing."""
    with at(tmp_path, sandbox, read=False) as app:
        assert learnt(app) == {ANA: (None, False), BEN: (None, False)}
    with at(tmp_path, sandbox, read=True) as app:
        assert learnt(app)[ANA] == ("de", True)
        with app.store.read() as connection:
            assert facts.get(connection)["message_reader"] == messages.version()
        assert jobs.sync_desk(app, silent).streams[Stream.TICKETS].changed == 0


@pytest.mark.parametrize("missing", [False, True])
def test_what_was_read_is_forgotten_where_nothing_reads_any_more(
    sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: bool
) -> None:
    """Switched off, or with the library gone, the language is unknown again, and the membership stands."""
    with at(tmp_path, sandbox, read=True) as app:
        assert learnt(app)[ANA] == ("de", True)
    if missing:
        monkeypatch.setitem(sys.modules, messages.LIBRARY, None)
    with at(tmp_path, sandbox, read=missing) as app:
        assert learnt(app)[ANA] == (None, True)
        with app.store.read() as connection:
            known = records.read(connection, Ticket, ["101"])["101"]
        assert (known.message_language, known.message_language_probability) == (None, None)


def test_a_priv_01_an_erased_customer_leaves_no_language(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """With the person goes what their messages were in."""
    with at(tmp_path, sandbox, read=True) as app:
        assert learnt(app)[ANA] == ("de", True)
        gone = Customer(id=str(ANA), version=1 << 40, updated_at=1 << 40, erased=True, deleted=True)
        with app.store.write() as connection:
            records.save(connection, [gone])
            assert records.read(connection, Ticket, ["101"])["101"].message_language is None


def test_doctor_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silent where messages are not read; with what reads them; and with the remedy where it is missing."""
    on = stated(messages={"read": True})
    assert list(messages_read(stated())) == []
    (well,) = messages_read(on)
    assert (well.level, well.check) == ("ok", "messages")
    assert str(messages.version()) in well.what
    monkeypatch.setitem(sys.modules, messages.LIBRARY, None)
    (found,) = messages_read(on)
    assert found.level == "warning"
    assert found.remedy == "Install what reads them: pip install 'deskcue[messages]'"


def test_lint_says_why_the_language_of_messages_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each trait and situation that asks for it is named, with the remedy; nothing where it is read."""
    asking, plain = load_text(POLICY, "asking.yaml"), one("a > 1", "a: {count: tickets}")
    on = stated(messages={"read": True})
    found = list(from_messages(asking, stated()))
    assert [one.path[:2] for one in found] == [
        ("traits", "last_written"), ("traits", "written"), ("situations", "sure"),
    ]  # fmt: skip
    assert {one.check for one in found} == {"messages-unread"}
    assert found[0].message.endswith("unknown on every ticket: messages.read is not true")
    assert list(from_messages(plain, stated())) == []
    assert list(from_messages(asking, on)) == []
    monkeypatch.setitem(sys.modules, messages.LIBRARY, None)
    assert next(from_messages(asking, on)).remedy == "Run: pip install 'deskcue[messages]'"


def learnt(app: App) -> dict[int, tuple[object, bool]]:
    """After a sync and an assignment: what the last message of each was in, and whether they are in."""
    assert jobs.sync_desk(app, silent).complete
    jobs.assign_customers(app, silent)
    found: dict[int, tuple[object, bool]] = {}
    with app.store.read() as connection:
        members = assignments.members(connection, [str(ANA), str(BEN)])
        for customer in (ANA, BEN):
            standing = assignments.standing(connection, str(customer))
            assert standing is not None
            found[customer] = (standing[0].traits["last_written"], "german" in members.get(str(customer), {}))
    return found
