"""F3: the stated saving is the difference between the training and the deploy form."""

from __future__ import annotations

from typing import Any

import pytest
from drawn import Drawn
from rule_cases import found_by

from costscope.pipeline import analyze
from costscope.zoo.build import build

MACHINES = ("pixel6", "raspberry_pi_4b", "adreno_640")
# Sums that the papers' conversion makes one convolution of: RepVGG-A0 has 1 + 2 + 4 + 14 + 1
# blocks; MobileOne-S0 a stem and two for each of 2 + 8 + 10 + 1 blocks, 43, each with branches.
SUMS = {"rep_vgg@a0": 22, "mobile_one": 43, "fastvit": 20}


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("network", SUMS)
def test_the_saving_is_that_of_the_deploy_form(network: str, machine: str):
    train = analyze(build(network, deploy=False), machine)
    deploy = analyze(build(network), machine)

    (found,) = found_by("F3", build(network, deploy=False), machine)

    assert found.evidence["sums"] == SUMS[network]
    before, after = train.first.prediction, deploy.first.prediction
    assert before is not None
    assert after is not None
    difference_s = (before.latency_s or 0) - (after.latency_s or 0)
    assert difference_s > 0
    assert found.saving_s == pytest.approx(difference_s, rel=1e-6)
    assert found.saving_bytes == train.totals.traffic_bytes - deploy.totals.traffic_bytes


@pytest.mark.parametrize("network", [*SUMS, "resnet", "inception_v3", "densenet", "mixnet"])
def test_deploy_forms_and_branches_with_nonlinearities_are_left_alone(network: str):
    assert found_by("F3", f"zoo:{network}") == []


@pytest.mark.parametrize("network", ["resnet", "inception_v3", "mobilenet_v2"])
def test_training_forms_without_parallel_linear_branches_are_left_alone(network: str):
    assert found_by("F3", build(network, deploy=False)) == []


def two_branches(second: int, *, act: bool = False, stride: int = 1, group: int = 1) -> Any:
    net = Drawn(1, 8, 16, 16)
    one = net.conv("x", "one", 8, 8, kernel=3)
    other = net.conv("x", "other", 8, 8, kernel=second, stride=stride, group=group)
    if act:
        other = net.op("Relu", [other], "act")
    net.op("Add", [one, other], "sum")
    return net.model()


def one_conv(kernel: int) -> Any:
    net = Drawn(1, 8, 16, 16)
    net.conv("x", "sum", 8, 8, kernel=kernel, bias=True)
    return net.model()


def test_two_convolutions_become_the_larger_one():
    model = two_branches(1)

    (found,) = found_by("F3", model, None)

    before, after = analyze(model).totals, analyze(one_conv(3)).totals
    assert found.saving_bytes == before.traffic_bytes - after.traffic_bytes
    assert found.evidence == {"sums": 1, "branches": 2, "convolutions": 2}


def test_a_nonlinearity_between_keeps_them_apart():
    assert found_by("F3", two_branches(1, act=True), None) == []


def test_branches_that_would_do_more_as_one_are_left_alone():
    # A dense 1x1 beside a depthwise 7x7: the dense 7x7 would do 49 times the 1x1's MACs.
    net = Drawn(1, 8, 16, 16)
    one = net.conv("x", "dense", 8, 8)
    net.op("Add", [one, net.conv("x", "wide", 8, 8, kernel=7, group=8)], "sum")

    assert found_by("F3", net.model(), None) == []


def test_a_branch_that_others_read_stays():
    net = Drawn(1, 8, 16, 16)
    one = net.conv("x", "one", 8, 8, kernel=3)
    total = net.op("Add", [one, net.conv("x", "other", 8, 8)], "sum")
    net.op("Mul", [total, one], "product")

    assert found_by("F3", net.model(), None) == []


def test_a_shortcut_around_one_depthwise_convolution_merges_into_it():
    net = Drawn(1, 8, 16, 16)
    entry = net.op("Relu", ["x"], "entry")
    net.op("Add", [entry, net.conv(entry, "wide", 8, 8, kernel=7, group=8)], "sum")

    (found,) = found_by("F3", net.model(), None)

    assert found.evidence == {"sums": 1, "branches": 2, "convolutions": 1}


def test_a_norm_in_training_mode_is_found_whatever_the_runtime():
    net = Drawn(1, 8, 16, 16)
    y = net.conv("x", "conv", 8, 8)
    parts = [net.zeros(f"n.{part}", 8) for part in ("s", "b", "m", "v")]
    from onnx import helper

    net.nodes.append(
        helper.make_node(
            "BatchNormalization", [y, *parts], ["y", "mean", "var"], name="norm", training_mode=1
        )
    )
    model = net.model("y")

    (found,) = found_by("F3", model, "raspberry_pi_4b")

    assert found.nodes == ("norm",)
    before = analyze(model, "raspberry_pi_4b").first.prediction
    after = analyze(one_conv_of_one(), "raspberry_pi_4b").first.prediction
    assert before is not None
    assert after is not None
    assert found.saving_s == pytest.approx((before.latency_s or 0) - (after.latency_s or 0))


def one_conv_of_one() -> Any:
    net = Drawn(1, 8, 16, 16)
    net.conv("x", "conv", 8, 8, bias=True)
    return net.model()
