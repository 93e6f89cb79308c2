"""onnxruntime's mixtures of experts: each token goes through the few experts chosen for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from costscope.errors import ShapeError
from costscope.graph.types import Node, TensorType
from costscope.ops import MICROSOFT, Site, Slot, op, shape_of
from costscope.ops.contrib_elementwise import activation_work, check_activation, same_shape
from costscope.work import KernelKind, Work

_Q = Slot.QUANTIZATION
# Slots of the experts' three matrices; the third is absent where the first holds both.
_WEIGHTS = {"MoE": (2, 4, 6), "QMoE": (2, 5, 8)}


def _unpacked(node: Node, slot: int) -> int:
    """Weights in one stored element of the experts in a slot."""
    if node.op_type == "MoE":
        return 1
    kind = str(node.attributes.get("quant_type", "int"))
    if kind != "int":
        return 1 if kind == "fp8" else 2
    bits = int(node.attributes.get("expert_weight_bits", 4))
    name = f"fc{_WEIGHTS['QMoE'].index(slot) + 1}_expert_weight_bits"
    return 8 // int(node.attributes.get(name, bits))


def _held(node: Node) -> dict[int, int]:
    """Weights of all experts, by slot."""
    return {
        slot: prod(node.shape(slot)) * _unpacked(node, slot)
        for slot in _WEIGHTS[node.op_type]
        if node.input(slot) is not None
    }


def _chosen(node: Node) -> int:
    """How many pairs of a token and an expert there are."""
    return int(node.attributes.get("k", 1)) * prod(node.shape(0)[:-1])


def _experts_read(node: Node) -> Mapping[int, int]:
    """No more experts are read than are chosen."""
    experts = node.shape(2)[0]
    used = min(experts, _chosen(node))
    return {slot: prod(node.shape(slot)[1:]) * used for slot in _held(node)}


@op("MoE", kind=KernelKind.FULLY_CONNECTED, domain=MICROSOFT, reads=_experts_read,
    slots=dict.fromkeys((3, 5, 7), Slot.BIAS))  # fmt: skip
@op("QMoE", kind=KernelKind.FULLY_CONNECTED, domain=MICROSOFT, reads=_experts_read,
    elements=_held,
    slots={**dict.fromkeys((4, 7, 10), Slot.BIAS),
           **dict.fromkeys((3, 6, 9, 11, 12, 13, *range(15, 21)), _Q)})  # fmt: skip
def mixture_of_experts(node: Node) -> Work:
    """Softmax over the experts, then the k best of them for each token, summed by weight.

    macs = tokens * k * (weights of one expert); per token and expert 4 operations and 1 exp
    of the softmax and 1 comparison; per chosen pair the activation of the inner numbers, 1
    product where a third matrix gates them, and 2 operations for each number of the sum.
    Weights of a few bits take 2 operations each to become real numbers, once an expert.

    Shapes:
        X: (*T, H)    router: (tokens, E)    fc1: (E, fused*I, H)    fc2: (E, H, I)
        fc3: (E, I, H)    Y: as X
    """
    held, chosen, experts = _held(node), _chosen(node), node.shape(2)[0]
    hidden, routed = node.shape(0)[-1], prod(node.shape(1))
    second = _WEIGHTS[node.op_type][1]
    inner = held[second] // (experts * hidden) if experts * hidden else 0
    each = sum(held.values()) // experts if experts else 0
    gated = len(held) > 2
    vector = 5 * routed + chosen * (inner * gated + 2 * hidden)
    if node.op_type == "QMoE":
        vector += 2 * each * min(experts, chosen)
    work = Work(chosen * each, vector_ops=vector, special_ops=routed)
    return work + activation_work(_activation(node.attributes), chosen * inner)


def _activation(attributes: Mapping[str, object]) -> str:
    return str(attributes.get("activation_type", "relu"))


@shape_of("MoE", "QMoE", domain=MICROSOFT)
def mixture_of_experts_shape(site: Site) -> Sequence[TensorType]:
    """The input's shape, whose tokens the router must know.

    Raises:
        ShapeError: router or experts do not fit the input.
    """
    check_activation(site, "activation_type")
    shape, router, experts = site.shape(0), site.shape(1), site.shape(2)
    if len(shape) not in (2, 3) or len(router) != 2 or len(experts) != 3:
        raise ShapeError(f"tokens {list(shape)}, router {list(router)}, experts {list(experts)}")
    if router != (prod(shape[:-1]), experts[0]):
        raise ShapeError(f"a router of shape {list(router)} for {list(shape)}")
    _check_experts(site, experts[0])
    return same_shape(site)


def _check_experts(site: Site, experts: int) -> None:
    """Refuse matrices of another number of experts, and counts and widths that make no sense."""
    chosen = int(site.attributes.get("k", 1))
    if not 0 < chosen <= max(experts, 1):
        raise ShapeError(f"{chosen} of {experts} experts cannot be chosen")
    first, second, third = _WEIGHTS[site.op_type]
    for slot in (first, second, *([third] if site.has(third) else [])):
        if len(site.shape(slot)) != 3 or site.shape(slot)[0] != experts:
            raise ShapeError(f"{experts} experts with weights of {list(site.shape(slot))}")
    names = ("expert_weight_bits", *(f"fc{i}_expert_weight_bits" for i in (1, 2, 3)))
    if any(int(site.attributes.get(name, 4)) not in (1, 2, 4, 8) for name in names):
        raise ShapeError("weights of experts have 1, 2, 4 or 8 bits")
