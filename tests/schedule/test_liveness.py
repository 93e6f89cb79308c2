"""Who shares storage, and from when until when it is held: hand-worked lines of kernels."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lines import IN_PLACE, PLAIN, kernel, tensor

from costscope.kernels.types import Kernel, Runtime
from costscope.schedule.layerwise import layerwise
from costscope.schedule.types import Schedule
from costscope.work import KernelKind

CONV, ADD, VIEW = KernelKind.DENSE_CONV, KernelKind.ELEMENTWISE, KernelKind.VIEW
DEPTHWISE, LOOP = KernelKind.DEPTHWISE_CONV, KernelKind.CONTROL_FLOW
x, a, b, c, y = (tensor(name, 100) for name in "xabcy")


def held(schedule: Schedule) -> list[int]:
    return [step.held_bytes for step in schedule.steps]


def run(
    *kernels: Kernel, runtime: Runtime = IN_PLACE, inputs: tuple = (x,), outputs: tuple = (y,)
) -> Schedule:
    return layerwise(kernels, inputs, outputs, runtime)


def test_inputs_and_outputs_of_a_kernel_are_held_together() -> None:
    schedule = run(kernel(CONV, [x], [y]))

    assert schedule.peak.nbytes == 200
    assert schedule.peak.kernel == "makes y"
    assert [(each.name, each.nbytes) for each in schedule.peak.tensors] == [("x", 100), ("y", 100)]


def test_the_sine_of_1024_floats_holds_8192_bytes() -> None:
    source, sine = tensor("x", 4096), tensor("y", 4096)

    # The caller owns the input: nothing writes over it, in place or not.
    for runtime in (IN_PLACE, PLAIN):
        schedule = run(
            kernel(ADD, [source], [sine]), runtime=runtime, inputs=(source,), outputs=(sine,)
        )
        assert schedule.peak.nbytes == 8192


def test_what_is_read_for_the_last_time_is_free_afterwards() -> None:
    schedule = run(kernel(CONV, [x], [a]), kernel(CONV, [a], [b]), kernel(CONV, [b], [y]))

    assert held(schedule) == [200, 200, 200]


def test_a_shortcut_is_held_until_it_is_added() -> None:
    schedule = run(
        kernel(CONV, [x], [a]), kernel(CONV, [a], [b]), kernel(CONV, [b], [c]),
        kernel(ADD, [a, c], [y]), runtime=PLAIN,
    )  # fmt: skip

    assert held(schedule) == [200, 200, 300, 300]


def test_a_sum_writes_over_what_dies_there() -> None:
    shortcut = [
        kernel(CONV, [x], [a]), kernel(CONV, [a], [b]), kernel(CONV, [b], [c]),
        kernel(ADD, [a, c], [y]),
    ]  # fmt: skip

    assert held(run(*shortcut)) == [200, 200, 300, 200]


@pytest.mark.parametrize(
    ("reads", "nbytes", "shared"),
    [
        ([a], 100, True),
        ([a], 99, False),  # another size
        ([a, b], 100, True),
        ([a, b, c], 100, False),  # more operands than runtimes take in place
        ([x], 100, False),  # the caller's
    ],
)
def test_when_a_result_lies_in_its_operand(reads: list, nbytes: int, shared: bool) -> None:
    result = tensor("y", nbytes)
    front = [kernel(CONV, [x], [each]) for each in reads if each is not x]
    schedule = run(*front, kernel(ADD, reads, [result]), outputs=(result,))

    alive = 100 * len(reads) + (0 if shared else nbytes)
    assert held(schedule)[-1] == alive


def test_nothing_writes_over_what_is_read_later() -> None:
    schedule = run(
        kernel(CONV, [x], [a]), kernel(ADD, [a], [b]), kernel(CONV, [b], [c]),
        kernel(ADD, [a, c], [y]),
    )  # fmt: skip

    assert held(schedule) == [200, 200, 300, 200]


def test_nothing_writes_over_what_leaves_the_graph() -> None:
    schedule = run(kernel(CONV, [x], [a]), kernel(ADD, [a], [y]), outputs=(a, y))

    assert held(schedule) == [200, 200]


def test_a_view_lies_in_what_it_shows() -> None:
    schedule = run(
        kernel(CONV, [x], [a]), kernel(VIEW, [a], [b]), kernel(CONV, [b], [y]), runtime=PLAIN
    )

    assert held(schedule) == [200, 100, 200]


def test_a_view_keeps_its_tensor_from_being_written_over() -> None:
    schedule = run(
        kernel(CONV, [x], [a]), kernel(VIEW, [a], [b]), kernel(ADD, [a], [c]),
        kernel(CONV, [b], [y]), outputs=(y, c),
    )  # fmt: skip

    assert held(schedule) == [200, 100, 200, 300]


def test_a_view_of_an_input_needs_no_room() -> None:
    schedule = run(kernel(VIEW, [x], [y]))

    assert schedule.peak.nbytes == 100


def test_a_depthwise_convolution_in_place() -> None:
    small = tensor("y", 25)  # stride 2: a quarter

    for result, expected in ((tensor("y", 100), 100), (small, 100)):
        schedule = run(kernel(CONV, [x], [a]), kernel(DEPTHWISE, [a], [result]), outputs=(result,))
        assert held(schedule) == [200, expected]


def test_what_a_depthwise_convolution_leaves_over_is_free_at_the_next_step() -> None:
    small = tensor("b", 25)
    schedule = run(
        kernel(CONV, [x], [a]), kernel(DEPTHWISE, [a], [small]), kernel(CONV, [small], [y])
    )

    assert held(schedule) == [200, 100, 125]


def test_an_elementwise_result_that_is_smaller_needs_its_own_room() -> None:
    small = tensor("y", 25)

    schedule = run(kernel(CONV, [x], [a]), kernel(ADD, [a], [small]), outputs=(small,))

    assert held(schedule) == [200, 125]


def test_two_results_never_share_one_operand() -> None:
    schedule = run(kernel(CONV, [x], [a]), kernel(ADD, [a], [b, c]), outputs=(b, c))

    assert held(schedule) == [200, 200]


def test_results_that_nobody_reads_are_held_while_they_are_made() -> None:
    schedule = run(kernel(CONV, [x], [a, b]), kernel(CONV, [a], [y]))

    assert held(schedule) == [300, 200]


def test_an_input_that_nobody_reads_is_never_held() -> None:
    schedule = run(kernel(CONV, [x], [a]), kernel(CONV, [a], [y]), inputs=(x, b))

    assert held(schedule) == [200, 200]


class TestLoops:
    """A body laid out before the node that held it."""

    def test_a_result_is_handed_on(self) -> None:
        schedule = run(kernel(CONV, [x], [a], repeats=5), kernel(LOOP, [x, a], [y]))

        assert held(schedule) == [200, 200]

    def test_what_a_loop_collects_is_held_from_its_first_step(self) -> None:
        rows = tensor("rows", 500)
        schedule = run(
            kernel(CONV, [x], [a], repeats=5),
            kernel(CONV, [a], [b], repeats=5),
            kernel(LOOP, [x, b], [rows]),
            outputs=(rows,),
        )

        assert held(schedule) == [700, 800, 700]

    def test_what_a_body_reads_from_outside_is_held_until_its_last_iteration(self) -> None:
        schedule = run(
            kernel(CONV, [x], [a]),
            kernel(CONV, [a], [b], repeats=5),
            kernel(CONV, [b], [c], repeats=5),
            kernel(LOOP, [a, c], [y]),
        )

        assert held(schedule) == [200, 200, 300, 200]

    def test_a_counter_that_the_loop_makes_has_room_too(self) -> None:
        counter = tensor("i", 8)
        schedule = run(kernel(ADD, [x, counter], [a], repeats=5), kernel(LOOP, [a], [y]))

        assert held(schedule)[0] == 208


def test_no_kernels_no_peak() -> None:
    schedule = run(outputs=(x,))

    assert schedule.peak.nbytes == 0
    assert schedule.steps == ()
    assert schedule.complete


def test_a_tensor_of_unknown_size_makes_the_peak_a_lower_bound() -> None:
    unknown = replace(tensor("y", 100), shape=None)

    assert not run(kernel(CONV, [x], [unknown]), outputs=(unknown,)).complete
    assert run(kernel(CONV, [x], [y])).complete
