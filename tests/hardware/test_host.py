"""Calibrations of this computer: where they lie, which one `host` is, and whether it fits."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from costscope.errors import ProfileError, UsageError
from costscope.hardware import catalog, host
from costscope.hardware.read import read
from costscope.hardware.types import Hardware, Identity, Source
from fitted_cases import COMPUTER, class_fit, fitted, machine


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for a user's data."""
    monkeypatch.setenv("COSTSCOPE_DATA", str(tmp_path))
    return tmp_path


def older(path: Path, seconds: int) -> None:
    os.utime(path, (1_000_000 - seconds, 1_000_000 - seconds))


def of(identity: Identity, **more) -> Hardware:
    return machine(identity=identity, **more)


@pytest.mark.parametrize(
    ("system", "variables", "expected"),
    [
        ("linux", {}, "home/.local/share/costscope"),
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data/costscope"),
        ("darwin", {"XDG_DATA_HOME": "/data"}, "home/Library/Application Support/costscope"),
        ("win32", {}, "home/AppData/Local/costscope"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/costscope"),
        ("linux", {"COSTSCOPE_DATA": "/mine", "XDG_DATA_HOME": "/data"}, "/mine"),
    ],
)
def test_the_data_folder_is_the_system_s_own(system, variables, expected, monkeypatch) -> None:
    for name in ("COSTSCOPE_DATA", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(Path, "home", lambda: Path("home"))

    assert host.data_folder() == Path(expected)


def test_what_is_saved_is_found_by_host_and_by_its_name(data: Path) -> None:
    path = host.save_host(machine())

    assert path == data / "hardware" / "example_9000_2_cores.yaml"
    for name in ("host", "HOST", "example_9000_2_cores", "example-9000-2-cores"):
        found = catalog.load(name, this=COMPUTER)
        assert found == replace(machine(), name="example_9000_2_cores")
    assert path.read_text(encoding="utf-8").startswith("# example_9000_2_cores: measured by")


def test_without_a_calibration_the_next_step_is_said() -> None:
    with pytest.raises(ProfileError) as caught:
        catalog.load("host", this=COMPUTER)

    assert str(caught.value) == "no calibration of this machine; run `costscope calibrate`"
    assert caught.value.exit_code == 2


def test_another_computer_s_calibration_is_not_host_but_is_named() -> None:
    host.save_host(machine())

    with pytest.raises(ProfileError, match="there are example_9000_2_cores by their names"):
        catalog.load("host", this=replace(COMPUTER, cpu="Other 1"))
    assert host.host_path(replace(COMPUTER, architecture="aarch64")) is None
    assert catalog.load("host").name == "example_9000_2_cores"  # nobody said which computer


def test_the_same_cores_go_before_the_last_saved_and_that_before_the_others() -> None:
    two = host.save_host(of(COMPUTER))
    four = host.save_host(of(replace(COMPUTER, cores=4)))
    eight = host.save_host(of(replace(COMPUTER, cores=8)))
    for age, path in enumerate((eight, four, two)):
        older(path, age)

    assert host.host_path(COMPUTER) == two
    assert host.host_path(replace(COMPUTER, cores=4)) == four
    assert host.host_path(replace(COMPUTER, cores=16)) == eight
    assert list(host.saved().values()) == [eight, four, two]


def test_blanks_in_the_name_of_a_processor_do_not_matter() -> None:
    saved = host.save_host(of(replace(COMPUTER, cpu="Example 9000")))

    assert host.host_path(replace(COMPUTER, cpu="Example   9000 ")) == saved


def test_a_broken_file_does_not_hide_the_others(data: Path) -> None:
    good = host.save_host(machine())
    (data / "hardware" / "broken.yaml").write_text("summary: [", encoding="utf-8")
    (data / "hardware" / ".half-written.yaml").write_text("", encoding="utf-8")

    assert host.host_path(COMPUTER) == good
    assert set(host.saved()) == {"broken", "example_9000_2_cores"}
    with pytest.raises(ProfileError, match="not a YAML profile"):
        catalog.load("broken")


def test_thread_counts_measured_before_stay() -> None:
    slow, fast = class_fit(seconds={"call": 2.0}), class_fit(seconds={"call": 1.0})
    host.save_host(machine(fitted(slow, threads=1), fitted(slow, threads=2)))

    path = host.save_host(machine(fitted(fast, threads=2)))

    assert {
        each.threads: each.classes["dense_conv"].seconds["call"] for each in read(path).fitted
    } == {
        1: 2.0,
        2: 1.0,
    }


@pytest.mark.parametrize(
    "earlier",
    [
        machine(fitted(threads=1, version="1.30.0")),
        of(replace(COMPUTER, flags=("avx2",))),
        of(replace(COMPUTER, cores=4)),
        of(replace(COMPUTER, cpu="Other")),
        machine(identity=None),
    ],
    ids=["another version", "other flags", "other cores", "another processor", "nobody's"],
)
def test_what_another_version_or_computer_measured_does_not_stay(earlier: Hardware) -> None:
    new = machine(fitted(threads=2))

    assert host.merged(new, earlier) == new


def test_each_calibration_keeps_its_own_source() -> None:
    before = Source(key="calibration", reference="costscope calibrate", date="2026-01-01")
    earlier = machine(fitted(threads=1), sources={"calibration": before})

    both = host.merged(machine(fitted(threads=2)), earlier)

    dates = {each.threads: both.sources[each.source].date for each in both.fitted}
    assert dates == {1: "2026-01-01", 2: "2026-11-21"}
    again = host.merged(machine(fitted(threads=4)), both)
    assert {each.threads: again.sources[each.source].date for each in again.fitted} == {
        **dates,
        4: "2026-11-21",
    }
    assert len(again.sources) == 2


def test_a_profile_that_nobody_measured_is_not_saved(data: Path) -> None:
    with pytest.raises(UsageError, match="only a profile made by `costscope calibrate`"):
        host.save_host(machine(identity=None))

    assert not (data / "hardware").exists()


def test_a_place_that_cannot_be_written_is_one_line(data: Path) -> None:
    (data / "hardware").write_text("a file, not a folder", encoding="utf-8")

    with pytest.raises(UsageError, match="cannot be made"):
        host.save_host(machine())
    assert host.saved() == {}


@pytest.mark.parametrize(
    ("cpu", "cores", "name"),
    [
        ("AMD EPYC 7763 64-Core Processor", 2, "amd_epyc_7763_64_core_2_cores"),
        ("Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz", 1, "intel_xeon_platinum_8481c_1_core"),
        ("../../\x1betc/passwd", 2, "etc_passwd_2_cores"),
        ("", 2, "x86_64_2_cores"),
        ("\u00e9\u00e9", 2, "computer_2_cores"),
    ],
)
def test_a_computer_s_name_is_fit_for_a_file(cpu: str, cores: int, name: str) -> None:
    assert host.name_for(replace(COMPUTER, cpu=cpu, cores=cores)) == name


@pytest.mark.parametrize(
    ("this", "version", "told"),
    [
        ({}, "1.31.1", []),
        ({}, None, []),
        ({"governor": "performance", "date": ""}, "1.31.1", []),
        (
            {"cpu": "Other 1"},
            "1.31.1",
            ["calibrated on Example 9000 (x86_64), this computer has Other 1 (x86_64)"],
        ),
        ({"cores": 8}, "1.31.1", ["calibrated with 2 cores, here are 8"]),
        ({"flags": ("avx2",)}, "1.31.1", ["calibrated with fma, which this computer lacks"]),
        (
            {"flags": ("avx2", "fma", "avx512f")},
            "1.31.1",
            ["calibrated without avx512f, which this computer has"],
        ),
        ({}, "1.32.0", ["calibrated with onnxruntime 1.31.1, here is 1.32.0"]),
    ],
)
def test_what_is_different_here_is_told(this, version, told) -> None:
    found = host.warnings_for(machine(), replace(COMPUTER, **this), version=version)

    assert list(found) == [f"desk: {sentence}" for sentence in told]


def test_a_profile_from_data_sheets_fits_everywhere() -> None:
    assert host.warnings_for(catalog.load("pixel6"), COMPUTER, version="1.0") == ()
