"""Shape rules of onnxruntime's own operators: as it runs them, or as it describes them."""

from __future__ import annotations

import pytest

from contrib_cases import RUN, Case
from contrib_told import TOLD
from costscope.ops import OPS, kind_of, packed_elements, why_uncosted, work_of
from costscope.work import KernelKind
from single_node import Shape, model, node_of, results

ALL = [*RUN, *(case for case, _ in TOLD)]


def _name(value: object) -> str | None:
    return value.name if isinstance(value, Case) else None


# MatMulFpQ4 needs instructions that not every processor has.
_UNSUPPORTED_HERE = "not yet supported on this hardware platform"


@pytest.mark.parametrize("case", RUN, ids=_name)
def test_as_onnxruntime_runs(case: Case) -> None:
    runtime = pytest.importorskip("onnxruntime").capi.onnxruntime_pybind11_state
    try:
        ran = results(model(case.op_type, *case.inputs, **case.keywords))
    except runtime.Fail as error:
        if _UNSUPPORTED_HERE not in str(error):
            raise
        pytest.skip(f"onnxruntime says: {_UNSUPPORTED_HERE}")

    found = node_of(case.op_type, *case.inputs, **case.keywords).outputs

    assert [(t.dims, t.dtype.name) for t in found] == [(r.shape, r.dtype.name) for r in ran]


@pytest.mark.parametrize(("case", "shapes"), TOLD, ids=_name)
def test_as_described(case: Case, shapes: list[Shape]) -> None:
    found = node_of(case.op_type, *case.inputs, **case.keywords).outputs

    assert [tensor.dims for tensor in found] == shapes


@pytest.mark.parametrize("case", ALL, ids=_name)
def test_costed_in_whole_numbers(case: Case) -> None:
    node = node_of(case.op_type, *case.inputs, **case.keywords)

    assert why_uncosted(node) is None
    assert kind_of(node) is not KernelKind.UNCOSTED
    work = work_of(node)
    assert all(type(value) is int for value in (work.macs, work.vector_ops, work.special_ops))
    assert all(type(value) is int for value in packed_elements(node).values())


@pytest.mark.parametrize("case", ALL, ids=_name)
def test_no_more_is_read_than_there_is(case: Case) -> None:
    node = node_of(case.op_type, *case.inputs, **case.keywords)
    spec = OPS.get(node.key)
    assert spec is not None
    for slot, elements in (spec.reads(node) if spec.reads else {}).items():
        tensor = node.input(slot)
        assert tensor is not None
        assert 0 <= elements <= tensor.elements
