"""One limit of a desk: what we sent, what the desk says is left, and when the next request may go.

Nothing is locked here and nobody waits; ``budget.py`` does both.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right

import msgspec

from connectors.errors import RetryableError

PAD = 1.0
"""Seconds that a window lasts longer for us: requests do not arrive as evenly as they leave."""

LONGEST_PEACE = 86_400.0
"""Seconds for which a peace is believed that another process was asked for."""

STALE = 5
"""Windows after which what others used is forgotten."""


class ParkedError(RetryableError):
    """Worth asking again, but later than one call may last: ``wait`` tells when."""


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """``amount`` requests in ``seconds``, as the vendor documents it; None where nothing is known.

    ``agents`` says whether the people at the desk live on it, too: then we keep to our share of it.
    Otherwise we only leave a tenth to other programs.
    """

    name: str
    amount: int | None = None
    seconds: float = 60.0
    agents: bool = True


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer says of one limit; ``resets`` is in seconds from now, None when it is not said."""

    name: str
    total: int
    remaining: int
    resets: float | None = None


class Kept(msgspec.Struct, frozen=True):
    """What outlives a process of one limit; ``ends`` and ``opens`` are wall time."""

    total: int
    remaining: int
    ends: float
    opens: float = 0.0
    parked: bool = False


class _Told(msgspec.Struct, frozen=True):
    """A reading with its place in time: ``serial`` is the request that brought it."""

    total: int
    remaining: int
    serial: int
    at: float
    ends: float


