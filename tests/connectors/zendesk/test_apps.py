"""The app as an account tells of it: which installations there are, and what is taken for its key."""

from __future__ import annotations

import pytest

from connectors.errors import RejectedError, UnavailableError
from connectors.findings import Finding
from tests.connectors.fault_server import as_json, response
from tests.connectors.zendesk.scripted import Script, desk
from tests.connectors.zendesk.test_signed import OURS, pem

KEY = response(body=pem(OURS).encode(), kind="application/x-pem-file")
OURS_AND_THEIRS = as_json(
    {
        "installations": [
            {"id": 1, "app_id": 7, "enabled": True, "settings": {"title": "Deskcue"}},
            {"id": 2, "app_id": 8, "enabled": False, "settings": {"title": "Other"}},
            {"id": 3, "app_id": 7, "settings": {}},
            {"id": 4, "app_id": None},
        ]
    }
)


def key(answer: bytes) -> str:
    with desk(Script(apps_public_key_pem=[answer])) as account:
        return account.app_key("7")


def app(installation: str, number: str = "7", answer: bytes = OURS_AND_THEIRS) -> Finding:
    script = Script(apps_installations_json=[answer], apps_public_key_pem=[KEY])
    with desk(script) as account:
        found, of_key = account.examine_app(number, installation)
    assert (of_key.check, of_key.level) == ("app key", "ok")
    return found


def test_the_key_is_asked_for_by_the_apps_number() -> None:
    """With our credentials, and taken as it is although it is no JSON."""
    script = Script(apps_public_key_pem=[KEY])
    with desk(script) as account:
        assert account.app_key("7") == pem(OURS)
    assert script.requests[0].target == "/api/v2/apps/7/public_key.pem"
    assert len(script.requests) == 1


@pytest.mark.parametrize("kind", ["text/html", "application/json", "application/x-pem-file"])
def test_what_is_no_key_is_refused(kind: str) -> None:
    """A page for people, an empty answer, a private key."""
    for body in (b"<!doctype html><title>Sign in", b"", b"{}", b"-----BEGIN PRIVATE KEY-----\nx"):
        with pytest.raises(RejectedError, match="is no public key"):
            key(response(body=body, kind=kind))


def test_a_refusal_says_whether_it_is_the_number_or_the_leave() -> None:
    """404 and 403, with the desk's own words."""
    with pytest.raises(RejectedError, match=r"no app 7 with a key \(404: RecordNotFound: Not found\)"):
        key(as_json({"error": "RecordNotFound", "description": "Not found"}, 404))
    with pytest.raises(UnavailableError, match=r"not shown to us \(403: Forbidden: No access\)"):
        key(as_json({"error": {"title": "Forbidden", "message": "No access"}}, 403))


def test_an_installation_is_of_one_app() -> None:
    """The one that is set, that of another app, none that is set and one that is not there."""
    assert app("1").what == "The app 7 is installed as 1."
    assert app("3").level == "ok"
    stray = app("2")
    assert (stray.level, stray.what) == (
        "fault",
        "The installation 2 is of the app 8, and sidebar.app_id names 7.",
    )
    assert stray.remedy == 'Set sidebar.installation_id to "1" or "3", or another sidebar.app_id.'
    assert app("").what == "The app 7 is installed, and sidebar.installation_id does not say as what."
    assert app("9").what == "The account has no installation 9."
    assert "The app 6 is not installed" in app("1", "6").what


def test_an_app_that_is_switched_off_is_told() -> None:
    """Agents do not see it, so it is worth a warning."""
    off = app("2", "8")
    assert (off.level, off.what) == ("warning", "The app 8 is installed as 2, and switched off.")


def test_a_list_that_cannot_be_read_is_a_finding() -> None:
    """Nothing is raised: neither for a refusal nor for an answer in another form."""
    assert app("1", answer=as_json({"error": "Forbidden"}, 403)).level == "fault"
    assert app("1", answer=as_json({"installations": [{"id": "one"}]})).level == "warning"
    assert app("1", answer=as_json({})).level == "warning"
