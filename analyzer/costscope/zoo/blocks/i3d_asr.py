"""Speech encoder whose layers are run or skipped by gates that depend on the input.

Source: Peng et al. 2023, arXiv 2303.07624, Sections 2.1 and 2.2, Figure 1.
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.blocks.transformer_encoder import self_attention, two_layers
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_SUBLAYERS = 2  # attention and feed-forward, each with a gate of its own
_CHOICES = 2  # run or skip


@block("asr_subsampling")
def asr_subsampling(net: Net, x: Value, *, dim: int) -> Value:
    """Two 3x3 convolutions of stride 2 on (N, T, F), then one vector a frame, and positions."""
    y = net.reshape(x, [x.shape[0], 1, *x.shape[1:]], "image")
    y = net.conv(y, "conv1", dim, 3, stride=2, pad=0, act="relu")
    y = net.conv(y, "conv2", dim, 3, stride=2, pad=0, act="relu")
    y = net.transpose(y, [0, 2, 1, 3], "frames_first")
    y = net.linear(net.reshape(y, [*y.shape[:2], -1], "frames"), "project", dim)
    return net.shifted(y, (1, *y.shape[1:]), "position")


@block("i3d_encoder")
def i3d_encoder(
    net: Net,
    x: Value,
    *,
    layers: int,
    heads: int,
    hidden: int,
    gates: str = "none",
    predictor: int = 32,
) -> Value:
    """Pre-norm layers, each sublayer times the gate that says whether it runs.

    Args:
        net: the network.
        x: (N, L, C).
        layers: number of layers.
        heads: of the attention.
        hidden: channels between the two fully connected layers.
        gates: `none`; `local`, predicted in each layer from its input; `global`, all predicted
            from the encoder's input.
        predictor: channels in the middle of a gate predictor.
    """
    ahead = _gates(net, x, layers * _SUBLAYERS, predictor) if gates == "global" else []
    for index in range(layers):
        with net.scope(f"layer{index + 1}"):
            pair = ahead[index * _SUBLAYERS : (index + 1) * _SUBLAYERS]
            if gates == "local":
                pair = _gates(net, x, _SUBLAYERS, predictor)
            with net.scope("attention"):
                y = self_attention(net, net.layer_norm(x, "norm"), heads)
                x = net.add(x, net.mul(y, pair[0], "gated") if pair else y)
            with net.scope("mlp"):
                y = two_layers(net, net.layer_norm(x, "norm"), hidden, act="relu")
                x = net.add(x, net.mul(y, pair[1], "gated") if pair else y)
    return net.layer_norm(x, "norm")


@block("ctc_head")
def ctc_head(net: Net, x: Value, *, classes: int) -> Value:
    """Probability of each symbol at each frame."""
    return net.softmax(net.linear(x, "project", classes))


def _gates(net: Net, x: Value, count: int, middle: int) -> list[Value]:
    """Probabilities that each of `count` sublayers runs: (N, 1, 1) each, from the mean of x."""
    with net.scope("gates"):
        y = net.fc(net.mean(x, [1], keep=False), "hidden", middle, act="relu")
        y = net.fc(y, "scores", count * _CHOICES)
        y = net.softmax(net.reshape(y, [x.shape[0], count, 1, _CHOICES], "pairs"))
        run = net.cut(y, 0, 1, "run", axis=-1)
        if count == 1:
            return [net.reshape(run, [x.shape[0], 1, 1], "gate")]
        parts = net.split(run, [1] * count, "each", axis=1)
        return [
            net.reshape(part, [x.shape[0], 1, 1], f"gate{i + 1}") for i, part in enumerate(parts)
        ]
