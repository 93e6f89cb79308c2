"""Differences laid to blocks: they add up, and blocks are what names tell."""

from __future__ import annotations

from fractions import Fraction

import pytest
from compare_cases import model, renamed
from hypothesis import given, settings
from hypothesis import strategies as st

from costscope.comparison.attribute import BESIDE
from costscope.comparison.run import compare
from costscope.comparison.types import Comparison, Detail, Part, Status
from costscope.zoo.build import build


def detail(found: Comparison) -> Detail:
    assert found.detail is not None
    return found.detail


def by_block(found: Comparison) -> dict[str, Part]:
    return {part.block: part for part in detail(found).parts}


def check_sums(found: Comparison) -> None:
    """The law: parts add up to the difference of the totals, without rounding."""
    base, head = (subject.analysis.first for subject in found.subjects)
    parts = detail(found).parts
    assert sum(part.macs for part in parts) == head.totals.work.macs - base.totals.work.macs
    moved = head.totals.traffic_bytes - base.totals.traffic_bytes
    assert sum(part.traffic_bytes for part in parts) == moved
    assert sum(part.base_kernels for part in parts) == len(base.kernels)
    assert sum(part.head_kernels for part in parts) == len(head.kernels)
    if base.prediction is None or head.prediction is None or parts[0].latency_s is None:
        return
    exact = [
        sum((Fraction(t.latency_s or 0) for t in each.timings), Fraction(each.run_s))
        for each in (base.prediction, head.prediction)
    ]
    times = [part.latency_s for part in parts if part.latency_s is not None]
    assert sum(times, Fraction(0)) == exact[1] - exact[0]
    shown = found.first.rows[1].change("latency_s").difference
    if shown is not None:
        assert float(sum(times, Fraction(0))) == pytest.approx(shown, rel=1e-9, abs=1e-15)


PAIRS = [
    ("mobilenet_v2", "mobilenet_v2@0.5", "pixel6"),
    ("mobilenet_v3_large", "mobilenet_v3_large@minimalistic", "pixel6"),
    ("resnet@50", "resnet@101", "jetson_nano"),
    ("resnet@18", "mobilenet_v1", "coral_edgetpu"),
    ("mlperf_tiny_kws@s", "mlperf_tiny_resnet8", "m467"),
    ("googlenet", "efficientnet@b0", None),
]


@pytest.mark.parametrize(("base", "head", "machine"), PAIRS)
def test_the_parts_add_up_to_the_difference(base: str, head: str, machine: str | None) -> None:
    check_sums(compare([f"zoo:{base}", f"zoo:{head}"], machine, as_dtype="int8"))


LAYERS = st.lists(
    st.tuples(
        st.sampled_from(["a.b.conv", "a.c.x", "d", "a.b.y", "stem.conv", "e.f", None]),
        st.sampled_from([4, 8, "Relu", "HardSwish", "custom.Magic"]),
    ),
    min_size=1,
    max_size=6,
).map(lambda found: [(f"{n}{i}" if n else None, what) for i, (n, what) in enumerate(found)])


@settings(max_examples=40)
@given(LAYERS, LAYERS, st.sampled_from([None, "jetson_nano"]))
def test_the_parts_of_any_two_networks_add_up(
    base: list[tuple[str, object]], head: list[tuple[str, object]], machine: str | None
) -> None:
    check_sums(compare([model(base), model(head)], machine))


def test_a_wider_block_is_the_only_one_that_differs() -> None:
    # 3x3 convolutions at 8x8: 3->4, 4->6 (was 4->4), 6->4 (was 4->4).
    base = [("net.one.conv", 4), ("net.one.act", "Relu"), ("net.two.conv", 4), ("net.six.conv", 4)]
    head = [*base[:2], ("net.two.conv", 6), base[3]]
    names = [("net.one.extra", "Neg"), ("net.two.extra", "Neg"), ("net.six.extra", "Neg")]
    first = [base[0], base[1], names[0], base[2], names[1], base[3], names[2]]
    second = [head[0], head[1], names[0], head[2], names[1], head[3], names[2]]
    parts = by_block(compare([model(first), model(second)]))
    assert parts["net.two"].macs == 64 * 9 * 4 * 6 - 64 * 9 * 4 * 4
    assert parts["net.six"].macs == 64 * 9 * 6 * 4 - 64 * 9 * 4 * 4
    assert parts["net.one"].macs == parts["net.one"].traffic_bytes == 0
    assert parts["net.one"].changed_kernels == 0
    assert [part.block for part in detail(compare([model(first), model(second)])).parts][-1] == (
        "net.one"
    )


