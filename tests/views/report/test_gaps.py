"""What is in no sum is said once, with its reason, and never as zero."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from view_cases import machine, small

from costscope import pipeline
from costscope.analysis.types import Analysis, Uncosted
from costscope.views.report.build import report_of
from costscope.views.report.gaps import assumptions, uncosted, unpredicted
from costscope.views.report.shares import kinds
from costscope.views.report.types import Choice, Tone
from costscope.work import KernelKind

Case = Callable[[str], Analysis]


def test_uncosted_operators_are_counted_by_type_and_reason(case: Case) -> None:
    analysis = case("uncosted")
    more = [Uncosted(name=f"n{i}", op_type="Odd", reason="too odd") for i in range(3)]

    (section,) = uncosted(replace(analysis, uncosted=(*analysis.uncosted, *more)))

    assert section.tone is Tone.WARNING
    assert section.grid is not None
    assert section.grid.rows == (
        ("Odd", "3", "too odd", "n0"),
        (
            "acme::Mystery",
            "1",
            "the shape of its output is unknown: no shape rule is known for it",
            "strange/Mystery",
        ),
    )


def test_many_reasons_are_cut_and_the_rest_is_counted(case: Case) -> None:
    many = tuple(Uncosted(name=f"n{i}", op_type=f"Op{i}", reason="odd") for i in range(15))

    (section,) = uncosted(replace(case("uncosted"), uncosted=many))

    assert section.grid is not None
    assert len(section.grid.rows) == 12
    assert section.lines == ("and 3 more operator types; --format json has all.",)


def test_an_uncosted_kernel_is_not_told_twice(case: Case) -> None:
    titles = [section.title for section in report_of(case("uncosted"), Choice()).sections]

    assert titles.count("Not costed: 1 of 2 operators (50 %), in no sum above") == 1
    assert not any(title.startswith("Not predicted") for title in titles)


def test_what_the_machine_cannot_tell_is_counted_by_reason() -> None:
    only_dense = machine(kinds=frozenset({KernelKind.DENSE_CONV}))

    (section,) = unpredicted(pipeline.analyze(small(), only_dense).first)

    assert section.title == "Not predicted: 1 of 2 kernels"
    assert section.grid is not None
    assert section.grid.rows == (("1", "phone does not run pointwise_conv kernels"),)


def test_a_kind_without_a_cost_or_a_time_has_dashes_and_not_zeros(case: Case) -> None:
    without_cost = kinds(case("uncosted").first).grid
    only_dense = machine(kinds=frozenset({KernelKind.DENSE_CONV}))
    without_time = kinds(pipeline.analyze(small(), only_dense).first).grid

    assert without_cost is not None
    assert without_cost.rows[-1] == ("uncosted", "1", "-", "-", "-", "-")
    assert without_time is not None
    assert without_time.rows == (
        ("dense_conv", "1", "13.82 k", "3.59 KiB", "3.68 us", "100 %"),
        ("pointwise_conv", "1", "8.192 k", "6.50 KiB", "-", "-"),
    )


def test_assumptions_are_the_models_and_the_machines(case: Case) -> None:
    analysis = replace(case("does not fit"), assumptions=("the batch is 1", "odd\nname"))

    (section,) = assumptions(analysis, analysis.first)

    assert section.lines == (
        "the batch is 1",
        "odd\\nname",
        "mcu: nobody has published memories.sram; they are assumed.",
    )
    assert assumptions(case("uncalibrated"), case("uncalibrated").first) == []


def test_what_does_not_fit_is_said_with_its_numbers(case: Case) -> None:
    facts = {
        fact.label: fact for fact in report_of(case("does not fit"), Choice()).sections[0].facts
    }

    # 16 channels of 8x8 written and 8 of them read, 4 bytes each: 6,144 B; the weights are
    # 8*27 + 16*8 = 344 elements, 1.34 KiB. TensorFlow Lite Micro keeps tables beside the
    # activations: 8 B for each of 8 + 16 channels, 132 B for each of 2 kernels, 700 B: 1,156 B.
    assert facts["fits"].value == "no"
    assert facts["fits"].note == (
        "weights take 1.34 KiB of flash's 64 KiB; "
        "activations need 7.13 KiB of sram's 1 KiB (a hard limit)."
    )
