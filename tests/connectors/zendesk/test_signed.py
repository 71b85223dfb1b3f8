"""The signed request of the frame: what the account's key has signed for this installation, no more."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.frames import Account, UnsignedError, Visit
from connectors.zendesk.signed import LEEWAY, audience, demand_key, verify

NOW = 1_790_000_000
HOST = "acme.zendesk.com"

OURS = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPrivateKey) -> str:
    public = key.public_key()
    return public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


ACCOUNT = Account(HOST, "360001", (pem(OURS),))


def claims(**over: Any) -> dict[str, Any]:
    """What the vendor signs; a claim that is None is left out."""
    stated = {
        "iss": HOST,
        "aud": audience(ACCOUNT),
        "sub": f"https://{HOST}/api/v2/users/42.json",
        "iat": NOW - 5,
        "nbf": NOW - 5,
        "exp": NOW + 295,
        "context": {"product": "support", "location": "ticket_sidebar"},
        "qsh": "abc",
    } | over
    return {name: value for name, value in stated.items() if value is not None}


def signed(
    key: Any = OURS, algorithm: str = "RS256", headers: dict[str, Any] | None = None, **over: Any
) -> str:
    return jwt.encode(claims(**over), key, algorithm=algorithm, headers=headers)


def part(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def by_hand(payload: str, header: str = '{"alg":"RS256"}') -> str:
    """A token whose payload is this text, signed by our key."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    body = f"{part(header.encode())}.{part(payload.encode())}"
    return f"{body}.{part(OURS.sign(body.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def refused(token: str, account: Account = ACCOUNT, now: int = NOW) -> str:
    with pytest.raises(UnsignedError) as caught:
        verify(token, account, now)
    return str(caught.value)


def test_what_the_account_signed_names_the_agent() -> None:
    """The agent's id and the place, in every sidebar."""
    assert verify(signed(), ACCOUNT, NOW) == Visit("42", "ticket_sidebar")
    for place in ("new_ticket_sidebar", "user_sidebar", "organization_sidebar"):
        token = signed(context={"product": "support", "location": place})
        assert verify(token, ACCOUNT, NOW).location == place


@pytest.mark.parametrize("token", ["", "null", "a.b", "a.b.c", f"{'x.' * 10_000}x", "é.é.é", "..", "a..b"])
def test_a_jwt_01_what_is_no_token_is_refused(token: str) -> None:
    """Nothing, and what only looks like one."""
    assert refused(token) == "it is no token"


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", ""])
def test_a_jwt_02_an_unsigned_token_is_refused(algorithm: str) -> None:
    """Whatever spelling of none its head has, with and without something in the signature's place."""
    head = part(json.dumps({"alg": algorithm}).encode())
    body = f"{head}.{part(json.dumps(claims()).encode())}"
    assert refused(f"{body}.") == "it is no token"
    refused(f"{body}.x")


@pytest.mark.parametrize("shape", ["pem", "der", "jwk"])
def test_a_jwt_03_the_public_key_is_no_shared_secret(shape: str) -> None:
    """HS256 with the public key as its secret, in each form in which the key is known."""
    secrets: dict[str, Callable[[], bytes]] = {
        "pem": lambda: pem(OURS).encode(),
        "der": lambda: OURS.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
        "jwk": lambda: jwt.algorithms.RSAAlgorithm.to_jwk(OURS.public_key()).encode(),
    }
    head = part(json.dumps({"alg": "HS256"}).encode())
    body = f"{head}.{part(json.dumps(claims()).encode())}"
    forged = hmac.new(secrets[shape](), body.encode(), hashlib.sha256).digest()
    assert refused(f"{body}.{part(forged)}") == "it is signed in another way"


@pytest.mark.parametrize("algorithm", ["RS512", "PS256"])
def test_a_jwt_04_one_algorithm_is_taken(algorithm: str) -> None:
    """Our own key in another algorithm counts for nothing."""
    assert refused(signed(algorithm=algorithm)) == "it is signed in another way"


@pytest.mark.parametrize(
    ("over", "reason"),
    [
        ({"exp": None}, "it has no exp"),
        ({"exp": "soon"}, "it has no exp"),
        ({"exp": True}, "it has no exp"),
        ({"exp": str(NOW + 200)}, "it has no exp"),
    ],
)
def test_a_jwt_05_without_an_end_it_is_refused(over: dict[str, Any], reason: str) -> None:
    """The end has to be there, and be a number of seconds."""
    assert refused(signed(**over)) == reason


def test_a_jwt_06_an_end_in_ten_years_is_refused() -> None:
    """Ten minutes are the longest life."""
    assert refused(signed(exp=NOW + 10 * 365 * 86_400)) == "it lives too long"
    assert verify(signed(iat=NOW, exp=NOW + 600), ACCOUNT, NOW)
    refused(signed(iat=NOW, exp=NOW + 601))


