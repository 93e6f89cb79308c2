"""Word language models: embedding, recurrent layers, words' scores.

Source: Zaremba et al. 2014, arXiv 1409.2329; Inan et al. 2017, arXiv 1611.01462 (one matrix for
embedding and scores); Merity et al. 2018, arXiv 1708.02182; Yang et al. 2018, arXiv 1711.03953
(mixture of softmaxes).
"""

from __future__ import annotations

from costscope.zoo.blocks import block
from costscope.zoo.emitter import Value
from costscope.zoo.net import Net

_GATES = 4
Embedded = tuple[Value, Value]


@block("lm_embedding")
def lm_embedding(net: Net, x: Value, *, vocabulary: int, size: int) -> Embedded:
    """Rows of a table for tokens (N, L): (N, L, size), and the table for who ties it."""
    table = Value(net.weight("weight", [vocabulary, size]), (vocabulary, size))
    return net.emit("Gather", [table, x], "", (*x.shape, size), axis=0), table


@block("lm_lstm")
def lm_lstm(net: Net, x: Embedded, *, sizes: list[int]) -> Embedded:
    """LSTM layers of the given sizes, from a state of zeros."""
    y, table = x
    y = net.transpose(y, [1, 0, 2], "time_first")
    for number, size in enumerate(sizes, start=1):
        with net.scope(f"layer{number}"):
            y = _lstm(net, y, size)
    return net.transpose(y, [1, 0, 2], "batch_first"), table


@block("lm_scores")
def lm_scores(net: Net, x: Embedded, *, tied: bool = False, bias: bool = True) -> Value:
    """Scores of all words at every position: (N, L, words).

    Args:
        net: the network.
        x: hidden states and the table of the embedding.
        tied: score by the table itself.
        bias: whether every word has one.
    """
    y, table = x
    batch, length, size = y.shape
    scores = _scores(net, net.reshape(y, [batch * length, size], "join"), table, tied, bias)
    return net.reshape(scores, [batch, length, table.shape[0]], "part")


@block("lm_mixture")
def lm_mixture(net: Net, x: Embedded, *, experts: int) -> Value:
    """Mixture of softmaxes over tied scores: probabilities (N, L, words)."""
    y, table = x
    (batch, length, size), (words, width) = y.shape, table.shape
    rows = batch * length
    y = net.reshape(y, [rows, size], "join")
    share = net.softmax(net.fc(y, "prior", experts, bias=False), "prior.softmax")
    latent = net.fc(y, "latent", experts * width, act="tanh")
    latent = net.reshape(latent, [rows * experts, width], "latent.part")
    scores = net.softmax(_scores(net, latent, table, tied=True, bias=True), "softmax")
    scores = net.reshape(scores, [rows, experts, words], "expert")
    weighed = net.mul(scores, net.reshape(share, [rows, experts, 1], "share"), "weigh")
    axis = net.shape_constant([1])
    mixed = net.emit("ReduceSum", [weighed, axis], "mix", (rows, words), keepdims=0)
    return net.reshape(mixed, [batch, length, words], "part")


def _lstm(net: Net, x: Value, size: int) -> Value:
    """One LSTM node on (L, N, F)."""
    length, batch, features = x.shape
    inputs: list[Value | str] = [
        x,
        net.weight("weight", [1, _GATES * size, features]),
        net.weight("recurrence", [1, _GATES * size, size]),
        net.weight("bias", [1, 2 * _GATES * size], like="bias"),
    ]
    shape = (length, 1, batch, size)
    y = net.emit("LSTM", inputs, "", shape, hidden_size=size)
    axis = net.shape_constant([1])
    return net.emit("Squeeze", [y, axis], "squeeze", (length, batch, size))


def _scores(net: Net, x: Value, table: Value, tied: bool, bias: bool) -> Value:
    words = table.shape[0]
    if not tied:
        return net.fc(x, "scores", words, bias=bias)
    inputs: list[Value | str] = [x, table]
    if bias:
        inputs.append(net.weight("scores.bias", [words], like="bias"))
    return net.emit("Gemm", inputs, "scores", (x.shape[0], words), transB=1)
