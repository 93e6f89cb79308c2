"""The layers that blocks are written in: each emits its nodes and returns its output."""

from __future__ import annotations

from costscope.zoo.layers.arithmetic import Arithmetic
from costscope.zoo.layers.movement import Movement
from costscope.zoo.layers.pooling import Pools
from costscope.zoo.layers.product import Products


class Net(Pools, Products, Movement, Arithmetic):
    """A network under construction; see the layers' own files for what it can emit.

    Convolutions, normalisations and activations come with the layers that build on them.
    """
