"""ONNX's own conformance cases: every operator, as its standard demonstrates it."""

from __future__ import annotations

import warnings
from functools import cache

import numpy as np
import pytest

import costscope


@cache
def cases():
    """Models with the outputs that the standard expects of them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test.case.node import collect_testcases

        return [case for case in collect_testcases(None) if case.model is not None]


@cache
def analysed():
    """Name, analysis or refusal, and expected outputs of every case."""
    results = []
    for case in cases():
        try:
            found = costscope.analyze(case.model)
        except costscope.CostscopeError as error:
            found = error
        results.append((case.name, found, case.data_sets[0][1]))
    return results


# How large an output is depends on the data: the report's bound may be larger, never smaller.
BOUNDED = ("test_unique", "test_nonmaxsuppression", "test_compress", "test_nonzero")
# A loop whose count is data is costed for one iteration, which the report says.
LOOPS = ("test_range", "test_loop")


def test_there_are_cases_for_most_of_the_standard():
    assert len(cases()) > 1500


def test_only_empty_inputs_are_refused():
    refused = {name: str(found) for name, found, _ in analysed() if isinstance(found, Exception)}

    assert [name for name, why in refused.items() if " is 0; bind the shape" not in why] == []


def test_shapes_are_those_of_the_standard():
    wrong = []
    for name, found, outputs in analysed():
        if isinstance(found, Exception):
            continue
        for tensor, expected in zip(found.graph.outputs, outputs, strict=False):
            if not isinstance(expected, np.ndarray) or tensor.shape in (None, expected.shape):
                continue
            bounded = name.startswith(BOUNDED) and tensor.elements >= expected.size
            if not bounded and not (name.startswith(LOOPS) and found.assumptions):
                wrong.append((name, tensor.shape, expected.shape))

    assert wrong == []


def test_a_bound_is_always_stated():
    silent = [
        name
        for name, found, outputs in analysed()
        if not isinstance(found, Exception)
        and name.startswith(BOUNDED)
        and found.graph.outputs[0].shape != outputs[0].shape
        and not any("most" in sentence or "bound" in sentence for sentence in found.assumptions)
    ]

    assert silent == []


@pytest.mark.parametrize("field", ["reason", "name", "op_type"])
def test_what_is_uncosted_says_why(field):
    for _, found, _ in analysed():
        if not isinstance(found, Exception):
            assert all(getattr(entry, field) for entry in found.uncosted)
