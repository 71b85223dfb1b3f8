"""The app that shows the sidebar, as the account holds it: its installation, and its key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from connectors.answer import Answer, strict_json
from connectors.errors import RejectedError, UnavailableError
from connectors.findings import Finding, fault, ok, warning
from connectors.zendesk.checkup import REFUSED, Account, said
from connectors.zendesk.features import guarded

INSTALLATIONS = "/api/v2/apps/installations.json"
LEAVE = "Have an admin own the OAuth client, give it the scope read, then sign in again."
NUMBER = "Set sidebar.app_id to the number that the Admin Center shows for the app."
_BEGINS = b"-----BEGIN PUBLIC KEY-----"


class WireInstallation(msgspec.Struct, kw_only=True):
    id: int
    app_id: int | None = None
    enabled: bool = True


def key(account: Account, app: str) -> str:
    """The public key of an app, as PEM; whether it is a key that can be used is for others to find out.

    Raises UnavailableError where we may not ask, RejectedError where there is no such app or no key.
    """
    answer = account.look(f"/api/v2/apps/{app}/public_key.pem", accept=(200, *REFUSED))
    if answer.status == 403:
        what = f"The key of the app {app} is not shown to us ({_refusal(answer)})."
        raise UnavailableError(what, status=403)
    if answer.status == 404:
        raise RejectedError(f"The account knows no app {app} with a key ({_refusal(answer)}).", status=404)
    if not answer.body.strip().startswith(_BEGINS):
        raise RejectedError(f"What the account shows as the key of the app {app} is no public key.")
    return answer.body.decode("ascii", "replace")


def examine(account: Account, app: str, installation: str) -> Iterator[Finding]:
    """Whether the app is installed under the number that is set, and whether its key is to be had."""
    yield guarded("app", lambda: _installed(account, app, installation))
    yield guarded("app key", lambda: _key(account, app))


def _installed(account: Account, app: str, installation: str) -> Finding:
    answer = account.look(INSTALLATIONS)
    if answer.status != 200:
        return fault("app", f"Which apps are installed is not shown to us ({_refusal(answer)}).", LEAVE)
    found = msgspec.convert(strict_json(answer.body).get("installations"), list[WireInstallation])
    ours = [one for one in found if str(one.app_id) == app]
    if not ours:
        what = f"The app {app} is not installed in the account."
        return fault("app", what, f"{NUMBER} Where there is none, upload what `deskcue app` writes.")
    meant = next((one for one in found if str(one.id) == installation), None)
    if meant not in ours:
        remedy = f"Set sidebar.installation_id to {_numbers(ours)}, or another sidebar.app_id."
        return fault("app", _astray(app, installation, meant), remedy)
    if not meant.enabled:
        what = f"The app {app} is installed as {installation}, and switched off."
        return warning("app", what, "Switch it on in the Admin Center under Apps, Zendesk Support apps.")
    return ok("app", f"The app {app} is installed as {installation}.")


def _astray(app: str, installation: str, meant: WireInstallation | None) -> str:
    if not installation:
        return f"The app {app} is installed, and sidebar.installation_id does not say as what."
    if meant is None:
        return f"The account has no installation {installation}."
    return f"The installation {installation} is of the app {meant.app_id}, and sidebar.app_id names {app}."


def _numbers(ours: Sequence[WireInstallation]) -> str:
    return " or ".join(f'"{one.id}"' for one in ours)


def _key(account: Account, app: str) -> Finding:
    try:
        key(account, app)
    except UnavailableError as error:
        return fault("app key", error.message, LEAVE)
    except RejectedError as error:
        return fault("app key", error.message, f"{NUMBER} Or name its key in sidebar.public_key_files.")
    return ok("app key", "The account shows the app's public key.")


def _refusal(answer: Answer) -> str:
    words = said(answer)
    return f"{answer.status}: {words}" if words else str(answer.status)
