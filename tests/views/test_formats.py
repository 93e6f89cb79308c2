"""What holds for every format and every analysis."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from collections.abc import Callable

import pytest

from costscope.analysis.types import Analysis
from costscope.errors import UsageError
from costscope.views import VIEWS

FORMATS = ["csv", "json", "markdown", "table"]


def test_the_formats_are_found_by_name_each_with_its_own_suffix() -> None:
    suffixes = {name: view.suffix for name, view in VIEWS.items()}

    assert suffixes == {"csv": ".csv", "json": ".json", "markdown": ".md", "table": ".txt"}
    assert all(view.name == name and view.summary for name, view in VIEWS.items())


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_reports_every_analysis_in_the_same_text_each_time(
    name: str, analysis: Analysis
) -> None:
    view = VIEWS.get(name)
    assert view is not None

    text = view.render(analysis)

    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert view.render(analysis) == text
    assert view.render(analysis, top=0, sort="order").endswith("\n")


@pytest.mark.parametrize("name", FORMATS)
def test_no_sign_of_a_file_can_steer_a_terminal(name: str, analysis: Analysis) -> None:
    view = VIEWS.get(name)
    assert view is not None

    text = view.render(analysis).replace("\n", "")

    assert [sign for sign in text if unicodedata.category(sign) in ("Cc", "Cf", "Cs")] == []


@pytest.mark.parametrize("name", FORMATS)
def test_an_operator_without_a_cost_is_in_every_report(
    name: str, case: Callable[[str], Analysis]
) -> None:
    view = VIEWS.get(name)
    assert view is not None

    text = view.render(case("uncosted"), top=1, sort="macs")

    assert "acme::Mystery" in text
    assert "the shape of its output is unknown" in " ".join(text.split())


@pytest.mark.parametrize("name", FORMATS)
def test_a_wrong_order_or_count_is_refused_in_one_line(
    name: str, case: Callable[[str], Analysis]
) -> None:
    view = VIEWS.get(name)
    assert view is not None

    with pytest.raises(UsageError, match=r"cannot sort by 'size'; choose one of latency, macs"):
        view.render(case("no machine"), sort="size")
    with pytest.raises(UsageError, match="-1 kernels cannot be shown"):
        view.render(case("no machine"), top=-1)


def test_looking_at_the_formats_imports_neither_rich_nor_matplotlib() -> None:
    code = (
        "import sys\n"
        "from costscope.views import VIEWS\n"
        "assert len(VIEWS.keys()) == 4\n"
        "heavy = {'rich', 'matplotlib', 'onnx'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stderr
