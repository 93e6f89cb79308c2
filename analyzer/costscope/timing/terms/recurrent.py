"""Recurrent networks: a product for all steps, then one small product a step."""

from __future__ import annotations

from costscope.kernels.types import Kernel
from costscope.timing.terms import Terms, terms
from costscope.timing.terms.memory import class_name, main_node, moved
from costscope.timing.terms.place import Place
from costscope.work import KernelKind


@terms(KernelKind.RECURRENT)
def recurrent(kernel: Kernel, place: Place) -> Terms:
    """Steps, products and activations of an LSTM, GRU or RNN."""
    node = main_node(kernel)
    shape = node.shape(0)
    weights = float(kernel.traffic.weight_bytes)
    amounts = {
        "call": 1.0,
        **moved(kernel, place),
        "macs": float(kernel.work.macs),
        "special_ops": float(kernel.work.special_ops),
        "time_steps": float(shape[0]),
        "step_weight_bytes": shape[0] * weights,
        "l3_step_weight_bytes": shape[0] * weights * place.beyond_l2(weights),
        "dram_step_weight_bytes": shape[0] * weights * place.beyond_l3(weights),
    }
    return Terms(class_name(kernel), amounts)
