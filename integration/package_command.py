"""What ``app`` does: write the package of the sidebar for the account's own admin page."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from connectors import package
from integration import show
from integration.faults import OK
from integration.settings import SettingsError, load

NEXT = (
    "Upload it as a private app in the account's Admin Center (Apps and integrations, Zendesk Support apps),"
    " then set sidebar.installation_id and sidebar.public_key_files."
)


def app(out: Path, *, force: bool, json: bool) -> int:
    """Write the package. Raises SettingsError where the installation has no address that can be framed."""
    settings = load()
    if not settings.server.address:
        raise SettingsError(
            "server.address (DESKCUE_SERVER__ADDRESS): the app has to know where browsers find Deskcue."
        )
    if out.exists() and not force:
        raise SettingsError(f"{out} is there already. Name another file with --out, or add --force.")
    try:
        packed = package(settings.desk.vendor, settings.server.address, metadata.version("deskcue"))
    except ValueError as fault:
        raise SettingsError(f"server.address (DESKCUE_SERVER__ADDRESS): {fault}.") from None
    try:
        out.write_bytes(packed)
    except OSError as fault:
        raise SettingsError(f"{out} cannot be written: {fault.strerror}.") from None
    if json:
        show.as_json({"path": str(out), "bytes": len(packed)})
    else:
        show.line(f"Written: {out} ({len(packed):,} bytes). {NEXT}")
    return OK
