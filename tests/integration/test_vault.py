"""The file of a person's sign-in: whole at every moment, ours alone, and one refresh at a time."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from connectors.errors import AuthenticationError
from connectors.http import Door
from connectors.vault import Pair, VaultError
from connectors.zendesk.oauth import TokenDesk
from connectors.zendesk.pair import RotatingPair
from integration.vault import FileVault
from tests.clock import FakeClock
from tests.connectors.fault_server import FaultServer, routed
from tests.connectors.zendesk.rotating import SECRET, RotatingDesk
from tests.connectors.zendesk.scripted import door_to

DESK = "https://acme.zendesk.com"


class CrashError(BaseException):
    """The process ends here: nothing that would tidy up an error may run."""


def pair(number: int) -> Pair:
    return Pair(
        desk=DESK, client_id="deskcue", scope="read", access=f"a{number}" * 50, refresh=f"r{number}" * 50,
        made_at=number,
    )  # fmt: skip


def test_what_was_saved_is_loaded_by_anybody(tmp_path: Path) -> None:
    """Nothing before the first save; then the last one, whoever asks."""
    vault = FileVault(tmp_path / "var" / "sign-in.json")
    assert vault.load() is None
    for number in (1, 2):
        vault.save(pair(number))
        assert FileVault(vault.path).load() == pair(number)
    assert [path.name for path in vault.path.parent.iterdir()] == ["sign-in.json"]


def test_a_sec_04_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """0600 for pair and lock whatever the umask is, also when a file that others could read stood there."""
    before = os.umask(0)
    try:
        vault = FileVault(tmp_path / "sign-in.json")
        vault.path.write_text("{}")
        vault.path.chmod(0o644)
        with vault.locked():
            vault.save(pair(1))
    finally:
        os.umask(before)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {0o600}


@pytest.mark.parametrize("call", ["open", "fsync", "replace"])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("nth", [1, 2])
def test_f_auth_03_a_crash_at_any_point_leaves_a_whole_pair(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, *, after: bool, nth: int
) -> None:
    """Before or after every call that touches the disk: the old pair or the new one, and it can go on."""
    vault = FileVault(tmp_path / "sign-in.json")
    vault.save(pair(1))
    real, seen = getattr(os, call), 0

    def dying(*arguments: object, **more: object) -> object:
        nonlocal seen
        seen += 1
        if seen == nth and not after:
            raise CrashError
        done = real(*arguments, **more)
        if seen == nth and after:
            raise CrashError
        return done

    with monkeypatch.context() as patch:
        patch.setattr(os, call, dying)
        try:
            vault.save(pair(2))
        except CrashError:
            pass
        else:
            assert seen < nth
    assert FileVault(vault.path).load() in (pair(1), pair(2))
    vault.save(pair(3))
    assert FileVault(vault.path).load() == pair(3)


def test_half_a_file_is_never_read_as_a_pair(tmp_path: Path) -> None:
    """Whatever else wrote there: each cut of the file is an error that says what to do."""
    path = tmp_path / "sign-in.json"
    whole = msgspec.json.encode(pair(1))
    for cut in range(0, len(whole), 7):
        path.write_bytes(whole[:cut])
        with pytest.raises(VaultError, match="deskcue sign-in") as caught:
            FileVault(path).load()
        assert "a1a1" not in str(caught.value)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """The path and the system's reason; nothing of the pair."""
    (tmp_path / "file").touch()
    vault = FileVault(tmp_path / "file" / "sign-in.json")
    with pytest.raises(VaultError, match=r"file/sign-in\.json cannot be written"):
        vault.save(pair(1))
    with pytest.raises(VaultError, match=r"file/sign-in\.json cannot be locked"), vault.locked():
        pass


def test_one_block_at_a_time_among_threads(tmp_path: Path) -> None:
    """Two vaults of one file exclude each other, as two processes do."""
    inside, most = 0, 0
    gate = threading.Lock()

    def work(_: int) -> None:
        nonlocal inside, most
        with FileVault(tmp_path / "sign-in.json").locked():
            with gate:
                inside += 1
                most = max(most, inside)
            with gate:
                inside -= 1

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(200)))
    assert most == 1


