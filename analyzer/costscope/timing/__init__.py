"""How long kernels take on a machine, under three models of time.

Enters: a `Schedule` and a `Hardware`. Leaves: one `Timing` a step and their `Prediction`.
"""
