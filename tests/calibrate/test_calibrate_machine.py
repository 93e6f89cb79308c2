"""Caches as the system tells them, settings that follow, and bandwidth by a made-up clock."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path

import pytest

from costscope.calibrate import machine
from costscope.calibrate.machine import Caches, bandwidth_bytes_per_s, caches
from costscope.calibrate.settings import settings_of


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Write caches as Linux has them: `root(("1", "Data", "32K"), ...)`."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {3, 5}, raising=False)
    monkeypatch.setattr(machine.platform, "system", lambda: "Linux")

    def write(*entries: tuple[str, str, str]) -> Path:
        for number, (level, kind, size) in enumerate(entries):
            folder = tmp_path / f"sys/devices/system/cpu/cpu3/cache/index{number}"
            folder.mkdir(parents=True)
            for name, text in (("level", level), ("type", kind), ("size", size)):
                (folder / name).write_text(f"{text}\n")
        return tmp_path

    return write


def test_the_caches_are_those_of_the_first_processor_in_use(root) -> None:
    found = caches(
        root(
            ("1", "Data", "32K"),
            ("1", "Instruction", "64K"),
            ("2", "Unified", "2048K"),
            ("3", "Unified", "260M"),
        )
    )

    assert found == Caches(2 << 20, 260 << 20)
    assert found.has_l3


def test_without_a_third_level_it_ends_where_the_second_does(root) -> None:
    found = caches(root(("1", "Data", "32K"), ("2", "Unified", "1024K")))

    assert found == Caches(1 << 20, 1 << 20)
    assert not found.has_l3


@pytest.mark.parametrize("size", ["", "unknown", "-1"])
def test_a_system_that_does_not_tell_is_taken_for_a_common_one(root, size) -> None:
    found = caches(root(("2", "Unified", size)))

    assert found == Caches(1 << 20, 16 << 20, known=False)


def test_macos_is_asked_for_its_performance_cores(root, monkeypatch) -> None:
    told = {"hw.perflevel0.l2cachesize": 12 << 20, "hw.l2cachesize": 4 << 20}
    monkeypatch.setattr(machine.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(machine, "_sysctl", lambda key: told.get(key, 0))

    assert caches(root()) == Caches(12 << 20, 12 << 20)


@pytest.mark.parametrize(
    ("flags", "tiles"),
    [
        (("avx2", "fma", "avx512f"), (16, 6, 12, 32)),
        (("avx", "avx2", "fma"), (8, 3, 6, 16)),
        (("fphp", "asimd"), (16, 1, 4, 16)),
        (("sse4_2",), (8, 3, 4, 8)),
        ((), (8, 3, 4, 8)),
    ],
)
def test_tiles_follow_the_widest_instruction_set(flags, tiles) -> None:
    settings = settings_of(flags, Caches(512 << 10, 32 << 20))

    assert tuple(settings[name] for name in ("block", "outputs", "rows", "columns")) == tiles
    assert (settings["l2_bytes"], settings["l3_bytes"]) == (512 << 10, 32 << 20)


@pytest.mark.parametrize(("threads", "expected"), [(1, 20_000), (2, 40_000)])
def test_bytes_are_counted_read_and_written_by_every_thread(monkeypatch, threads, expected) -> None:
    clock = count()
    monkeypatch.setattr(machine, "perf_counter", lambda: float(next(clock)))

    # Two arrays of 10 kB: each round copies one into the other once, in one second.
    assert bandwidth_bytes_per_s(20_000, threads) == expected
