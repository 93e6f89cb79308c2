"""Architectures as YAML, and every mistake in one."""

from __future__ import annotations

import pytest
from zoo_files import GOOD

from costscope.errors import ArchitectureError
from costscope.zoo.parse import parse


def read(text):
    return parse(text, name="small", origin="small.yaml")


def test_a_good_file_is_what_it_says():
    architecture = read(GOOD)

    assert architecture.name == "small"
    assert [stage.name for stage in architecture.stages] == ["stem", "body", "classifier"]
    assert architecture.stages[1].repeat == 2
    assert architecture.stages[1].arguments == {"expand": 2, "out": 16}
    assert architecture.variants["1.0"].figures[0].printed == 1
    assert hash(architecture.stages[0].name)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("title: Small\n", "", "title: missing"),
        ("tags: [test]", "tags: test", "tags: expected a list"),
        ("paper: none", "paper: none\nauthor: me", "author: unknown key"),
        ("name: body", "name: stem", "'stem' is taken"),
        ("block: conv, ", "", "stages[0]: expected a mapping with name and block"),
        ("repeat: 2", "repeat: 2, from: nowhere", "no stage 'nowhere' stands above"),
        ("source: nowhere", "form: train", "source: missing"),
        ("macs: 1,", "mac: 1,", "published[0].mac: unknown key"),
        ("macs: 1,", "macs: 1.5,", "expected a whole number or '300 M'"),
        ("macs: 1,", "macs: 1, form: odd,", "form: one of train, deploy"),
        ("macs: 1,", "macs: 1, computed: 2,", "and `why` it differs"),
        ('"1.0":\n', '"1.0":\n    set: {depth: 2}\n', "set.depth: no such setting"),
        ("image: [3, =resolution, =resolution]", "image: 3", "input.image: expected a list"),
        ("summary: Two", "summary: &x Two", "anchors and aliases are not allowed"),
        ("title: Small", "title: Small\ntitle: Other", "title: given twice"),
    ],
)
def test_a_mistake_is_named_with_its_place(old, new, problem):
    assert old in GOOD

    with pytest.raises(ArchitectureError) as caught:
        read(GOOD.replace(old, new))

    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_all_mistakes_are_told_at_once():
    with pytest.raises(ArchitectureError) as caught:
        read(GOOD.replace("source: nowhere", "form: odd").replace("name: body", "name: stem"))

    assert len(caught.value.problems) == 3


@pytest.mark.parametrize("text", ["", "7", "[1]", "\x00", "a: [", "{" * 100])
def test_what_is_no_architecture_is_refused(text):
    with pytest.raises(ArchitectureError):
        read(text)
