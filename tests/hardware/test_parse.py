"""Profiles: the whole form read, every mistake named in its place, hostile files refused."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from profile_cases import SMALL, WHOLE, problems_of

from costscope.document import MAX_BYTES
from costscope.errors import ProfileError
from costscope.hardware.parse import parse
from costscope.hardware.types import (
    Compute,
    Fallback,
    Hardware,
    Memory,
    Rates,
    Source,
)
from costscope.work import KernelKind


def test_every_part_of_the_form() -> None:
    hardware = parse(WHOLE, name="my_board")

    assert hardware == Hardware(
        name="my_board",
        aliases=("board", "the-board"),
        summary="Four cores, one memory channel.",
        device_class="arm_cpu",
        compute={
            "float32": Compute(
                dtype="float32", peak_flops_per_s=48e9, runs_as="float32", source="sheet"
            ),
            "int8": Compute(
                dtype="int8",
                peak_flops_per_s=96e9,  # 48 G multiply-accumulates, two operations each
                runs_as="int8",
                source="sheet",
                how="twice the float32 lanes",
            ),
            "float16": Compute(
                dtype="float16",
                peak_flops_per_s=48e9,
                runs_as="float32",
                source="sheet",
                how="no float16 arithmetic",
            ),
        },
        memories=(
            Memory(
                name="cache",
                capacity_bytes=1_048_576,
                bandwidth_bytes_per_s=40e9,
                holds=("activations",),
                source="assumed",
                how="one line a cycle",
            ),
            Memory(
                name="dram",
                capacity_bytes=4_000_000_000,
                bandwidth_bytes_per_s=4e9,
                holds=("weights", "activations"),
                source="sheet",
                fixed=True,
            ),
        ),
        runtime="tflite",
        cores=4,
        rates=(
            Rates(
                runtime="tflite",
                version="2.14",
                threads=2,
                dtype="float16",
                serves=("float32",),
                structure="arm_cpu",
                compute_ratio={"pointwise": 0.61, "winograd": 2.5},
                bandwidth_bytes_per_s={"activations": 2.1e9},
                dispatch_s=6e-6,
                run_s=1.5e-3,
                unobserved=("winograd",),
                networks=11,
                rows=30,
                error_ratio=0.12,
                median_error_ratio=0.07,
                low_ratio=0.8,
                high_ratio=1.3,
                pair_ratio=1.4,
                confidence=0.95,
                ranking=True,
                source="fit",
                how="a guess",
            ),
        ),
        fallback=Fallback(
            profile="pixel6",
            bandwidth_bytes_per_s=3e9,
            sync_s=1e-4,
            source="sheet",
            how="over the bus",
        ),
        kinds=frozenset({KernelKind.DENSE_CONV, KernelKind.VIEW}),
        kinds_source="sheet",
        sources={
            "sheet": Source(key="sheet", reference="Data sheet, page 3", date="2024-01-01"),
            "fit": Source(key="fit", reference="measurements.csv"),
        },
        notes=("A note on two lines.",),
    )
    assert hardware.assumed() == ("memories.cache",)


def test_what_may_be_left_out() -> None:
    hardware = parse(SMALL, name="board")

    assert hardware.aliases == ()
    assert hardware.notes == ()
    assert hardware.rates == ()
    assert hardware.cores is None
    assert hardware.fallback is None
    assert hardware.kinds is None
    assert hardware.memories[0].capacity_bytes is None
    assert not hardware.memories[0].fixed


def test_a_machine_is_a_frozen_value_that_can_be_sent_to_another_process() -> None:
    hardware = parse(WHOLE, name="board")

    assert pickle.loads(pickle.dumps(hardware)) == hardware
    with pytest.raises(FrozenInstanceError):
        hardware.name = "other"


def test_all_mistakes_at_once_each_with_its_key_path() -> None:
    text = """
summary: A board.
class: armcpu
sumary: again
compute:
  int8: {peak: 5}
  fp32: {peak: 1 GB/s, source: nobody}
  float16: {runs_as: flaot32, source: assumed}
