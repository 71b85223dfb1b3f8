"""The process that reads everyone: an order on standard input, findings on standard output, then it ends.

Nothing is written: the store is attached for reading, and DuckDB may load nothing but the reader for SQLite.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from integration.screening.order import DONE, Found, Order

MEMORY = "512MB"
"""What DuckDB may hold; the rest goes to the order's folder."""

FETCH = 2_000

_TOGETHER = (
    "CREATE TEMP TABLE differ AS SELECT coalesce(p.customer_id, r.customer_id) AS customer_id, r.print FROM ("
    "SELECT c.customer_id, cast(hash(c.print, t.print) >> 1 AS bigint) AS print"
    " FROM of_customers AS c LEFT JOIN of_tickets AS t ON t.customer_id = c.customer_id) AS r"
    " FULL JOIN desk.prints AS p ON p.customer_id = r.customer_id WHERE r.print IS DISTINCT FROM p.print"
)


def answer(order: Order) -> None:
    """Write down whoever reads otherwise than their print says, and whose prints are of nobody."""
    import duckdb
    import duckdb_extension_sqlite_scanner as scanner

    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY,
        "temp_directory": order.folder,
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    connection = duckdb.connect(config=settings)
    (extension,) = Path(scanner.__file__).parent.rglob(f"v{duckdb.__version__}/*.duckdb_extension")
    connection.load_extension(str(extension))
    store = order.store.replace("'", "''")
    connection.execute(f"ATTACH '{store}' AS desk (TYPE sqlite, READ_ONLY)")
    connection.execute("USE desk")
    for name, asked in (("of_customers", order.customers), ("of_tickets", order.tickets)):
        connection.execute(f"CREATE TEMP TABLE {name} AS {asked.sql}", asked.parameters)
    connection.execute(_TOGETHER)
    # The store is let go before anybody is assigned: whoever reads long keeps its log from being folded back.
    connection.execute("USE memory")
    connection.execute("DETACH desk")
    rows = connection.execute("SELECT customer_id, print FROM differ")
    while found := rows.fetchmany(FETCH):
        _say(*(Found(*row) for row in found))


def _say(*lines: Found | str) -> None:
    sys.stdout.buffer.write(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))


def main() -> None:
    """Answer the order on standard input; a failure is told by its kind: its text may quote a customer."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    try:
        answer(order)
    except Exception as fault:  # noqa: BLE001  # whatever it is, the other process has to be told
        _say(type(fault).__name__)
    else:
        _say(DONE)


if __name__ == "__main__":
    main()
