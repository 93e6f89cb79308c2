"""What a machine can do: one YAML file a machine, every number with its source.

Enters: a name or a path. Leaves: a frozen `Hardware`. This package may not know operators,
graphs or networks: a machine gives speeds for kernel kinds and element types.
"""
