"""The command line's entry: one line and an exit code for every mistake."""

from __future__ import annotations

import gc
import os
import sys
from typing import Any

from costscope.errors import CostscopeError

_INTERRUPTED = 130


def main() -> None:
    """Run the command line and leave with its exit code.

    0 good, 1 a budget or check failed, 2 usage, 3 input not understood.
    """
    gc.disable()  # one short run: collecting its garbage costs more than it frees
    from costscope.cli import app

    try:
        code = app(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except CostscopeError as error:
        sys.exit(_report(str(error), error.exit_code))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except (MemoryError, RecursionError) as error:
        sys.exit(
            _report(f"the model is too large or too deeply nested ({type(error).__name__})", 3)
        )
    except Exception as error:
        if hasattr(error, "format_message"):
            sys.exit(_usage(error))
        if type(error).__name__ == "Abort":
            sys.exit(_INTERRUPTED)
        if os.environ.get("COSTSCOPE_DEBUG"):
            raise
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        message = f"internal error, please report it: {what} (COSTSCOPE_DEBUG=1 shows where)"
        sys.exit(_report(message, 3))


def _usage(error: Any) -> int:
    """A mistake in the flags in one line; the whole help where nothing was asked for."""
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        return 0
    context = getattr(error, "ctx", None)
    hint = f" (see {context.command_path} --help)" if context is not None else ""
    return _report(f"{error.format_message().rstrip('.')}{hint}", 2)


def _report(message: str, exit_code: int) -> int:
    line = " ".join(message.split())
    print(f"costscope: error: {line}", file=sys.stderr)  # noqa: T201 - the one place that reports
    return exit_code


if __name__ == "__main__":
    main()
