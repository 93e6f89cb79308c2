"""Every error a user can cause, with the exit code it ends in.

CostscopeError
├── UsageError            2   a flag or a name is off
│   ├── ProfileError      2   a hardware profile is unknown or has mistakes
│   └── ArchitectureError 2   a zoo architecture is unknown or has mistakes
├── MeasurementError      3   measurements that decide nothing, or contradict each other
└── ModelError            3   the file is unreadable or not a valid model
    └── ShapeError        3   a dimension is unbound, or a shape contradicts an operator
"""

from __future__ import annotations


class CostscopeError(Exception):
    """One line for the user: what is wrong, where, and the next step."""

    exit_code = 3


class UsageError(CostscopeError):
    """A flag, a configuration value or a name that cannot be understood."""

    exit_code = 2


class ProfileError(UsageError):
    """A hardware profile that is unknown or has mistakes.

    Attributes:
        problems: one line per mistake, each beginning with its key path.
    """

    def __init__(self, message: str, problems: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


class ArchitectureError(UsageError):
    """An architecture of the zoo that is unknown, has mistakes, or sizes that do not fit.

    Attributes:
        problems: one line per mistake, each beginning with its key path.
    """

    def __init__(self, message: str, problems: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


class MeasurementError(CostscopeError):
    """Measurements that cannot decide what they are asked, or that contradict each other."""


class ModelError(CostscopeError):
    """A file that is unreadable, or a model that is not valid."""


class ShapeError(ModelError):
    """An unbound dimension, or a shape that contradicts its operator."""
