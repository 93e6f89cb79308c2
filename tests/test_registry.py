"""Entries register themselves; what most runs can do without is loaded when it is missed."""

from __future__ import annotations

import sys

import pytest

from costscope.registry import Registry


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package with one early and one late module, each holding an entry."""
    folder = tmp_path / "entries"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "from costscope.registry import Registry\n"
        "FOUND = Registry('entries', 'entry', late='rare', may_be_late=lambda k: k != 'never')\n"
    )
    for module in ("common_one", "rare_one"):
        (folder / f"{module}.py").write_text(
            f"from entries import FOUND\nFOUND.add({module!r}, 1)\n"
        )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield __import__("entries")
    for name in [name for name in sys.modules if name.split(".")[0] == "entries"]:
        del sys.modules[name]


def test_nothing_is_loaded_before_the_first_look_up(package):
    assert "entries.common_one" not in sys.modules
    assert package.FOUND.get("common_one") == 1


def test_late_modules_are_loaded_when_a_key_is_missed(package):
    assert package.FOUND.get("common_one") == 1
    assert package.FOUND.get("never") is None
    assert "entries.rare_one" not in sys.modules
    assert package.FOUND.get("rare_one") == 1


def test_listing_loads_everything(package):
    assert package.FOUND.keys() == ["common_one", "rare_one"]


def test_a_key_is_taken_once():
    registry = Registry("costscope.views", "thing")
    registry.add("a", 1)

    with pytest.raises(ValueError, match="thing 'a' is defined twice"):
        registry.add("a", 2)


def test_a_plain_network_needs_none_of_the_late_operators(mobilenet_v2):
    import subprocess

    code = (
        "import sys, costscope\n"
        f"costscope.analyze({str(mobilenet_v2)!r})\n"
        "print([m for m in sys.modules if m.startswith('costscope.ops.contrib')])\n"
    )

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[]"
