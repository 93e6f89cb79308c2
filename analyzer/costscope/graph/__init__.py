"""Facts: what a model file says, without its weights and without any cost.

Enters: a path, bytes or a ModelProto. Leaves: protobuf with dims instead of data, and the
frozen values `Tensor`, `Node` and `Graph`. This package may not know operators' formulas,
machines or time.
"""
