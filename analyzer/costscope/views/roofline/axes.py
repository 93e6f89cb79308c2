"""One panel drawn into matplotlib's axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from costscope.views.report.layout import Page
from costscope.views.report.shares import share
from costscope.views.roofline.lettering import boxes, write
from costscope.views.roofline.limits import Limits, outside
from costscope.views.roofline.marks import draw_marks, name_marks, outline
from costscope.views.roofline.panels import Panel
from costscope.views.roofline.roofs import draw_roofs, name_roofs
from costscope.views.roofline.style import FAINT, look_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

_SIZE = 8.0
_SIDE = 27  # letters beside the axes


def draw_panel(axes: Axes, panel: Panel, limits: Limits, *, labels: int) -> list[Text]:
    """Roofs, marks, labels, and beside them the legend and the notes.

    Returns:
        the texts inside the axes; no two of them overlap.
    """
    roofs = draw_roofs(axes, panel, limits)
    draw_marks(axes, panel)
    _legend(axes, panel)
    _notes(axes, panel, limits)
    marks = [point for mark in panel.marks for point in outline(axes, mark)]
    texts = _apart(name_roofs(axes, panel, limits, marks))
    return texts + name_marks(axes, panel, limits, texts, roofs, labels)


def _apart(texts: Sequence[Text]) -> list[Text]:
    """The texts that do not cover an earlier one; the others are taken away."""
    kept: list[Text] = []
    for text in texts:
        if any(one.overlaps(other) for one in boxes(text) for k in kept for other in boxes(k)):
            text.remove()
        else:
            kept.append(text)
    return kept


def _legend(axes: Axes, panel: Panel) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D(
            [],
            [],
            linestyle="none",
            marker=look_of(kind).marker,
            markersize=7,
            color=look_of(kind).color,
            markeredgecolor="white",
            markeredgewidth=0.5,
            label=f"{kind} {share(part)}",
        )
        for kind, part in panel.kinds
    ]
    if handles:
        axes.legend(
            handles=handles,
            loc="upper left",
            bbox_to_anchor=(1.0, 1.0),
            fontsize=_SIZE,
            title="share of the time,\nand so of the area",
            title_fontsize=_SIZE,
            frameon=False,
            handletextpad=0.2,
            alignment="left",
        )


def _notes(axes: Axes, panel: Panel, limits: Limits) -> None:
    """Sentences about kernels that are no mark, beside the axes."""
    sentences = [note for note in (*panel.notes, outside(panel, limits)) if note]
    page = Page(_SIDE)
    text = "\n\n".join("\n".join(page.wrap(sentence, _SIDE)) for sentence in sentences)
    write(
        axes,
        text,
        (1, 0),
        (9, 0),
        xycoords="axes fraction",
        ha="left",
        va="bottom",
        fontsize=_SIZE,
        color=FAINT,
    )
