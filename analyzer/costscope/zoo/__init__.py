"""Architectures by name: a YAML says what a network is made of, a block file how it is wired.

Enters: the name of an architecture, one of its variants, settings. Leaves: a ModelProto that
passes the checker and runs, with readable node names, or without its weights in a few
kilobytes. This package may not know operators' formulas, kernels, machines or time: what the
networks cost is counted from the graphs they become, like any other file's.
"""
