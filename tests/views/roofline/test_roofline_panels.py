"""The data of a roofline picture, without a picture."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from view_cases import Net, calibrated, machine, mcu, small, tpu

from costscope import pipeline
from costscope.analysis.types import Analysis
from costscope.errors import UsageError
from costscope.views.roofline.limits import limits_of, outside, ticks
from costscope.views.roofline.panels import Peak, Slope, panels
from costscope.views.roofline.style import look_of
from costscope.work import KernelKind

Case = Callable[[str], Analysis]


def test_a_mark_lies_on_the_roof_under_the_roofline() -> None:
    (panel,) = panels(pipeline.analyze(small(), machine()))

    head, stem = panel.marks
    # head: 2*8192 FLOP, 6656 bytes; stem: 2*13824 + 512 FLOP, 3680 bytes; 1 GB/s.
    assert head.flops_per_byte == 16384 / 6656
    assert head.flops_per_s == pytest.approx(head.flops_per_byte * 1e9)
    assert stem.flops_per_byte == 28160 / 3680
    assert stem.flops_per_s == pytest.approx(stem.flops_per_byte * 1e9)
    assert head.share == pytest.approx(6656 / 10336)
    assert (head.name, stem.name) == ("/head", "/stem/stem.0")
    assert panel.kinds[0] == (KernelKind.POINTWISE_CONV, head.share)
    assert panel.notes == ()


def test_a_mark_lies_below_the_roof_as_far_as_the_calibration_says() -> None:
    analysis = pipeline.analyze(small(), calibrated())
    assert analysis.first.prediction is not None
    ratios = {t.step.kernel.kind: t.roof_ratio for t in analysis.first.prediction.timings}

    (panel,) = panels(analysis)

    for mark in panel.marks:
        roof = mark.flops_per_byte * 1e9
        assert mark.flops_per_s / roof == pytest.approx(ratios[mark.kind])


def test_no_mark_is_above_a_peak(analysis: Analysis) -> None:
    if analysis.first.hardware is None:
        with pytest.raises(UsageError, match="--hw"):
            panels(analysis)
        return

    for panel in panels(analysis):
        top = max(peak.flops_per_s for peak in panel.peaks)
        assert all(mark.flops_per_s <= top for mark in panel.marks)


def test_every_kernel_that_takes_time_is_a_mark_or_in_a_note(analysis: Analysis) -> None:
    placed = [each for each in analysis.deployments if each.prediction is not None]
    if not placed:
        return

    for deployment, panel in zip(placed, panels(analysis), strict=True):
        assert deployment.prediction is not None
        timed = [t for t in deployment.prediction.timings if t.latency_s]
        idle = [t for t in timed if not t.step.kernel.work.flops]
        assert sum(mark.count for mark in panel.marks) == len(timed) - len(idle)
        if timed:
            shares = sum(mark.share for mark in panel.marks)
            assert shares == pytest.approx(
                sum(t.latency_s or 0.0 for t in timed if t not in idle)
                / (deployment.prediction.latency_s or 1.0)
            )
        assert bool(idle) == any(note.startswith("no arithmetic") for note in panel.notes)


def test_kernels_without_arithmetic_keep_their_share_in_a_note() -> None:
    net = Net()
    data = net.add("Transpose", [net.conv("image", "conv", 8, 3)], "turn", perm=[0, 2, 3, 1])

    (panel,) = panels(pipeline.analyze(net.model([data]), calibrated()))

    # 1536 MACs at 5 GFLOP/s: 0.6144 us; of 2912 bytes at 0.5 GB/s: 5.824 us; 4096 bytes
    # turned: 8.192 us; two calls, 1 us each: 9.192 of 16.6304 us.
    assert panel.notes == ("no arithmetic: 1 kernel, 55.3 % of the time (movement 55.3 %)",)


def test_kernels_at_one_place_are_one_mark() -> None:
    net = Net()
    data = net.conv("image", "first", 8, 3)
    for number in range(3):
        data = net.conv(data, f"again.{number}", 8, 8)

    (panel,) = panels(pipeline.analyze(net.model([data]), machine()))

    assert [(mark.name, mark.count) for mark in panel.marks] == [("again.0", 3), ("first", 1)]
    assert sum(mark.share for mark in panel.marks) == pytest.approx(1)


def test_a_machine_without_a_prediction_shows_its_roofs_and_says_why() -> None:
    (panel,) = panels(pipeline.analyze(small(), tpu()))

    assert panel.marks == ()
    assert panel.peaks == (Peak("int8", 4e12),)
    assert panel.ridge is None
    assert panel.notes == (
        "no prediction: tpu has no float32 arithmetic (2 kernels). Try --as-dtype int8.",
    )


def test_memories_of_their_own_are_slopes_of_their_own() -> None:
    (panel,) = panels(pipeline.analyze(small(), mcu()))

    assert panel.slopes == (Slope("sram", "activations", 1e9), Slope("flash", "weights", 2e8))
    assert panel.ridge is not None
    assert panel.ridge.flops_per_byte == 1e8 / 1e9


def test_limits_hold_roofs_and_marks_of_all_panels(case: Case) -> None:
    found = panels(case("several"))

    for panel in found:
        limits = limits_of(panel, found)
        assert all(limits.show(mark) for mark in panel.marks)
        assert outside(panel, limits) == ""
        assert limits.top > panel.peaks[0].flops_per_s
        assert limits.left < min(p.flops_per_s / panel.slopes[0].bytes_per_s for p in panel.peaks)
    assert len({(limits_of(p, found).left, limits_of(p, found).right) for p in found}) == 1


def test_what_lies_far_out_is_left_out_and_counted() -> None:
    from dataclasses import replace

    (panel,) = panels(pipeline.analyze(small(), machine()))
    head, stem = panel.marks
    far = replace(panel, marks=(head, replace(stem, flops_per_byte=1e-9)))

    limits = limits_of(far, [far])

    assert limits.right / limits.left <= 1.01e6
    assert outside(far, limits) == "beyond the edge: 1 kernel, 35.6 % of the time"


def test_ticks_are_powers_of_ten_with_2_and_5_where_they_are_few() -> None:
    assert ticks(0.5, 2e3) == [1, 10, 100, 1000]
    assert ticks(3e8, 3e9) == [5e8, 1e9, 2e9]


def test_every_kind_can_be_told_from_every_other() -> None:
    looks = [look_of(kind) for kind in KernelKind if kind is not KernelKind.UNCOSTED]
    told = [look for look in looks if looks.count(look) == 1]

    assert len(told) >= len(looks) - 2  # views and control flow are never drawn
