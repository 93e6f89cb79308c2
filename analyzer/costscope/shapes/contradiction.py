"""What rules raise on inputs that contradict their operator, turned into one clear error."""

from __future__ import annotations

from types import TracebackType

import numpy as np

from costscope.errors import ShapeError

KINDS = (ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError)


class Contradictions:
    """`with Contradictions():` what goes wrong inside is the model's fault, in one sentence.

    Overflow and division by zero in the values that are followed are no concern: numpy's
    warnings are silenced.

    Raises:
        ShapeError: in place of whatever a rule stumbles over.
    """

    def __init__(self) -> None:
        self._numpy = np.errstate(all="ignore")

    def __enter__(self) -> None:
        self._numpy.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._numpy.__exit__(None, None, None)
        if isinstance(error, KINDS):
            said = str(error) or type(error).__name__
            raise ShapeError(f"its inputs contradict the operator: {said}") from None
