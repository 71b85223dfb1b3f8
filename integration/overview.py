"""Store to home page: the state of everything in counts."""

from __future__ import annotations

from integration.app import App
from integration.store import ground, outbox, status
from integration.web.home import LastRun, Overview, SegmentCount


def overview(app: App, next_sync: int | None) -> Overview:
    """What the home page shows, from one consistent read of the store."""
    policy = app.policy
    with app.store.read() as connection:
        fresh, counted = status.freshness(connection), status.count(connection)
        sizes, run = status.segment_sizes(connection), status.last_run(connection)
        waiting, waits = outbox.count(connection), ground.waits(connection)
    return Overview(
        desk=app.settings.desk.address,
        policy=policy.name,
        version=policy.version,
        goal=policy.goal,
        owner=policy.owner,
        review_by=policy.review_by,
        segments=tuple(
            SegmentCount(one.label, one.kind, one.look, sizes.get(name, 0))
            for name, one in policy.segments.items()
        ),
        customers=counted["customers"],
        tickets=counted["tickets"],
        synced_at=fresh.synced_at,
        fault=fresh.fault,
        next_sync=next_sync,
        last_run=LastRun(run.id, run.started_at, run.changes, run.outcomes.get("written", 0))
        if run
        else None,
        outbox=waiting,
        dead_letters=counted["dead_letters"],
        waits=waits.reasons if waits else (),
    )
