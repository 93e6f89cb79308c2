"""What rules raise on inputs that contradict their operator, turned into one clear error."""

from __future__ import annotations

from types import TracebackType

from costscope.errors import ShapeError

KINDS = (ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError)


class Contradictions:
    """`with Contradictions():` what goes wrong inside is the model's fault, in one sentence.

    Raises:
        ShapeError: in place of whatever a rule stumbles over.
    """

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if isinstance(error, KINDS):
            said = next(iter(str(error).splitlines()), type(error).__name__)
            raise ShapeError(f"its inputs contradict the operator: {said}") from None