def test_a_jwt_07_after_its_end_and_the_leeway_it_is_refused() -> None:
    """To the second."""
    token = signed()
    assert verify(token, ACCOUNT, NOW + 295 + LEEWAY)
    assert refused(token, now=NOW + 295 + LEEWAY + 1) == "its time is over or has not come"


def test_a_jwt_08_before_its_beginning_it_is_refused() -> None:
    """By issue and by beginning; without an issue it is refused, too."""
    refused(signed(), now=NOW - 5 - LEEWAY - 1)
    assert verify(signed(), ACCOUNT, NOW - 5 - LEEWAY)
    refused(signed(nbf=NOW + LEEWAY + 1))
    refused(signed(nbf="now"))
    assert refused(signed(iat=None)) == "it has no iat"
    assert verify(signed(nbf=None), ACCOUNT, NOW)


@pytest.mark.parametrize(
    "aud",
    [
        None,
        "",
        audience(replace(ACCOUNT, installation="360002")),
        [audience(ACCOUNT), "x"],
        [audience(ACCOUNT)],
    ],
)
def test_a_jwt_09_it_has_to_be_for_this_installation(aud: Any) -> None:
    """No other, none, and no list that also names ours."""
    assert refused(signed(aud=aud)) == "it is for another installation"


@pytest.mark.parametrize(
    "iss", [None, "acme.zendesk.co", "xacme.zendesk.com", "ACME.zendesk.com", f"{HOST}.evil.example"]
)
def test_a_jwt_10_and_11_it_has_to_be_from_this_account(iss: str | None) -> None:
    """Neither a part of the name nor more of it; another account's token is the same thing."""
    assert refused(signed(iss=iss)) == "it is from another account"


def test_a_jwt_13_nothing_that_a_head_names_is_used() -> None:
    """A key carried along or pointed at counts for nothing, and what must be understood is refused."""
    jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(OTHER.public_key()))
    for headers in (
        {"jku": "https://evil.example/k"},
        {"x5u": "file:///etc/passwd"},
        {"jwk": jwk},
        {"kid": "../k"},
    ):
        assert refused(signed(OTHER, headers=headers)) == "nobody we know signed it"
        assert verify(signed(headers=headers), ACCOUNT, NOW)
    refused(by_hand(json.dumps(claims()), '{"alg":"RS256","crit":["x"],"x":1}'))


@pytest.mark.parametrize(
    "payload",
    [
        json.dumps(claims())[:-1] + ',"iss":"acme.zendesk.com"}',
        json.dumps(claims()).replace(str(NOW + 295), "1e400"),
        json.dumps(claims()).replace(str(NOW + 295), f"{NOW + 295}.5"),
        json.dumps(claims()).replace(str(NOW + 295), "NaN"),
        "[]",
        "7",
        "{",
        "[" * 5000,
    ],
)
def test_a_jwt_14_claims_that_are_not_plain_are_refused(payload: str) -> None:
    """Twice the same claim, numbers that are not whole, and what is no set of claims, although signed."""
    assert refused(by_hand(payload)) == "its claims cannot be read"


def test_a_jwt_14_a_huge_token_costs_nothing() -> None:
    """A megabyte is refused by its length."""
    begun = time.thread_time()
    assert refused("a" * (1 << 20)) == "it is no token"
    assert time.thread_time() - begun < 0.005


def test_a_jwt_16_a_key_that_is_no_longer_named_counts_for_nothing() -> None:
    """While keys are changed both count, afterwards the new one alone."""
    both = replace(ACCOUNT, keys=(pem(OTHER), pem(OURS)))
    assert verify(signed(), both, NOW)
    assert refused(signed(), replace(ACCOUNT, keys=(pem(OTHER),))) == "nobody we know signed it"


@pytest.mark.parametrize(
    "over",
    [
        {"sub": None},
        {"sub": "42"},
        {"sub": "https://evil.zendesk.com/api/v2/users/42.json"},
        {"sub": f"https://{HOST}/api/v2/users/0.json"},
        {"context": None},
        {"context": {"product": "support", "location": "nav_bar"}},
        {"context": {"product": "chat", "location": "ticket_sidebar"}},
        {"context": ["ticket_sidebar"]},
    ],
)
def test_an_agent_and_a_sidebar_have_to_be_named(over: dict[str, Any]) -> None:
    """Nobody, somebody elsewhere and other places of the account are refused."""
    refused(signed(**over))


def test_a_key_is_looked_at_when_the_server_starts() -> None:
    """A public RSA key is taken; a private one, another kind and a text are named."""
    demand_key(pem(OURS))
    private = OURS.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    for text in ("", "hello", private):
        with pytest.raises(ValueError, match="RSA key"):
            demand_key(text)
