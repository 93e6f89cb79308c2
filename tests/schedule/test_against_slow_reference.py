"""Random lines of kernels: the bytes held at each step, as a slow simulation finds them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lines import IN_PLACE, PLAIN, Line, kernel, tensor

from costscope.graph.types import Tensor
from costscope.kernels.types import Kernel, Runtime
from costscope.schedule.layerwise import layerwise
from costscope.work import KernelKind

KINDS = [
    KernelKind.DENSE_CONV,
    KernelKind.ELEMENTWISE,
    KernelKind.ELEMENTWISE,
    KernelKind.DEPTHWISE_CONV,
    KernelKind.VIEW,
    KernelKind.MOVEMENT,
]
RUNTIMES = [IN_PLACE, PLAIN]


@st.composite
def lines(draw: st.DrawFn) -> Line:
    """Kernels that read earlier tensors; views and in-place kernels among them."""
    made = [tensor(f"x{k}", draw(st.integers(1, 4))) for k in range(draw(st.integers(1, 2)))]
    inputs = list(made)
    kernels: list[Kernel] = []
    for place in range(draw(st.integers(1, 12))):
        kind = draw(st.sampled_from(KINDS))
        most = 1 if kind in (KernelKind.VIEW, KernelKind.DEPTHWISE_CONV) else 3
        reads = draw(st.lists(st.sampled_from(made), min_size=1, max_size=most, unique=True))
        single = kind in (KernelKind.VIEW, KernelKind.DEPTHWISE_CONV)
        count = 1 if single else draw(st.integers(1, 2))
        sizes = [
            reads[0].nbytes if kind is KernelKind.VIEW else draw(st.integers(1, 4))
            for _ in range(count)
        ]
        writes = [tensor(f"t{place}.{k}", size) for k, size in enumerate(sizes)]
        kernels.append(kernel(kind, reads, writes))
        made += writes
    later = made[len(inputs) :]
    outputs = draw(st.lists(st.sampled_from(later), min_size=1, max_size=2, unique=True))
    return Line(kernels, inputs, outputs)


def needed_after(line: Line, step: int) -> set[str]:
    """Tensors that a later step reads, or that leave."""
    names = {each.name for each in line.outputs}
    for later in line.kernels[step + 1 :]:
        names.update(each.name for each in later.reads)
    return names


def simulated(line: Line, runtime: Runtime) -> list[int]:
    """Run the line: a room holds the tensors that share it; a room with none in use is free."""
    rooms: list[list[Tensor]] = [[each] for each in line.inputs]
    callers = {each.name for each in line.inputs}
    held = []
    for step, each in enumerate(line.kernels):
        after = needed_after(line, step)
        taken: list[list[Tensor]] = []
        for result in each.writes:
            room = None
            for source in each.reads:
                there = next(r for r in rooms if any(t.name == source.name for t in r))
                smaller = each.kind is KernelKind.DEPTHWISE_CONV and result.nbytes < source.nbytes
                same = result.nbytes == source.nbytes or smaller
                dies = not any(t.name in after for t in there)
                owned = any(t.name in callers for t in there)
                may = each.kind in runtime.in_place and len(each.reads) <= 2
                if each.kind is KernelKind.VIEW or (
                    may and same and dies and not owned and there not in taken
                ):
                    room = there
                if room is not None:
                    break
            if room is None:
                room = []
                rooms.append(room)
            room.append(result)
            taken.append(room)
        busy = {t.name for t in (*each.reads, *each.writes)}
        alive = [r for r in rooms if any(t.name in after or t.name in busy for t in r)]
        held.append(sum(max(t.nbytes for t in r) for r in alive))
        for room in rooms:  # what was written over is gone
            room[:] = [t for t in room if t.nbytes == room[-1].nbytes]
        rooms = [r for r in rooms if any(t.name in after for t in r)]
    return held


@given(lines(), st.sampled_from(RUNTIMES))
def test_bytes_held_at_each_step(line: Line, runtime: Runtime) -> None:
    schedule = layerwise(line.kernels, line.inputs, line.outputs, runtime)

    expected = simulated(line, runtime)
    assert [step.held_bytes for step in schedule.steps] == expected
    assert schedule.peak.nbytes == max(expected)
    at_peak = schedule.steps[expected.index(max(expected))]
    assert schedule.peak.kernel == at_peak.kernel.name
    assert sum(each.nbytes for each in schedule.peak.tensors) == schedule.peak.nbytes


@given(lines())
def test_in_place_never_costs_memory(line: Line) -> None:
    plain, in_place = (
        layerwise(line.kernels, line.inputs, line.outputs, runtime).peak.nbytes
        for runtime in (PLAIN, IN_PLACE)
    )

    assert in_place <= plain
