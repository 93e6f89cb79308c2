"""Every operator of ONNX is costed, free, or knowingly unsupported with a reason."""

from __future__ import annotations

import pytest
from onnx import defs

from costscope.ops import OPS
from costscope.work import KernelKind

KEYS = sorted({(s.domain, s.name) for s in defs.get_all_schemas_with_history()})


def test_the_standard_is_there() -> None:
    assert len(KEYS) > 220


@pytest.mark.parametrize("key", KEYS, ids=lambda key: "::".join(part for part in key if part))
def test_known(key: tuple[str, str]) -> None:
    spec = OPS.get(key)

    assert spec is not None, f"{key[1]} has no formula and no reason why not"
    assert (spec.kind is KernelKind.UNCOSTED) == (spec.unsupported is not None)
    if spec.unsupported is not None:
        assert len(spec.unsupported) > 20


def test_graphs_inside_nodes_are_control_flow() -> None:
    for op_type in ("If", "Loop", "Scan", "SequenceMap"):
        spec = OPS.get(("", op_type))
        assert spec is not None
        assert spec.kind is KernelKind.CONTROL_FLOW
