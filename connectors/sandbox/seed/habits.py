"""How customers differ: how often they write, when, how, in what mood, and how they judge."""

from __future__ import annotations

from typing import NamedTuple

DAY = 86_400


class Habit(NamedTuple):
    """A way of being a customer. Shares and chances lie between 0 and 1, times are days before now."""

    share: float
    """Part of all customers."""
    weight: float
    """How many tickets, compared with a steady customer."""
    fewest: int
    """Tickets each of them has at least."""
    newest: tuple[float, float]
    """Between which ages the latest ticket lies."""
    oldest: int
    joined: tuple[int, int]
    channels: dict[str, int]
    moods: dict[str, int]
    reopens: float
    rates: float
    good_before: float
    """Chance that a rating older than ``LATELY`` is good."""
    good_lately: float


LATELY = 60 * DAY
USUAL_CHANNELS = {"email": 50, "web": 26, "chat": 14, "voice": 10}
USUAL_MOODS = {"calm": 62, "worried": 18, "angry": 8, "grateful": 12}

HABITS: dict[str, Habit] = {
    "steady": Habit(
        0.47, 1.0, 1, (0.2, 90), 720, (120, 1100), USUAL_CHANNELS, USUAL_MOODS, 0.04, 0.30, 0.90, 0.88
    ),
    "quiet": Habit(
        0.15, 0.3, 0, (5, 300), 500, (60, 900), USUAL_CHANNELS, USUAL_MOODS, 0.02, 0.20, 0.90, 0.90
    ),
    "newcomer": Habit(
        0.09, 0.3, 1, (0.1, 6), 28, (2, 29), {"email": 30, "web": 35, "chat": 30, "voice": 5},
        {"calm": 70, "worried": 22, "angry": 2, "grateful": 6}, 0.02, 0.25, 0.9, 0.9,
    ),
    "dormant": Habit(
        0.10, 0.6, 1, (380, 560), 720, (740, 1300), USUAL_CHANNELS, USUAL_MOODS, 0.05, 0.25, 0.8, 0.8
    ),
    "reopener": Habit(
        0.035, 2.0, 6, (0.2, 5), 300, (320, 900), USUAL_CHANNELS,
        {"calm": 30, "worried": 30, "angry": 40, "grateful": 0}, 0.45, 0.6, 0.6, 0.12,
    ),
    "caller": Habit(
        0.035, 2.6, 9, (0.2, 5), 160, (170, 700), {"voice": 82, "email": 12, "web": 6},
        {"calm": 50, "worried": 35, "angry": 12, "grateful": 3}, 0.06, 0.2, 0.8, 0.7,
    ),
    "champion": Habit(
        0.075, 1.3, 3, (0.5, 25), 700, (400, 1300), USUAL_CHANNELS,
        {"calm": 45, "worried": 5, "angry": 0, "grateful": 50}, 0.01, 0.75, 0.98, 0.98,
    ),
    "fading": Habit(
        0.0375, 2.0, 7, (0.2, 4), 400, (450, 1200), {"email": 55, "voice": 25, "web": 12, "chat": 8},
        {"calm": 25, "worried": 35, "angry": 40, "grateful": 0}, 0.15, 0.85, 0.95, 0.08,
    ),
}  # fmt: skip
"""``fading`` customers were content and no longer are, and their company's renewal is near."""

TIERS: dict[str, tuple[int, int, int, int]] = {
    "free": (0, 0, 1, 4),
    "starter": (180, 900, 1, 10),
    "team": (900, 6_000, 4, 40),
    "business": (6_000, 38_000, 20, 220),
    "enterprise": (42_000, 210_000, 120, 1_800),
}
"""Plan to yearly revenue (EUR) and seats, each from and to."""

PLANS = ("free", "starter", "team", "business", "enterprise")
PLAN_WEIGHTS = (14, 28, 30, 18, 10)
"""How common each plan is among companies whose renewal is not at stake."""
