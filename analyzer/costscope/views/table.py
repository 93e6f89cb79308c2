"""The report for a terminal."""

from __future__ import annotations

from costscope.analysis.types import Analysis
from costscope.views import view
from costscope.views.report.build import report_of
from costscope.views.report.terminal import text_of
from costscope.views.report.types import Choice


@view("table", suffix=".txt", summary="For reading in a terminal, as wide as it is.")
def render(analysis: Analysis, choice: Choice) -> str:
    """The report as text, coloured where standard output shows colours.

    NO_COLOR, FORCE_COLOR, TERM and COLUMNS are honoured; a pipe gets 80 columns.
    """
    return text_of([report_of(analysis, choice)], terminal=choice.terminal)
