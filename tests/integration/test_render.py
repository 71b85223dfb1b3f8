"""Numbers, times and text for people: what each formatting function promises."""

from __future__ import annotations

import pytest

from integration import render
from tests.integration.sidebar_cases import DAY, HOUR, NOW, ZONE


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (2280, "in 38 minutes"),
        (-2280, "38 minutes ago"),
        (59, "in 1 minute"),
        (-1, "1 minute ago"),
        (7199, "in 119 minutes"),
        (7200, "in 2 hours"),
        (-26 * HOUR - 3599, "26 hours ago"),
        (48 * HOUR, "in 2 days"),
    ],
)
def test_spans_are_rounded_towards_now(seconds: int, words: str) -> None:
    """Time left is never told longer than it is."""
    assert render.relative(seconds, "en") == words


def test_moments_name_the_day_only_when_it_is_another() -> None:
    """Today is a clock time; another day comes with its date, another year with the year."""
    assert render.moment(NOW + HOUR, now=NOW, zone=ZONE, locale="en") == "12:32"
    assert render.moment(NOW + DAY, now=NOW, zone=ZONE, locale="en") == "Nov 23, 11:32"
    assert render.moment(NOW + 90 * DAY, now=NOW, zone=ZONE, locale="en") == "Feb 20, 2027, 11:32"
    assert render.moment(NOW + 13 * HOUR, now=NOW, zone=ZONE, locale="de") == "23. Nov., 00:32"


def test_amounts_have_no_cents_and_the_locales_marks() -> None:
    """Yearly values are read in whole units, wherever the currency stands."""
    assert render.money(48000, "EUR", "en") == "€48,000"
    assert render.money(48000.4, "EUR", "de") == "48.000\xa0€"
    assert render.number(4812, "en") == "4,812"
    assert render.percent(0.4, "en") == "40%"


@pytest.mark.parametrize("zone", ["", "Nowhere/Town", "../../etc/passwd", "America", "a\x00b", "/etc"])
def test_a_time_zone_that_is_none_gives_no_place(zone: str) -> None:
    """What a desk stores as time zone can be anything; only real ones are told the time of."""
    assert render.place(zone) is None


def test_locales_fall_back_to_their_language_and_then_to_english() -> None:
    """A locale nobody knows is read as English, not as an error."""
    assert str(render.language("pt-BR")) == "pt_BR"
    assert str(render.language("de-XX")) == "de"
    assert str(render.language("xx")) == "en"
    assert str(render.language("'; drop")) == "en"


@pytest.mark.parametrize("template", ["{{ first_name", "{{ ''.__class__ }}", "{{ nobody }}", "{% for %}"])
def test_a_tpl_15_an_opening_that_cannot_be_filled_is_left_out(template: str) -> None:
    """A broken, unsafe or unknown template gives no line, never an error on the page."""
    assert render.sample(template, {"first_name": "Maya"}) is None


def test_text_of_customers_is_never_read_as_a_template() -> None:
    """Braces in a subject are printed as they are."""
    assert render.sample("About {{ subject }}", {"subject": "{{ 7 * 7 }}"}) == "About {{ 7 * 7 }}"