@contextmanager
def racers(
    tmp_path: Path, desk: RotatingDesk, count: int
) -> Iterator[tuple[str, list[RotatingPair], FakeClock]]:
    clock = FakeClock()
    doors: list[Door] = []
    with FaultServer(routed(desk.respond)) as server:
        path = tmp_path / "sign-in.json"
        FileVault(path).save(desk.stored(server.address))
        found = []
        for _ in range(count):
            doors.append(door_to(server.address, clock))
            tokens = TokenDesk(doors[-1], client_id="deskcue", client_secret=SECRET)
            found.append(RotatingPair(tokens, FileVault(path), desk=server.address, clock=clock))
        try:
            yield server.address, found, clock
        finally:
            for door in doors:
                door.close()


def race(pairs: list[RotatingPair], threads: ThreadPoolExecutor) -> list[str]:
    """All are refused and ask again at once; what each of them will send next."""
    barrier = threading.Barrier(len(pairs))

    def run(one: RotatingPair) -> str:
        one.refused(one.authorization())
        barrier.wait()
        return one.authorization()

    return list(threads.map(run, pairs))


def test_f_auth_02_a_thousand_races_end_with_one_refresh_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two that share only the file: 1,000 refreshes, no refused one, no false call for a new sign-in."""
    monkeypatch.setattr(os, "fsync", lambda _: None)  # the disk's patience is not what is tested
    desk = RotatingDesk()
    with racers(tmp_path, desk, 2) as (_, pairs, _clock), ThreadPoolExecutor(2) as threads:
        for number in range(1000):
            assert race(pairs, threads) == [f"Bearer acc-{number + 2}-CANARY"] * 2
    assert (len(desk.asked), desk.refused_grants) == (1000, 0)


PROCESS = """
import sys
from pathlib import Path
from connectors.zendesk.oauth import TokenDesk
from connectors.zendesk.pair import RotatingPair
from integration.vault import FileVault
from tests.clock import FakeClock
from tests.connectors.zendesk.scripted import door_to

address, path, rounds = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
clock = FakeClock()
door = door_to(address, clock)
pair = RotatingPair(
    TokenDesk(door, client_id="deskcue", client_secret="x"), FileVault(path), desk=address, clock=clock
)
for _ in range(rounds):
    pair.refused(pair.authorization())
    pair.authorization()
door.close()
"""


def test_f_auth_02_processes_take_turns_too(tmp_path: Path) -> None:
    """Three real processes refresh 20 times each, as often as they can: none is refused."""
    desk = RotatingDesk()
    with racers(tmp_path, desk, 0) as (address, _, _clock):
        command = [sys.executable, "-c", PROCESS, address, str(tmp_path / "sign-in.json"), "20"]
        root = Path(__file__).parents[2]
        running = [subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE, text=True) for _ in range(3)]
        for process in running:
            _, said = process.communicate(timeout=60)
            assert process.returncode == 0, said
    assert desk.refused_grants == 0
    assert 20 <= len(desk.asked) <= 60


LOST = {7, 8, 9}
"""Steps of a refresh between the desk's answer and the new file being in its place."""


@pytest.mark.parametrize("nth", range(1, 13))
def test_f_auth_03_a_crash_during_a_refresh_ends_in_a_good_pair_or_a_clear_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    """The process dies at the n-th step: the next one works, or asks for consent where a pair was lost."""
    desk = RotatingDesk()
    steps = 0

    def step(name: str) -> Callable[..., object]:
        real = getattr(os, name)

        def counted(*arguments: object, **more: object) -> object:
            nonlocal steps
            steps += 1
            if steps == nth:
                raise CrashError
            return real(*arguments, **more)

        return counted

    with racers(tmp_path, desk, 2) as (_, (first, second), _clock):
        first.refused(first.authorization())
        steps = 0
        with monkeypatch.context() as patch:
            for name in ("open", "fsync", "replace"):
                patch.setattr(os, name, step(name))
            try:
                first.authorization()
            except CrashError:
                pass
            else:
                assert steps < nth
        second.refused(second.authorization())
        if nth not in LOST:
            assert second.authorization() == f"Bearer {desk.access}"
            return
        for _ in range(3):
            with pytest.raises(AuthenticationError, match="interrupted") as caught:
                second.authorization()
            assert caught.value.reauth
        assert len(desk.asked) == 2  # the one that was lost, and one to find out
