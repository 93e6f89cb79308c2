"""Which operators run as one kernel, and the bytes that cross its edges.

Enters: a `Graph` and a `Runtime`. Leaves: kernels in execution order. Each node of the graph
is in exactly one of them, unless it has no effect and the runtime drops it; a node that the
runtime adds (a Split in place of Slices, a Transpose moved elsewhere) is in one too. This
package may not know machines or time.
"""