class Window:
    """A limit at work. Times are of the monotonic clock; requests are numbered as they are sent."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._sent: list[float] = []
        self._before = 0
        """Requests that were sent and are forgotten; the rest are in ``_sent``, oldest first."""
        self._told: _Told | None = None
        self._others = 0.0
        self._others_before = 0.0
        self._opens = -math.inf
        self._parked = False
        self._heard = False
        self._inherited = 0
        """Requests of the window in which we began that were sent before us, perhaps by our predecessor."""
        self._inherited_until = -math.inf

    @property
    def total(self) -> int | None:
        """Requests in a window: as the desk says, before that as the vendor documents."""
        return self._told.total if self._told else self._limit.amount

    @property
    def told(self) -> bool:
        """Whether the desk has said anything of it."""
        return self._told is not None

    @property
    def span(self) -> float:
        return self._limit.seconds

    @property
    def keep(self) -> int:
        """Requests that we never take, however much is left."""
        total = self.total or 0
        return min(max(1, total // 10), max(0, total - 1))

    def cap(self, share: float, now: float) -> float:
        """Requests that we may send in any window: our share, less what others use beyond theirs."""
        if self.total is None:
            return math.inf
        left = self.total - self.keep - self._expected(now)
        return max(1, math.floor(min(self._ours(share), left) - self._before_us(now)))

    def wait(self, share: float, now: float) -> float:
        """Seconds until a request may go, 0 for now; raises ParkedError while the desk wants long peace."""
        if self._parked and now < self._opens:
            left = self._opens - now
            raise ParkedError(
                f"The help desk asked for no requests for another {left:.0f} seconds.", wait=left
            )
        return max(0.0, self._opens - now, self._until_ours(share, now), self._until_left(now))

    def lasts(self, count: int, share: float, now: float) -> float:
        """Seconds until so many requests more can have gone, at the present pace."""
        cap = self.cap(share, now)
        if math.isinf(cap) or count == 0:
            return 0.0
        room = cap - (len(self._sent) - bisect_right(self._sent, now - self.span - PAD))
        windows = max(0, math.ceil((count - room) / cap))
        return max(0.0, self._opens - now, self._until_left(now)) + windows * self.span

    def send(self, now: float) -> int:
        """Count a request; gives its number."""
        self._forget(now)
        self._sent.append(now)
        return self._before + len(self._sent) - 1

    def hear(self, reading: Reading, serial: int, now: float) -> None:
        """Take what the answer to request ``serial`` says; older answers that come late are no news."""
        told = self._told
        if told is not None and serial < told.serial:
            return
        resets = self.span if reading.resets is None else min(max(reading.resets, 0.0), self.span)
        ends = now + resets
        self._told = _Told(reading.total, reading.remaining, serial, now, ends)
        if told is None or ends > told.ends + PAD:
            fresh = told is not None and ends < told.ends + STALE * self.span
            self._others_before, self._others = self._others if fresh else 0.0, 0.0
        begun = ends - self.span - PAD
        ours = max(0, serial + 1 - self._before - bisect_left(self._sent, begun))
        strange = reading.total - reading.remaining - ours
        if not self._heard:
            # A process that was killed has left no count behind: what was used in its minute may be ours.
            self._heard, self._inherited, self._inherited_until = True, max(0, strange), ends + PAD
        self._others = max(self._others, strange - self._before_us(now))

    def kept(self, now: float, wall: float) -> Kept | None:
        """The last reading for another process, less what we have sent since."""
        told = self._told
        if told is None:
            return None
        since = self._before + len(self._sent) - 1 - told.serial
        opens = self._opens + wall - now if self._opens > now else 0.0
        return Kept(told.total, told.remaining - since, told.ends + wall - now, opens, self._parked)

    def resume(self, kept: Kept, now: float, wall: float) -> None:
        """Begin with what another process was told; a time further off than a window is not believed."""
        if wall < kept.opens <= wall + LONGEST_PEACE:
            self._opens, self._parked = now + kept.opens - wall, kept.parked
        ends = now + min(kept.ends - wall, self.span)
        self._told = _Told(
            kept.total, kept.remaining, self._before + len(self._sent) - 1, ends - self.span, ends
        )

    def close(self, now: float, seconds: float, *, parked: bool) -> None:
        """No request for that long; ``parked`` ones are refused instead of waiting."""
        self._opens, self._parked = now + seconds, parked
        if self._told is not None:
            # The desk has said outright when to come back: its reset is not waited for on top.
            self._told = msgspec.structs.replace(self._told, ends=self._opens - PAD)

    def idle(self, now: float) -> bool:
        """Whether forgetting it would change nothing."""
        ends = self._told.ends if self._told else now
        return now >= max(self._opens, ends) and (not self._sent or now >= self._sent[-1] + self.span + PAD)

    def _ours(self, share: float) -> float:
        """What we may use of a window that nobody else uses much."""
        total = self.total or 0
        return total * share if self._limit.agents else total - self.keep

    def _before_us(self, now: float) -> int:
        return self._inherited if now < self._inherited_until else 0

    def _expected(self, now: float) -> float:
        """What others will have used by the end of this window, at their present or their last pace."""
        told = self._told
        if told is None:
            return 0.0
        if now >= told.ends:
            return max(self._others_before, self._others) if now < told.ends + STALE * self.span else 0.0
        gone = told.at - (told.ends - self.span) + PAD  # resets are whole seconds, rounded up
        pace = self._others * self.span / gone if gone >= self.span / 4 else self._others
        return max(self._others_before, pace)

    def _until_ours(self, share: float, now: float) -> float:
        cap, live = self.cap(share, now), len(self._sent) - bisect_right(self._sent, now - self.span - PAD)
        if live < cap:
            return 0.0
        if self._sent[-1] < self._opens and live < self._ours(share):
            return 0.0  # the desk has told us when to come back, and it knows what others use
        leaves = self._sent[len(self._sent) - int(cap)] + self.span + PAD
        return (min(leaves, self._inherited_until) if self._before_us(now) else leaves) - now

    def _until_left(self, now: float) -> float:
        told = self._told
        if told is None or now >= told.ends + PAD:
            return 0.0
        since = self._before + len(self._sent) - 1 - told.serial
        return 0.0 if told.remaining - since > self.keep else told.ends + PAD - now

    def _forget(self, now: float) -> None:
        old = bisect_right(self._sent, now - self.span - PAD)
        # Now and then only: cutting a long list at its head costs its whole length.
        if old and (old >= 64 or old == len(self._sent)):
            del self._sent[:old]
            self._before += old
