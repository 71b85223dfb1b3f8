"""The measurements can be taken; what they say is not judged here, as machines differ."""

from __future__ import annotations

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