def test_blocks_of_resnet_are_its_residual_blocks() -> None:
    parts = by_block(compare(["zoo:resnet@50", "zoo:resnet@101"]))
    added = {name for name, part in parts.items() if part.base_kernels == 0}
    assert added == {f"stage3.block{i}" for i in range(7, 24)}
    assert parts["stage3.block7"].head_kernels == 5
    assert parts["stage1.block1"].macs == 0


def test_another_exporters_names_are_laid_to_the_blocks_of_the_telling_ones() -> None:
    proto, thin = build("zoo:mobilenet_v2"), renamed(build("zoo:mobilenet_v2@0.75"))
    told = by_block(compare([proto, build("zoo:mobilenet_v2@0.75")]))
    for models in ([proto, thin], [renamed(proto), build("zoo:mobilenet_v2@0.75")]):
        found = compare(models)
        assert not detail(found).by_kind
        assert by_block(found) == told


def test_without_names_kinds_stand_for_blocks() -> None:
    protos = [renamed(build(f"zoo:mobilenet_v2@{width}")) for width in ("1.0", "0.5")]
    found = compare(protos)
    assert detail(found).by_kind
    assert "depthwise_conv" in by_block(found)


def test_largest_latency_comes_first_and_macs_without_a_machine() -> None:
    models = ["zoo:mobilenet_v2", "zoo:mobilenet_v2@0.5"]
    times = [abs(part.latency_s or 0) for part in detail(compare(models, "pixel6")).parts]
    assert times == sorted(times, reverse=True)
    macs = [abs(part.macs) for part in detail(compare(models)).parts]
    assert macs == sorted(macs, reverse=True)
    assert all(part.latency_s is None for part in detail(compare(models)).parts)


def test_what_a_block_holds_is_the_most_of_its_steps() -> None:
    found = compare(["zoo:mobilenet_v2", "zoo:mobilenet_v2@0.5"])
    parts = by_block(found)
    # stage2.block1 widens 16 channels at 112x112 to 96, then strides: 96 at 112 and at 56.
    assert parts["stage2.block1"].base_held_bytes == 4 * 96 * (112**2 + 56**2)
    assert parts["stage2.block1"].head_held_bytes == 4 * 48 * (112**2 + 56**2)
    peak = found.subjects[0].analysis.totals.peak_activation_bytes
    assert max(part.base_held_bytes for part in parts.values()) == peak


def test_an_unknown_operator_leaves_its_block_unknown_and_no_other() -> None:
    blocks = [(f"net.{block}.{part}", 4) for block in "ab" for part in ("conv1", "conv2")]
    common: list[tuple[str, object]] = [*blocks]
    found = compare([model(common), model([*common, ("net.b.magic", "custom.Magic")])])
    parts = by_block(found)
    assert parts["net.b"].uncosted
    assert not parts["net.a"].uncosted


def test_an_unknown_operator_that_stays_the_same_leaves_nothing_unknown() -> None:
    layers = [("net.a.conv", 4), ("net.a.magic", "custom.Magic")]
    found = compare([model(layers), model(layers)])
    assert not any(part.uncosted for part in detail(found).parts)
    assert detail(found).count(Status.UNCHANGED) == len(detail(found).pairs)


def test_time_between_kernels_is_a_part_of_its_own() -> None:
    found = compare(["zoo:mobilenet_v2", "zoo:mobilenet_v2@0.5"], "pixel6", as_dtype="int8")
    runs = [
        row.deployment.prediction.run_s for row in found.first.rows if row.deployment.prediction
    ]
    named = by_block(found).get(BESIDE)
    assert (named.latency_s if named else Fraction(0)) == Fraction(runs[1]) - Fraction(runs[0])
