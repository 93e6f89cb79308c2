"""A picture's file: the same figure gives the same bytes, written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from costscope.errors import UsageError
from costscope.files import write_atomically
from costscope.views.roofline.lettering import FONT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 100
_METADATA: dict[str, dict[str, Any]] = {
    ".png": {"Software": "costscope"},
    ".svg": {"Creator": "costscope", "Date": None},
    ".pdf": {"Creator": "costscope", "Producer": None, "CreationDate": None},
}
_SETTINGS: dict[Any, Any] = {
    "font.family": FONT,
    "svg.hashsalt": "costscope",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
    "axes.unicode_minus": False,
}


def check_suffix(path: Path) -> None:
    """Refuse a file that is none of the kinds a picture can be.

    Raises:
        UsageError: a suffix other than .png, .svg or .pdf.
    """
    if path.suffix.lower() not in _METADATA:
        known = ", ".join(_METADATA)
        raise UsageError(f"{path}: the suffix of a picture must be one of {known}")


def save(path: Path, make: Callable[[], Figure]) -> None:
    """Write the figure that `make` gives, under settings of our own whatever the caller's are.

    Raises:
        UsageError: a suffix other than .png, .svg or .pdf, or a path that cannot be written.
    """
    check_suffix(path)
    suffix = path.suffix.lower()
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        figure = make()
        write_atomically(
            path,
            lambda temporary: figure.savefig(
                temporary, format=suffix[1:], dpi=DPI, metadata=_METADATA[suffix]
            ),
        )
