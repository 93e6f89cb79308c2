"""What a change of the network would cost or save: edited graphs, priced by the same line.

A `Case` (a model on a machine) and an edited graph enter; a `Saving` leaves. Nothing is
guessed: the changed kernels go through fusion, schedule and timing as the model's own did.
Knows no rule.
"""
