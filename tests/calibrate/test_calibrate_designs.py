"""Every step makes a valid network that onnxruntime runs, and keeps the promise of an image."""

from __future__ import annotations

import pytest

from costscope.calibrate import network as designed
from costscope.calibrate.designs import STEPS
from costscope.calibrate.draw import Draw
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net
from costscope.zoo.weights import Weights

NAMES = sorted(STEPS.keys())
SEEDS = range(6)


def with_step(name: str, seed: int):
    """A network of a stem and one step, and what the step gave back."""
    draw = Draw(seed)
    net = Net(deploy=True, weights=Weights(None, half=False))
    net.opset = designed.OPSET
    image = Value("input", (1, 3, 32, 32))
    x = net.conv(image, "first_of_all", 24, 3, stride=2, act="relu")
    y = STEPS.get(name).make(net, x, draw)
    out = net.conv(y, "last_of_all", 8)
    return designed._model(net, image, out), y


def run(model) -> list:
    import numpy as np

    from costscope.measure.optimized import bind
    from costscope.measure.session import Session
    from costscope.measure.source import source
    from costscope.measure.weights import materialise

    given = bind(source(model), None)
    with Session(given, materialise(given, random=True), profile=False) as session:
        shape = [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim]
        feed = {"input": np.random.default_rng(0).standard_normal(shape, np.float32)}
        return session._session.run(None, feed)


@pytest.mark.parametrize("name", NAMES)
def test_a_step_makes_a_valid_network_that_runs(name: str) -> None:
    import numpy as np
    import onnx

    for seed in SEEDS:
        model, y = with_step(name, seed)

        onnx.checker.check_model(model, full_check=True)
        (output,) = run(model)

        assert len(y.shape) == 4
        assert output.shape == (y.shape[0], 8, *y.shape[2:])
        assert np.isfinite(output).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_step_is_the_same_for_the_same_draws(name: str) -> None:
    once, again = (with_step(name, 3)[0].SerializeToString() for _ in range(2))

    assert once == again


def test_every_step_can_be_drawn() -> None:
    assert all(STEPS.get(name).weight > 0 for name in NAMES)
