"""What every worker needs, loaded once before the workers are made of it."""

from __future__ import annotations

import gc

import onnx

import costscope.gate.one
import costscope.pipeline
from costscope.gate.metrics import METRICS
from costscope.ops import OPS
from costscope.rules import RULES

__all__ = ["costscope", "onnx"]

for registry in (METRICS, OPS, RULES):
    registry.keys()  # fills it
gc.freeze()  # it stays: nobody needs to look through it again
