"""The report as GitHub's markdown, for pull requests and documents."""

from __future__ import annotations

from costscope.analysis.types import Analysis
from costscope.views import view
from costscope.views.report.build import report_of
from costscope.views.report.marked import marked
from costscope.views.report.types import Choice


@view("markdown", suffix=".md", summary="For pull requests and documents.")
def render(analysis: Analysis, choice: Choice) -> str:
    """The report of the terminal as markdown; text from the file is never markup."""
    return marked([report_of(analysis, choice)])
