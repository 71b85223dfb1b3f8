"""The measurements can be taken; what they say is not judged here, as machines differ."""

from __future__ import annotations

from bench import sidebar
from bench.pages import packed
from bench.sync import measure


def test_bench_sync_reads_what_is_served() -> None:
    """Two pages: every ticket arrives, at about 2.5 KB each, and both speeds are more than nothing."""
    found = measure(2)
    assert found.tickets == 2_000
    assert 2_300 < found.bytes_each < 2_700
    assert min(found.synced_per_cpu_second, found.loads_per_cpu_second, found.memory_peak) > 0


def test_the_pages_of_the_bench_are_the_same_every_time() -> None:
    """Two servers give the same bytes, so that two runs measure the same."""
    assert list(packed(1)) == list(packed(1))


def test_bench_sidebar_asks_for_fragments_and_for_a_page_of_their_size() -> None:
    """A small desk: every question is answered, and what is compared is as large as what it stands beside."""
    found = sidebar.measure(400, asked=40)
    assert [(one.agents, one.what) for one in found] == [
        (agents, what) for agents in sidebar.AGENTS for what in ("fixed page", "cold", "warm")
    ]
    assert min(one.per_second for one in found) > 0
    sizes = [one.bytes_each for one in found]
    assert max(sizes) - min(sizes) < 2_000
