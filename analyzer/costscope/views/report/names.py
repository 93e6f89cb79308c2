"""Names from foreign files, made fit for one line of a report."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from costscope.kernels.types import Kernel
from costscope.work import CONVOLUTIONS, KernelKind

ELLIPSIS = "\u2026"
_BRIEF = 44
# What a spreadsheet may take for the start of a formula, in full width too.
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def clean(text: str) -> str:
    """The text on one line: control signs, invisible and unpaired ones as escapes."""
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii")
        for sign in text
    )


def collapse(path: str) -> str:
    """A path without the parts that the next part repeats.

    Exporters write `/features/features.1/conv/conv.0/Conv`; `features.1/conv.0/Conv` says
    as much.
    """
    parts = [part for part in path.split("/") if part]
    if not parts:
        return path
    kept = [
        part
        for part, after in zip(parts, [*parts[1:], ""], strict=True)
        if after != part and not after.startswith(f"{part}.")
    ]
    return "/".join(kept)


def shorten(
    text: str, width: int, *, size: Callable[[str], int] = len, ellipsis: str = ELLIPSIS
) -> str:
    """The tail of a text, with an ellipsis before it, in at most `width` columns.

    Args:
        text: printable.
        width: columns there are.
        size: columns that a text takes.
        ellipsis: what stands for the part left out.
    """
    if size(text) <= width:
        return text
    tail = text[-max(width, 1) :]
    while tail and size(ellipsis) + size(tail) > width:
        tail = tail[1:]
    return (ellipsis + tail) if tail else ellipsis[:width]


def brief(name: str, width: int = _BRIEF) -> str:
    """A name for the middle of a sentence: on one line and not long."""
    return shorten(collapse(clean(name)), width)


def layer_name(kernel: Kernel) -> str:
    """A kernel's name; of a layer with weights without the operator, which its kind tells."""
    name = clean(kernel.name)
    path, _, last = name.rpartition("/")
    layer = kernel.kind in CONVOLUTIONS or kernel.kind is KernelKind.FULLY_CONNECTED
    return path if layer and path.strip("/") and last in kernel.op_types else name


def counted(number: int, noun: str) -> str:
    """`1 kernel`, `2 kernels`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def labelled(names: Iterable[str]) -> tuple[str, ...]:
    """Names made different from each other: the second `pixel6` becomes `pixel6 (2)`."""
    taken: set[str] = set()
    labels: list[str] = []
    for name in names:
        label, count = name, 1
        while label in taken:
            count += 1
            label = f"{name} ({count})"
        taken.add(label)
        labels.append(label)
    return tuple(labels)


def cell(text: str) -> str:
    """Text for a spreadsheet: an apostrophe before what it could take for a formula."""
    plain = clean(text)
    return f"'{plain}" if plain.lstrip().startswith(_FORMULA) else plain