memories: []
notes: [fine, 3]
summary: twice
"""

    assert problems_of(text) == (
        "summary: given twice, again in line 11",
        "memories: needs at least one memory",
        "class: unknown 'armcpu'; did you mean 'arm_cpu'?",
        (
            "compute.int8.peak: 5: a number without a unit, expected operations per second like "
            "'48 GFLOP/s', '96 GOP/s' or '512 GMAC/s'"
        ),
        (
            "compute.fp32.peak: '1 GB/s': not a unit here: 'GB/s', expected operations per second "
            "like '48 GFLOP/s', '96 GOP/s' or '512 GMAC/s'"
        ),
        "compute.int8.source: missing",
        "compute.fp32: write 'float32'",
        "compute.fp32.source: 'nobody' is not one of the file's `sources`",
        "compute.float16.runs_as: 'flaot32' is not a type with a peak in `compute`",
        "compute.float16.how: missing: an assumed number needs its reason",
        "runtime: missing",
        "notes[1]: expected text, got 3; put it in quotes",
        "sumary: unknown key; did you mean 'summary'?",
    )


def test_the_message_names_file_first_mistake_and_next_step() -> None:
    with pytest.raises(ProfileError) as caught:
        parse("class: mcu", name="board", origin="boards/board.yaml")

    message = str(caught.value)
    assert message.startswith("boards/board.yaml: ")
    assert caught.value.problems[0] in message
    assert "costscope hw validate" in message
    assert "\n" not in message
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("key", ["summary", "class", "runtime", "compute", "memories", "sources"])
def test_a_required_part_is_missed(key: str) -> None:
    document = "\n".join(_without(SMALL, key))

    found = problems_of(document)

    expected = "compute.int8.source" if key == "sources" else key
    assert any(problem.startswith(f"{expected}: ") for problem in found)


def _without(text: str, key: str) -> list[str]:
    kept, skipping = [], False
    for line in text.splitlines():
        if line and not line.startswith(" "):
            skipping = line.startswith(f"{key}:")
        if not skipping:
            kept.append(line)
    return kept


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("peak: 1 GOP/s, source: sheet", "source: sheet", "compute.int8.peak: missing"),
        ("1 GOP/s", "0 GOP/s", "compute.int8.peak: '0 GOP/s': not above zero"),
        ("1 GOP/s", "1e9", "compute.int8.peak: 1000000000.0: a number without a unit"),
        ("1 GOP/s", "[1]", "compute.int8.peak: expected a number with a unit, got a list"),
        ("1 GOP/s", "true", "compute.int8.peak: expected a number with a unit, got True"),
        ("int8:", "int9:", "compute.int9: unknown data type 'int9'"),
        ("int8:", "uint8:", "compute.uint8: write 'int8'"),
        ("int8:", "string:", "compute.string: no machine computes in this type"),
        (
            "  int8: {peak: 1 GOP/s, source: sheet}",
            ("  int8: {peak: 1 GOP/s, source: sheet}\n"
            "  int4: {runs_as: int8, peak: 1 GOP/s, source: sheet}"),
            "compute.int4.peak: a type that runs as another one has no peak of its own",
        ),
        (
            "  int8: {peak: 1 GOP/s, source: sheet}",
            ("  int8: {peak: 1 GOP/s, source: sheet}\n"
            "  int4: {runs_as: int8, source: sheet}\n"
            "  int2: {runs_as: int4, source: sheet}"),
            "compute.int2.runs_as: 'int4' is not a type with a peak",
        ),
        ("  int8: {peak: 1 GOP/s, source: sheet}", "  {}", "compute: needs at least one"),
        ("compute:\n  int8: {peak: 1 GOP/s, source: sheet}", "compute: fast", "compute: expected"),
        ("int8: {peak: 1 GOP/s, source: sheet}", "int8: 5", "compute.int8: expected keys and"),
        ("bandwidth: 1 GB/s, ", "", "memories.sram.bandwidth: missing"),
        ("1 GB/s", "1 GiB", "memories.sram.bandwidth: '1 GiB': not a unit here"),
        ("1 GB/s,", "1 GB/s, capacity: 3,", "memories.sram.capacity: 3: a number without a unit"),
        ("1 GB/s,", "1 GB/s, fixed: true,", "memories.sram.capacity: missing: a fixed memory"),
        ("1 GB/s,", "1 GB/s, fixed: yes,", "memories.sram.fixed: expected true or false"),
        ("[weights, activations]", "[weights]", "memories: no memory holds activations"),
        ("[weights, activations]", "[activations]", "memories: no memory holds weights"),
        ("[weights, activations]", "[]", "memories.sram.holds: missing"),
        ("[weights, activations]", "weights", "memories.sram.holds: expected a list"),
        ("[weights, activations]", "[weight]", "memories.sram.holds: unknown 'weight'; did"),
        ("name: sram, ", "", "memories[0].name: missing"),
        ("name: sram", "name: S RAM", "memories[0].name: 'S RAM' is not a lower-case name"),
        (
            "memories:\n",
            "memories:\n  - {name: sram, bandwidth: 2 GB/s, holds: [weights], source: sheet}\n",
            "memories.sram.name: 'sram' is given twice",
        ),
        (
            "memories:\n",
            "memories:\n  - {name: far, bandwidth: 1 MB/s, holds: [weights], source: sheet}\n",
            "memories: nearest first: 'sram' is faster than 'far'",
        ),
        ("source: sheet}\nmem", "source: assumed}\nmem", "compute.int8.how: missing: an assumed"),
        ("source: sheet}\nmem", "source: shet}\nmem", "compute.int8.source: 'shet' is not one"),
        ("{reference: Data sheet}", "{date: 2024-01-01}", "sources.sheet.reference: missing"),
        ("  sheet: {ref", "  assumed: {reference: x}\n  sheet: {ref", "sources.assumed: this word"),
        ("runtime: tflm", "runtime: [tflm]", "runtime: expected text, got a list"),
        ("summary: A board.", "summary: 2024", "summary: expected text, got 2024; put it in"),
        ("summary: A board.", "summary: ''", "summary: expected printable text, got ''"),
        ("summary: A board.", 'summary: "\\e[2J"', "summary: expected printable text, got"),
        ("summary: A board.", "summary: x\naliases: [B]", "aliases: 'B' is not a lower-case"),
        ("summary: A board.", "summary: x\naliases: [b, b]", "aliases: 'b' is given twice"),
        ("summary: A board.", "summary: x\nsupports: {kinds: [conv], source: sheet}",
         "supports.kinds: unknown 'conv'"),
        ("summary: A board.", "summary: x\nsupports: {kinds: [], source: sheet}",
         "supports.kinds: missing"),
        ("summary: A board.", "summary: x\nsupports: {kinds: [view]}", "supports.source: missing"),
        ("source: sheet}\nmem", "source: sheet, how: a, b}\nmem",
         "compute.int8.b: unknown key; does a text with a comma lack its quotes?"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_in_its_place(old: str, new: str, problem: str) -> None:
    assert old in SMALL

    found = problems_of(SMALL.replace(old, new))

    assert any(line.startswith(problem) for line in found), found
    assert len(found) == 1, found


def test_words_that_yaml_would_turn_into_something_else_stay_words() -> None:
    hardware = parse(SMALL.replace("A board.", "no"), name="board")

    assert hardware.summary == "no"


def test_bytes_with_a_mark_at_their_head_are_read() -> None:
    assert parse(b"\xef\xbb\xbf" + SMALL.encode(), name="board") == parse(SMALL, name="board")


BOMB = "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n"
HOSTILE = [
    ("an alias bomb", BOMB, "anchors and aliases are not allowed in line 1"),
    ("an anchor alone", "summary: &x y\n", "anchors and aliases are not allowed"),
    ("an alias to itself", "&x [*x]", "anchors and aliases are not allowed"),
    ("deep lists", "a: " + "[" * 20_000, "too many or too deeply nested values"),
    ("deep mappings", "{a: " * 10_000, "too many or too deeply nested values"),
    ("many values", "a: [" + "1," * 20_000 + "]", "too many or too deeply nested values"),
    ("a large file", "#" * (MAX_BYTES + 1), "larger than 256 KiB"),
    ("not UTF-8", b"summary: \xff\xfe\xfa", "not UTF-8 text (byte 9)"),
    ("binary", b"\x7fELF\x02\x01\x00\x00", "not a YAML profile"),
    ("several documents", "a: 1\n---\nb: 2\n", "not a YAML profile"),
    ("an open quote", 'a: "x', "not a YAML profile"),
    ("a bad escape", 'a: "\\UFFFFFFFF"', "not a YAML profile"),
    ("a bad version", "%YAML 9.9\n---\na: 1\n", "not a YAML profile"),
    ("an object", "!!python/object/apply:os.system [ls]", "the tag '"),
    ("an object inside", "a: !!python/name:os.system x", "cannot be a '"),
    ("a set", "a: !!set {x}", "the tag '"),
    ("bytes", "a: !!binary aGVsbG8=", "cannot be a '"),
    ("a false integer", "a: !!int abc", "cannot be a '"),
    ("a list as key", "[a, b]: 1", "a key that is not a word in line 1"),
    ("empty", "", "expected keys and values"),
    ("a comment", "# nothing\n", "expected keys and values"),
    ("a list", "- a\n- b\n", "expected keys and values"),
    ("text", "just text", "expected keys and values"),
]


@pytest.mark.parametrize(
    ("text", "reason"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE]
)
def test_hostile_files_are_refused_in_one_line(text: str | bytes, reason: str) -> None:
    with pytest.raises(ProfileError) as caught:
        parse(text, name="board")

    lines = [str(caught.value), *caught.value.problems]
    assert any(reason in line for line in lines), lines
    assert all(line.isprintable() and len(line) < 500 for line in lines)
    assert caught.value.problems


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_random_bytes_never_end_in_another_error(content: bytes) -> None:
    with pytest.raises(ProfileError):
        parse(content, name="board")


SNIPPETS = st.sampled_from(
    ["a", ": ", "- ", "{", "}", "[", "]", "\n", "  ", "&x", "*x", "!!int", "|", ">", "'", '"',
     "#", "? ", "%", "---\n", "1e9", "\\U", "\x85", "peak", "compute:\n", "<<: ", ",", "@"]
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(SNIPPETS, max_size=40).map("".join))
def test_random_yaml_never_ends_in_another_error(text: str) -> None:
    with pytest.raises(ProfileError):
        parse(text, name="board")


JSON_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(
    st.sampled_from(
        [
            "class",
            "cores",
            "compute",
            "memories",
            "runtimes",
            "supports",
            "fallback",
            "sources",
            "notes",
        ]
    ),
    JSON_LIKE,
)
def test_any_value_in_any_place_is_a_mistake_not_a_crash(key: str, value: object) -> None:
    import json

    text = "\n".join([*_without(SMALL, key), f"{key}: {json.dumps(value)}"])

    try:
        parse(text, name="board")
    except ProfileError as error:
        assert error.problems
        assert all("\n" not in line for line in error.problems)
