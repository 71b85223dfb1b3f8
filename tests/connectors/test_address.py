"""Which addresses may be dialled once a name has been looked up."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from connectors.address import public
from connectors.errors import ConnectorError, RetryableError
from connectors.http import Door
from connectors.zendesk.faults import words
from tests.clock import FakeClock


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254", "127.0.0.1", "127.8.8.8", "::1", "::", "10.0.0.1", "100.64.0.1", "172.31.255.255",
        "192.168.1.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "::ffff:127.0.0.1", "64:ff9b::7f00:1",  # noqa: S104
        "2002:7f00:1::", "::127.0.0.1", "fec0::1", "fe80::1", "fe80::1%eth0", "fd00::1", "ff02::1",
        "2001:db8::1", "2001::1", "64:ff9b:1::1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "", "x",
    ],
)  # fmt: skip
def test_a_ssrf_01_03_private_addresses_are_known_in_every_spelling(address: str) -> None:
    """Private, local, shared, reserved and wrapped addresses are not public; nor is what is no address."""
    assert not public(address)


@pytest.mark.parametrize(
    "address", ["104.16.51.111", "8.8.8.8", "2606:4700::6810:336f", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_are_taken(address: str) -> None:
    """Addresses of the public internet may be dialled, also through a translator."""
    assert public(address)


@pytest.mark.parametrize("found", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::ffff:127.0.0.1"]])
def test_a_ssrf_02_04_a_name_that_leads_inside_is_not_dialled(
    monkeypatch: pytest.MonkeyPatch, found: list[str]
) -> None:
    """The resolver's answer is checked, whole: one private address among public ones is enough to refuse."""
    dialled: list[Any] = []

    def look_up(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "create_connection", lambda *args, **_: dialled.append(args))
    door = Door(
        "https://acme.desk.example",
        clock=FakeClock(),
        user_agent="x",
        suffixes=("desk.example",),
        words=words,
    )
    with pytest.raises(ConnectorError, match="private network") as caught:
        door.request("GET", "/a", kind="read", decode=lambda answer: answer.body)
    door.close()
    assert not isinstance(caught.value, RetryableError)
    assert dialled == []
