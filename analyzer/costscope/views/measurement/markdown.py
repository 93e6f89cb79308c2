"""The report as GitHub's markdown, for pull requests and documents."""

from __future__ import annotations

from collections.abc import Sequence

from costscope.measure.types import Measurement
from costscope.views.measurement import Wanted, measurement_view
from costscope.views.measurement.build import reports_of
from costscope.views.report.marked import marked


@measurement_view("markdown", suffix=".md", summary="For pull requests and documents.")
def render(measured: Sequence[Measurement], wanted: Wanted) -> str:
    """The reports of the terminal as markdown; text from the file is never markup."""
    return marked(reports_of(measured, wanted))
