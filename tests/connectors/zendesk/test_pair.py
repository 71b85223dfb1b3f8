"""A pair of tokens that rotates: refreshed in time, by one, and dead only when it is."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from connectors.errors import AuthenticationError, RetryableError
from connectors.vault import Pair, VaultError
from connectors.zendesk.api import Zendesk
from connectors.zendesk.oauth import TokenDesk
from connectors.zendesk.pair import RotatingPair
from tests.clock import NOON, FakeClock
from tests.connectors.fault_server import FaultServer, routed
from tests.connectors.zendesk.rotating import SECRET, MemoryVault, RotatingDesk
from tests.connectors.zendesk.scripted import PREFIX, door_to


class Rig:
    """A desk, a vault with its pair, and accounts that sign in with it as so many processes would."""

    def __init__(self, desk: RotatingDesk, address: str, clock: FakeClock) -> None:
        self.desk = desk
        self.clock = clock
        self.address = address
        self.vault = MemoryVault(desk.stored(address))
        self._accounts: list[Zendesk] = []

    def account(self) -> Zendesk:
        door = door_to(self.address, self.clock)
        tokens = TokenDesk(door, client_id="deskcue", client_secret=SECRET)
        pair = RotatingPair(tokens, self.vault, desk=self.address, clock=self.clock)
        self._accounts.append(Zendesk(door, pair, clock=self.clock, tag_prefix=PREFIX))
        return self._accounts[-1]

    def close(self) -> None:
        for account in self._accounts:
            account.close()


@contextmanager
def rigged(desk: RotatingDesk) -> Iterator[Rig]:
    with FaultServer(routed(desk.respond)) as server:
        rig = Rig(desk, server.address, FakeClock())
        try:
            yield rig
        finally:
            rig.close()


@pytest.fixture
def desk() -> RotatingDesk:
    return RotatingDesk()


@pytest.fixture
def rig(desk: RotatingDesk) -> Iterator[Rig]:
    with rigged(desk) as found:
        yield found


def last(rig: Rig) -> Pair:
    return rig.vault.saved[-1]


def test_the_stored_pair_is_used_as_long_as_it_is_young(rig: Rig) -> None:
    """No token is asked for while the one in the vault is good."""
    account = rig.account()
    assert account.identity().role == "admin"
    rig.clock.advance(1439)
    account.identity()
    assert rig.desk.asked == []


def test_f_auth_01_a_pair_is_refreshed_at_four_fifths_of_its_life_and_when_refused(rig: Rig) -> None:
    """Ahead of time, and at once after a 401 in mid-work; the answer is stored both times."""
    account = rig.account()
    rig.clock.advance(1440)
    account.identity()
    assert [form["refresh_token"] for form in rig.desk.asked] == ["ref-1-CANARY"]
    assert last(rig).access == "acc-2-CANARY"
    rig.desk.kill()
    account.identity()
    assert (last(rig).access, last(rig).refresh) == ("acc-3-CANARY", "ref-3-CANARY")
    assert (last(rig).made_at, last(rig).until) == (NOON + 1440, NOON + 1440 + 1800)


def test_the_new_pair_is_stored_before_it_is_used(rig: Rig) -> None:
    """A vault that fails at that moment keeps the new token from being sent anywhere."""

    class Full(MemoryVault):
        full = False

        def save(self, pair: Pair) -> None:
            if self.full and pair.asked_at is None:
                raise VaultError("no space")
            super().save(pair)

    rig.vault = full = Full(rig.desk.stored(rig.address))
    account = rig.account()
    account.identity()
    rig.desk.kill()
    full.full = True
    with pytest.raises(VaultError):
        account.identity()
    assert "acc-2-CANARY" not in rig.desk.used
    full.full = False
    account.identity()  # it was held in memory, and is not lost
    assert rig.desk.used[-1] == last(rig).access == "acc-2-CANARY"
    assert len(rig.desk.asked) == 1


def test_a_vault_that_cannot_be_written_stops_before_the_desk_rotates(rig: Rig) -> None:
    """The rehearsal fails first, so the old pair is still good."""

    class ReadOnly(MemoryVault):
        def save(self, pair: Pair) -> None:
            raise VaultError("read-only")

    rig.vault = ReadOnly(rig.desk.stored(rig.address))
    account = rig.account()
    rig.clock.advance(1500)
    with pytest.raises(VaultError):
        account.identity()
    assert rig.desk.asked == []


def test_f_auth_02_the_loser_of_a_race_takes_the_winners_pair(rig: Rig) -> None:
    """Eight accounts with one vault are refused together: one refresh, and nobody asks twice."""
    accounts = [rig.account() for _ in range(8)]
    for account in accounts:
        account.identity()
    for round_ in range(1, 6):
        rig.desk.kill()
        with ThreadPoolExecutor(8) as threads:
            assert {one.id for one in threads.map(Zendesk.identity, accounts)} == {"7"}
        assert len(rig.desk.asked) == round_
    assert rig.desk.refused_grants == 0


def test_f_auth_02_a_refused_refresh_is_not_believed_while_the_vault_has_a_newer_pair(rig: Rig) -> None:
    """Where the lock did not hold (two machines, one share), the newer pair is found by reading again."""
    account = rig.account()
    account.identity()
    old = last(rig)
    rig.desk.kill()

    class Overtaken(MemoryVault):
        def save(self, pair: Pair) -> None:
            super().save(pair)
            if pair.asked_at is not None:  # between the rehearsal and our request somebody else refreshes
                rig.desk.access, rig.desk.refresh = "acc-9-CANARY", "ref-9-CANARY"
                super().save(rig.desk.stored(rig.address))

    rig.vault = Overtaken(old)
    late = rig.account()
    rig.desk.used.clear()
    assert late.identity().id == "7"
    assert rig.desk.used == ["acc-1-CANARY", "acc-9-CANARY"]
    assert not last(rig).dead


def test_f_auth_03_a_pair_that_was_rotated_and_not_saved_asks_for_a_new_sign_in(rig: Rig) -> None:
    """After such a crash the old pair is dead: one 401, one refused refresh, then no request at all."""
    rig.desk.access, rig.desk.refresh = "acc-2-CANARY", "ref-2-CANARY"
    account = rig.account()
    with pytest.raises(AuthenticationError, match="deskcue sign-in") as caught:
        account.identity()
    assert caught.value.reauth
    asked, used = len(rig.desk.asked), len(rig.desk.used)
    assert (asked, used) == (1, 1)
    for _ in range(50):
        for one in (account, rig.account()):  # this process and any other
            with pytest.raises(AuthenticationError):
                one.identity()
    assert (len(rig.desk.asked), len(rig.desk.used)) == (asked, used)


def test_a_new_sign_in_is_noticed_at_once(rig: Rig) -> None:
    """A process that found its pair dead goes on as soon as somebody has signed in."""
    account = rig.account()
    rig.desk.access, rig.desk.refresh = "acc-5-CANARY", "ref-5-CANARY"
    with pytest.raises(AuthenticationError):
        account.identity()
    rig.vault.save(rig.desk.stored(rig.address))
    assert account.identity().id == "7"


@pytest.mark.parametrize("rotated", [False, True])
def test_f_auth_04_a_refresh_without_an_answer_tries_the_old_token_then_the_refresh_once(
    rig: Rig, *, rotated: bool
) -> None:
    """Ahead of time a 500 leaves the old token in use; if that was rotated away, one refresh decides."""
    account = rig.account()
    rig.clock.advance(1440)
    rig.desk.mishaps.append("lost" if rotated else "failed")
    if not rotated:
        assert account.identity().id == "7"
        assert rig.desk.used == ["acc-1-CANARY"]
        assert len(rig.desk.asked) == 1
        account.identity()
        assert len(rig.desk.asked) == 1  # not before every request
        rig.clock.advance(60)
        account.identity()
        assert rig.desk.used[-1] == "acc-2-CANARY"
    else:
        with pytest.raises(AuthenticationError, match="interrupted") as caught:
            account.identity()
        assert caught.value.reauth
        assert rig.desk.used == ["acc-1-CANARY"]
        assert len(rig.desk.asked) == 2


def test_f_auth_04_a_failing_desk_is_no_reason_to_sign_in_again(rig: Rig) -> None:
    """After a 401 two refreshes fail: try later, and later it works."""
    account = rig.account()
    account.identity()
    rig.desk.kill()
    rig.desk.mishaps.extend(["failed", "failed"])
    with pytest.raises(RetryableError, match="Try again later"):
        account.identity()
    assert rig.clock.sleeps == [2.0]
    assert not last(rig).dead
    assert account.identity().id == "7"


def test_a_desk_that_is_busy_is_waited_for(rig: Rig) -> None:
    """429 was not taken, so the same refresh is sent again after the wait."""
    account = rig.account()
    rig.clock.advance(1440)
    rig.desk.mishaps.append("busy")
    account.identity()
    assert rig.desk.used == ["acc-2-CANARY"]
    assert rig.clock.sleeps[0] >= 7


@pytest.mark.parametrize("mishap", ["closed", "stranger"])
def test_a_fault_of_the_client_does_not_cost_the_pair(rig: Rig, mishap: str) -> None:
    """A wrong secret or address is named without the secret, and once it is right the pair still works."""
    account = rig.account()
    rig.clock.advance(1440)
    rig.desk.mishaps.append(mishap)  # type: ignore[arg-type]  # parametrised text
    with pytest.raises(AuthenticationError, match="client secret") as caught:
        account.identity()
    assert not caught.value.reauth
    assert "CANARY" not in str(caught.value)
    rig.clock.advance(300)
    assert account.identity().id == "7"


def test_nobody_has_signed_in_yet(rig: Rig) -> None:
    """An empty vault says what to do, and sends nothing."""
    rig.vault = MemoryVault()
    with pytest.raises(AuthenticationError, match="deskcue sign-in"):
        rig.account().identity()
    assert not rig.desk.asked
    assert not rig.desk.used


@pytest.mark.parametrize("wrong", ["desk", "client_id"])
def test_a_pair_is_never_shown_to_another_desk(rig: Rig, wrong: str) -> None:
    """Settings that name another desk or client find no sign-in, and send nothing."""
    stored = rig.desk.stored(rig.address)
    values = {name: getattr(stored, name) for name in stored.__struct_fields__} | {wrong: "another"}
    rig.vault = MemoryVault(Pair(**values))
    with pytest.raises(AuthenticationError, match="another help desk or another client"):
        rig.account().identity()
    assert rig.desk.used == []


def test_a_pair_does_not_print_its_tokens(rig: Rig) -> None:
    """Neither the pair nor what holds it shows a token."""
    account = rig.account()
    account.identity()
    assert "CANARY" not in f"{last(rig)!r} {last(rig)} {account!r}"


@pytest.mark.parametrize(("days", "level"), [(30, "ok"), (6, "warning")])
def test_the_end_of_the_refresh_token_is_foretold(rig: Rig, days: int, level: str) -> None:
    """A week before an unused sign-in ends, the examination says so."""
    rig.clock.advance((30 - days) * 86_400)
    tokens = TokenDesk(door_to(rig.address, rig.clock), client_id="deskcue", client_secret=SECRET)
    found = RotatingPair(tokens, rig.vault, desk=rig.address, clock=rig.clock).outlook()
    assert (found.level, f"another {days} days" in found.what) == (level, True)
