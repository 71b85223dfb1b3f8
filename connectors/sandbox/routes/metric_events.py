"""The diary of all clocks, for admins: in order of time, as an export or in pages."""

from __future__ import annotations

from connectors.sandbox.call import Answer, Call, Row
from connectors.sandbox.export import WITHHELD, by_time
from connectors.sandbox.paging import instant, page
from connectors.sandbox.rules import wire_rules
from connectors.sandbox.rules.metric_events import catch_up
from connectors.sandbox.rules.records import MetricEvent


def metric_events(call: Call) -> Answer:
    """By ``start_time`` like the other exports; a page size asks for ordinary pages since then instead."""
    now, hidden = call.desk.clock.wall(), call.query.get("exclude_deleted") == "true"
    complete, events = catch_up(call.desk), call.desk.metric_events
    if "page[size]" not in call.query and "page[after]" not in call.query:
        body = by_time(
            events, "ticket_metric_events", call.query, call.address, now, wire_rules.metric_event,
            lambda event: not (hidden and event.deleted),
        )  # fmt: skip
        return Answer(200, {**body, "end_of_stream": body["end_of_stream"] and complete})
    start = instant(call.query, "start_time", 0)

    def fits(event: MetricEvent) -> bool:
        return start <= event.updated_at <= now - WITHHELD and not (hidden and event.deleted)

    shown = page(events, "ticket_metric_events", call.query, call.address, wire_rules.metric_event, fits)
    return Answer(200, shown)


ROWS = (Row("GET", "/api/v2/incremental/ticket_metric_events", metric_events, admin=True),)
