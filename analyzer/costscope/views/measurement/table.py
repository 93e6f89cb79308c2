"""The report for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from costscope.measure.types import Measurement
from costscope.views.measurement import Wanted, measurement_view
from costscope.views.measurement.build import reports_of
from costscope.views.report.terminal import text_of


@measurement_view("table", suffix=".txt", summary="For reading in a terminal, as wide as it is.")
def render(measured: Sequence[Measurement], wanted: Wanted) -> str:
    """The reports as text, coloured where standard output shows colours.

    NO_COLOR, FORCE_COLOR, TERM and COLUMNS are honoured; a pipe gets 80 columns.
    """
    return text_of(reports_of(measured, wanted), terminal=wanted.terminal)
