"""The signed request with which the help desk opens the sidebar's frame: who is asking, or nobody.

Only what the account's own key has signed counts. Nothing that stands in a token is ever fetched or opened.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import jwt

from connectors.frames import Account, UnknownKeyError, UnsignedError, Visit

LONGEST = 8192
"""Bytes of a token; the vendor's have about 900."""
LEEWAY = 10
"""Seconds by which two clocks may differ."""
LONGEST_LIFE = 600
"""Seconds between a token's issue and its end; the vendor's live 300."""
LOCATIONS = ("ticket_sidebar", "new_ticket_sidebar", "user_sidebar", "organization_sidebar")
"""The places of the vendor's pages that the app is made for, and no others."""

_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)


def audience(account: Account) -> str:
    """What a token for this installation is for."""
    return f"https://{account.host}/api/v2/apps/installations/{account.installation}.json"


def demand_key(text: str) -> None:
    """Make sure that this is a public key for RS256; raises ValueError."""
    try:
        key = jwt.get_algorithm_by_name("RS256").prepare_key(text)
    except (jwt.PyJWTError, ValueError, TypeError):
        raise ValueError("it holds no RSA key in PEM") from None
    if not hasattr(key, "public_numbers") or hasattr(key, "private_numbers"):
        raise ValueError("it holds no public RSA key")


def verify(token: str, account: Account, now: int) -> Visit:
    """The visit that a token proves. Raises UnsignedError for anything that is not exactly that.

    UnknownKeyError is raised before anything that the token says is read.
    """
    claims = _claims(_payload(token, account.keys))
    _demand(claims.get("aud") == audience(account), "it is for another installation")
    _demand(claims.get("iss") == account.host, "it is from another account")
    _demand_in_time(claims, now)
    subject = re.fullmatch(
        rf"https://{re.escape(account.host)}/api/v2/users/([1-9][0-9]{{0,18}})\.json",
        str(claims.get("sub")),
        re.ASCII,
    )
    if subject is None:
        raise UnsignedError("it names no agent")
    context = claims.get("context")
    context = context if isinstance(context, dict) else {}
    location = context.get("location")
    _demand(context.get("product") == "support" and location in LOCATIONS, "it is for another place")
    return Visit(subject[1], str(location))


def _payload(token: str, keys: Sequence[str]) -> bytes:
    """What one of our keys has signed."""
    _demand(len(token) <= LONGEST and _SHAPE.fullmatch(token) is not None, "it is no token")
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise UnsignedError("it is no token") from None
    _demand(header.get("alg") == "RS256" and "crit" not in header, "it is signed in another way")
    for key in keys:
        try:
            found: bytes = jwt.PyJWS().decode(token, key, algorithms=["RS256"])
        except jwt.PyJWTError:
            continue
        return found
    raise UnknownKeyError("nobody we know signed it")


def _claims(payload: bytes) -> dict[str, object]:
    try:
        found = json.loads(payload, object_pairs_hook=_once, parse_constant=_refuse, parse_float=_refuse)
    except (ValueError, RecursionError):
        raise UnsignedError("its claims cannot be read") from None
    _demand(isinstance(found, dict), "its claims cannot be read")
    claims: dict[str, object] = found
    return claims


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a claim is there twice")
    return found


def _refuse(_: str) -> object:
    raise ValueError("a number is not whole")


def _demand_in_time(claims: dict[str, object], now: int) -> None:
    issued, ends, begins = _second(claims, "iat"), _second(claims, "exp"), claims.get("nbf")
    _demand(0 < ends - issued <= LONGEST_LIFE, "it lives too long")
    _demand(issued <= now + LEEWAY and now <= ends + LEEWAY, "its time is over or has not come")
    _demand("nbf" not in claims or (type(begins) is int and begins <= now + LEEWAY), "its time has not come")


def _second(claims: dict[str, object], name: str) -> int:
    found = claims.get(name)
    if type(found) is not int:  # a boolean is an int, too
        raise UnsignedError(f"it has no {name}")
    return found


def _demand(holds: bool, why: str) -> None:  # reads as the sentence it is
    if not holds:
        raise UnsignedError(why)
