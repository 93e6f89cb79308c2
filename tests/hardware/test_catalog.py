"""Machines by name, alias and path, and what is said of one that is unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from costscope import resources
from costscope.errors import ProfileError
from costscope.hardware import catalog
from costscope.hardware import read as reading

MINE = """
summary: My board.
class: mcu
aliases: [mine]
runtime: tflm
compute:
  int8: {peak: 1 GOP/s, source: sheet}
memories:
  - {name: sram, bandwidth: 1 GB/s, holds: [weights, activations], source: sheet}
sources:
  sheet: {reference: Data sheet}
"""


def test_by_name() -> None:
    assert catalog.load("pixel6").name == "pixel6"


@pytest.mark.parametrize("name", ["Pixel6", " pixel6 ", "raspberry-pi-4b", "RASPBERRY_PI_4B"])
def test_case_and_dashes_do_not_matter(name: str) -> None:
    assert catalog.load(name).name in {"pixel6", "raspberry_pi_4b"}


@pytest.mark.parametrize(
    ("alias", "name"),
    [("pixel6-cpu", "pixel6"), ("rpi4", "raspberry_pi_4b"), ("Coral_Dev-Board", "coral_edgetpu")],
)
def test_by_alias(alias: str, name: str) -> None:
    assert catalog.load(alias).name == name


def test_by_path(tmp_path: Path) -> None:
    file = tmp_path / "my_board.yaml"
    file.write_text(MINE, encoding="utf-8")

    assert catalog.load(str(file)).name == "my_board"
    assert catalog.load(file).summary == "My board."


def test_a_path_goes_before_a_shipped_name(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "pixel6.yaml").write_text(MINE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    assert catalog.load("pixel6.yaml").summary == "My board."
    assert catalog.load("pixel6").summary != "My board."


def test_one_name_reads_one_file(monkeypatch) -> None:
    read: list[str] = []
    original = reading.parse

    def counting(content, *, name, origin):
        read.append(name)
        return original(content, name=name, origin=origin)

    monkeypatch.setattr(reading, "parse", counting)
    reading._parsed.cache_clear()

    catalog.load("stm32h743")

    assert read == ["stm32h743"]


def test_an_alias_parses_only_files_that_contain_it(monkeypatch) -> None:
    read: list[str] = []
    original = reading.parse

    def counting(content, *, name, origin):
        read.append(name)
        return original(content, name=name, origin=origin)

    monkeypatch.setattr(reading, "parse", counting)
    reading._parsed.cache_clear()

    catalog.load("coral-dev-board")

    assert read == ["coral_edgetpu"]


def test_names_are_those_of_the_files() -> None:
    files = sorted(p.stem for p in resources.folder("hardware_profiles").glob("*.yaml"))

    assert catalog.names() == files
    assert files


@pytest.mark.parametrize(
    ("wrong", "nearest"), [("pixle6", "pixel6"), ("rasberry_pi4b", "raspberry_pi_4b")]
)
def test_an_unknown_name_gets_the_nearest_and_the_next_step(wrong: str, nearest: str) -> None:
    with pytest.raises(ProfileError) as caught:
        catalog.load(wrong)

    message = str(caught.value)
    assert repr(wrong) in message
    assert f"did you mean {nearest}" in message
    assert "costscope hw list" in message
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("name", ["", "zzzzzz", "x" * 5000, "a\x1bb", "summary", "sram"])
def test_a_name_near_nothing_is_one_short_line(name: str) -> None:
    with pytest.raises(ProfileError) as caught:
        catalog.load(name)

    message = str(caught.value)
    assert message.startswith("unknown hardware ")
    assert message.isprintable()
    assert len(message) < 300


def test_a_path_to_nothing_to_a_folder_and_to_a_name_too_long(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()

    for path in (tmp_path / "none.yaml", tmp_path / "folder.yaml"):
        with pytest.raises(ProfileError, match="no hardware profile at"):
            catalog.load(path)
    with pytest.raises(ProfileError, match="cannot read"):
        catalog.load(tmp_path / ("x" * 5000 + ".yaml"))


def test_a_large_file_is_not_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "large.yaml"
    with file.open("wb") as stream:
        stream.truncate(1 << 33)  # a sparse file of 8 GiB

    with pytest.raises(ProfileError, match="larger than"):
        catalog.load(file)


def test_a_file_with_mistakes_is_named(tmp_path: Path) -> None:
    file = tmp_path / "board.yaml"
    file.write_text("summary: x\n", encoding="utf-8")

    with pytest.raises(ProfileError) as caught:
        catalog.load(file)

    assert str(caught.value).startswith(f"{file}: ")
    assert "runtime: missing" in caught.value.problems


@pytest.mark.parametrize("name", catalog.names())
def test_the_aliases_of_every_shipped_machine_are_found_in_its_text(name: str) -> None:
    for alias in catalog.load(name).aliases:
        assert catalog.load(alias).name == name


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("rpi55", "rpi5 (raspberry_pi_5)"),
        ("tensorg1", "tensor_g1 (pixel6)"),
        ("raspberry", "raspberry_pi_"),  # the word whole, in a longer name
    ],
)
def test_near_aliases_are_told_with_the_machine_they_name(wrong: str, meant: str) -> None:
    with pytest.raises(ProfileError) as caught:
        catalog.load(wrong)

    assert f"did you mean {meant}" in str(caught.value)


def test_a_machine_is_suggested_once_under_its_nearest_name() -> None:
    machines = [each.rpartition("(")[2].rstrip(")") for each in catalog.nearest("rpi", most=20)]

    assert len(machines) == len(set(machines)) > 1


def test_aliases_in_brackets_over_lines_and_on_a_line_each(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(resources, "folder", lambda _: tmp_path)
    for name, listed in {
        "one": 'aliases: [first-name,\n  "second"]',
        "two": "aliases:\n  - third\n  - fourth-name",
        "none": "notes: [fifth]",
    }.items():
        text = MINE.replace("aliases: [mine]", listed)
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")

    found = {alias: catalog.load(alias).name for alias in ("first_name", "second", "Third")}

    assert found == {"first_name": "one", "second": "one", "Third": "two"}
    assert catalog.load("fourth-name").name == "two"
    with pytest.raises(ProfileError):
        catalog.load("fifth")
