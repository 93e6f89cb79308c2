"""Measured latency: a model enters, a `Measurement` with its kernels leaves.

The model is named node by node, run in onnxruntime without a profile for its latency and
with one for its kernels; the graph that the very same session optimised is what is costed,
so every event of the profile has its kernel. Nothing here predicts: that is `timing`'s.
"""
