"""Business hours and holidays."""

from __future__ import annotations

from itertools import pairwise

from connectors.sandbox.call import Answer, Call, Row, found, ok, whole
from connectors.sandbox.refusals import RefusedError, not_found
from connectors.sandbox.rules import reading, wire_rules
from connectors.sandbox.rules.days import day_number, zone
from connectors.sandbox.rules.records import Holiday, Schedule
from connectors.sandbox.wire import Json

WEEK = 7 * 24 * 60


def listing(call: Call) -> Answer:
    """All schedules at once; the first is the account's own."""
    return ok(schedules=[wire_rules.schedule(one) for one in call.desk.rules.schedules])


def show(call: Call) -> Answer:
    return ok(schedule=wire_rules.schedule(_schedule(call)))


def _schedule(call: Call) -> Schedule:
    schedule: Schedule = found(call.desk.rules.schedules.get(call.id()))
    return schedule


def add(call: Call) -> Answer:
    wish, shelf, now = call.wrapped("schedule"), call.desk.rules.schedules, call.desk.clock.wall()
    schedule = Schedule(
        id=shelf.next_id(), created_at=now, updated_at=now,
        intervals=tuple((day * 1440 + 540, day * 1440 + 1020) for day in range(1, 6)),
    )  # fmt: skip
    _write(call, schedule, {"name": None, **wish})
    shelf.add(schedule)
    return Answer(201, {"schedule": wire_rules.schedule(schedule)})


def change(call: Call) -> Answer:
    schedule = _schedule(call)
    _write(call, schedule, call.wrapped("schedule"))
    return ok(schedule=wire_rules.schedule(schedule))


def _write(call: Call, schedule: Schedule, wish: Json) -> None:
    name, intervals = schedule.name, schedule.intervals
    zone_name = wish.get("time_zone", schedule.time_zone)
    if "name" in wish:
        name = reading.name(wish, "name", "Name")
        if any(one.name == name and one.id != schedule.id for one in call.desk.rules.schedules):
            raise reading.refuse("name", "Name: has already been taken")
    try:
        zone(str(zone_name))
    except ValueError as fault:
        raise reading.refuse("time_zone", f"Time zone: {fault}") from None
    if "intervals" in wish:
        intervals = _intervals(wish["intervals"])
    schedule.name, schedule.time_zone, schedule.intervals = name, str(zone_name), intervals
    schedule.updated_at = call.desk.clock.wall()


def intervals(call: Call) -> Answer:
    """Set the working hours of a week."""
    schedule = _schedule(call)
    schedule.intervals = _intervals(call.wrapped("workweek").get("intervals"))
    schedule.updated_at = call.desk.clock.wall()
    return ok(workweek={"intervals": wire_rules.schedule(schedule)["intervals"]})


def _intervals(value: object) -> tuple[tuple[int, int], ...]:
    """Spans of the week in whole minutes, in order and apart."""
    rows = value if isinstance(value, list) else [None]
    spans = [_span(row) for row in rows]
    spans.sort()
    if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
        raise reading.refuse("intervals", "Intervals: must not overlap")
    return tuple(spans)


def _span(row: object) -> tuple[int, int]:
    start, end = (row.get("start_time"), row.get("end_time")) if isinstance(row, dict) else (None, None)
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= WEEK:
        raise reading.refuse("intervals", f"Intervals: must be minutes of the week from 0 to {WEEK}")
    return start, end


def remove(call: Call) -> Answer:
    call.desk.rules.schedules.remove(_schedule(call).id)
    return Answer(204, None)


def holidays(call: Call) -> Answer:
    return ok(holidays=[wire_rules.holiday(one) for one in _schedule(call).holidays])


def add_holiday(call: Call) -> Answer:
    schedule, wish = _schedule(call), call.wrapped("holiday")
    holiday = Holiday(call.desk.serial(), reading.name(wish, "name", "Name"), *_days(wish))
    schedule.holidays = (*schedule.holidays, holiday)
    return Answer(201, {"holiday": wire_rules.holiday(holiday)})


def _days(wish: Json) -> tuple[int, int]:
    try:
        first, last = day_number(wish.get("start_date")), day_number(wish.get("end_date"))
    except ValueError:
        raise _no_days("must be dates such as 2026-12-25") from None
    if last < first:
        raise _no_days("must not end before they begin")
    return first, last


def _no_days(text: str) -> RefusedError:
    return reading.refuse("start_date", f"Holidays {text}")


def remove_holiday(call: Call) -> Answer:
    schedule, key = _schedule(call), whole(call.params["holiday"], "holiday id")
    rest = tuple(one for one in schedule.holidays if one.id != key)
    if len(rest) == len(schedule.holidays):
        raise not_found()
    schedule.holidays = rest
    return Answer(204, None)


ROOT = "/api/v2/business_hours/schedules"
ROWS = (
    Row("GET", ROOT, listing),
    Row("POST", ROOT, add, admin=True),
    Row("GET", ROOT + "/{id}", show),
    Row("PUT", ROOT + "/{id}", change, admin=True),
    Row("DELETE", ROOT + "/{id}", remove, admin=True),
    Row("PUT", ROOT + "/{id}/workweek", intervals, admin=True),
    Row("GET", ROOT + "/{id}/holidays", holidays),
    Row("POST", ROOT + "/{id}/holidays", add_holiday, admin=True),
    Row("DELETE", ROOT + "/{id}/holidays/{holiday}", remove_holiday, admin=True),
)
