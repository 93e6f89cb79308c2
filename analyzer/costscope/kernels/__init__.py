"""Which operators run as one kernel, and the bytes that cross its edges.

Enters: a `Graph` and a `Runtime`. Leaves: kernels in execution order, each node in exactly
one. This package may not know machines or time.
"""
