"""Sessions: what they refuse, what they save, and that the profile ends."""

from __future__ import annotations

import builtins

import pytest
from measured_models import network, random, two_convolutions
from onnx import helper

from costscope.errors import ModelError, UsageError
from costscope.graph import proto
from costscope.measure.optimized import bind, optimized
from costscope.measure.session import Session, runtime
from costscope.measure.source import source
from costscope.measure.weights import Weights, materialise
from costscope.shapes import Bindings

FEEDS = {"x": random(1, 16, 8, 8)}


def opened(model=None, **options):
    given = source(model or two_convolutions())
    return Session(given, materialise(given), **options)


def test_a_session_profiles_then_runs_without():
    with opened() as session:
        times = [session.run_s(FEEDS) for _ in range(3)]
        runs = session.end_profile()
        later = session.run_s(FEEDS)

        assert len(runs) == 3
        assert all(run.events for run in runs)
        # The runtime's clock lies inside ours.
        assert all(run.total_s <= t + 1e-6 for run, t in zip(runs, times, strict=True))
        assert later > 0


def test_a_profile_can_be_kept(tmp_path):
    with opened() as session:
        session.run_s(FEEDS)
        session.end_profile(tmp_path / "kept.json")

    assert (tmp_path / "kept.json").stat().st_size > 100


def test_what_it_saves_is_there_until_it_ends():
    with opened(optimization="extended") as session:
        saved = session.saved
        operators = [node.op_type for node in proto.read(saved).graph.node]

    assert operators.count("FusedConv") >= 1
    assert not saved.exists()


def test_a_level_or_provider_that_is_not_there_gives_one_line():
    with pytest.raises(UsageError, match="choose one of none, basic, extended, all"):
        opened(optimization="most")
    with pytest.raises(UsageError, match=r"installed are .*CPUExecutionProvider"):
        opened(provider="NoSuchProvider")


def test_what_the_runtime_refuses_gives_one_line():
    model = two_convolutions()
    model.graph.node.append(helper.make_node("Strange", ["y"], ["q"], domain="elsewhere"))
    model.opset_import.append(helper.make_opsetid("elsewhere", 1))

    with pytest.raises(ModelError, match="onnxruntime refuses it") as caught:
        opened(model)

    assert "\n" not in str(caught.value)


def test_inputs_that_do_not_fit_give_one_line():
    with opened() as session, pytest.raises(ModelError, match="fails while running") as caught:
        session.run_s({"x": random(1, 3)})

    assert "\n" not in str(caught.value)


def test_without_onnxruntime_it_says_how_to_install_it(monkeypatch):
    real = builtins.__import__

    def without(name, *rest, **options):
        if name == "onnxruntime":
            raise ImportError
        return real(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", without)

    with pytest.raises(UsageError, match=r"pip install 'costscope\[runtime\]'"):
        runtime()


def test_the_optimized_graph_needs_neither_weights_nor_runs():
    graph = optimized(two_convolutions(), level="extended")

    assert [node.op_type for node in graph.nodes].count("FusedConv") >= 1


def test_open_sizes_are_written_into_the_inputs():
    model = network("(float[n,4] x) => (float[n,4] y) { y = Relu (x) }")

    given = bind(source(model), Bindings({"n": 3}))

    dims = given.proto.graph.input[0].type.tensor_type.shape.dim
    assert [dim.dim_value for dim in dims] == [3, 4]
    with Session(given, Weights()) as session:
        assert session.run_s({"x": random(3, 4)}) > 0
