"""What holds for every format of a measurement, and what each one says."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import unicodedata
from dataclasses import replace

import pytest
from measurement_cases import (
    MEASURED,
    disturbed,
    failed,
    incomplete,
    nothing,
    plain,
    realistic,
    recorded,
    uncalibrated,
    without_machine,
)
from rich.cells import cell_len

from costscope.errors import UsageError
from costscope.measure.types import Measurement
from costscope.views import VIEWS
from costscope.views.measurement import MEASUREMENT_VIEWS

FORMATS = ["csv", "json", "markdown", "table"]


def render(name: str, *measured: Measurement, top: int | None = None) -> str:
    view = MEASUREMENT_VIEWS.get(name)
    assert view is not None
    return view.render(measured, top=top)


def words(text: str) -> str:
    return " ".join(text.split())


def test_the_formats_are_those_of_an_analysis() -> None:
    suffixes = {name: view.suffix for name, view in MEASUREMENT_VIEWS.items()}

    assert suffixes == {name: view.suffix for name, view in VIEWS.items()}
    assert sorted(suffixes) == FORMATS
    assert all(view.summary for _, view in MEASUREMENT_VIEWS.items())


@pytest.mark.parametrize("case", list(MEASURED))
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_reports_every_measurement_the_same_each_time(name: str, case: str) -> None:
    text = render(name, MEASURED[case]())

    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert render(name, MEASURED[case]()) == text


@pytest.mark.parametrize("name", FORMATS)
def test_no_sign_of_a_file_can_steer_a_terminal(name: str) -> None:
    text = render(name, recorded()).replace("\n", "")

    assert [sign for sign in text if unicodedata.category(sign) in ("Cc", "Cf", "Cs")] == []


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_measured_and_a_negative_count_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="nothing was measured"):
        render(name)
    with pytest.raises(UsageError, match="-1 kernels cannot be shown"):
        render(name, plain(), top=-1)


def test_looking_at_the_formats_imports_neither_rich_nor_matplotlib_nor_onnxruntime() -> None:
    code = (
        "import sys\n"
        "from costscope.views.measurement import MEASUREMENT_VIEWS\n"
        "assert len(MEASUREMENT_VIEWS.keys()) == 4\n"
        "assert not {'rich', 'matplotlib', 'onnxruntime'} & set(sys.modules)\n"
    )

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("columns", [60, 80, 100, 140])
@pytest.mark.parametrize("case", list(MEASURED))
def test_no_line_is_wider_than_the_page(
    columns: int, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))

    text = render("table", MEASURED[case](), top=0)

    assert max(map(cell_len, text.splitlines())) <= columns


def test_colours_only_where_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    piped = render("table", plain())
    monkeypatch.setenv("FORCE_COLOR", "1")
    forced = render("table", plain())
    monkeypatch.setenv("TERM", "dumb")
    dumb = render("table", plain())

    assert "\x1b[" not in piped
    assert "\x1b[36m" in forced
    assert "\x1b[" not in dumb


def test_the_head_says_what_was_measured_how_and_on_what() -> None:
    text = words(render("table", plain()))

    assert text.startswith(
        "small, measured on Example CPU 9000 onnxruntime 1.31.1, CPUExecutionProvider, 1 thread, "
        "optimisation level all; weights from the file; x86_64 with 2 cores, avx2 fma avx512f, "
        "governor performance, Linux 6.1 measured 200.0 us median of 57 runs, 95 % CI "
        "199.5-200.6; p10-p90 198-205; min 197."
    )
    assert (
        "predicted 31.5 us -84.3 % off, by board; 90 % interval 25.2-39.3 us, which misses "
        "the measured latency."
    ) in text
    assert "profiler +7.5 % a profiled run takes 215 us; the kernels sum up to 200 us" in text


def test_an_interval_says_how_sure_it_is_and_that_it_holds() -> None:
    found = plain()
    assert found.prediction is not None
    sure = replace(found.prediction, latency_high_s=300e-6, interval_confidence=0.9)

    text = words(render("table", replace(found, prediction=sure)))

    assert "90 % interval 25.2-300.0 us" not in text
    assert "90 % interval 25.2-300 us, which holds the measured latency." in text


def test_coverage_is_told_in_events_and_in_time() -> None:
    assert (
        "coverage 66.7 % 2 of 3 profiled events joined to kernels; 88.9 % of their time traced: "
        "88.9 % to original operators, 0 % to named layout work."
    ) in words(render("table", incomplete()))


def test_a_disturbed_run_is_not_hidden() -> None:
    for name in ("table", "markdown"):
        text = words(render(name, disturbed()))
        assert "The machine was not quiet" in text
        assert "4.3 % of the time was stolen." in text
        assert "2 disturbed attempts were thrown away; this one was disturbed too." in text
        assert "weights as given: constants filled with one value" in text


def test_attempts_thrown_away_before_a_good_one_are_told_too() -> None:
    text = words(render("table", replace(disturbed(), disturbances=(), retries=1)))

    assert "not quiet" not in text
    assert "1 disturbed attempt was thrown away." in text


def test_a_roofline_is_shown_as_a_bound_and_never_as_an_error() -> None:
    text = render("table", uncalibrated())

    assert "roofline    >= 5.62 ms" in text
    assert "of the roof attained" in words(text)
    assert "is not calibrated for onnxruntime" in words(text)
    assert ">= 375 us" in text
    for word in ("error", "predicted ", "misses"):
        assert word not in text


def test_without_a_machine_the_next_step_is_told() -> None:
    text = words(render("table", without_machine()))

    assert "no machine was named; --hw NAME" in text
    assert "costscope calibrate" in text
    assert "MFLOP/s" in text


def test_the_worst_come_with_their_reason() -> None:
    text = render("table", incomplete())
    rows = text[text.index("misses by most") :].splitlines()

    assert words(rows[1]) == "# kernel kind measured predicted off error why"
    assert words(rows[2]) == "1 stem.0 dense 30.0 us 33.0 us +3.00 us +10.0 % overhead-bound"
    assert "no prediction for 2 kernels, 33.3 % of the measured time: not sampled (1)" in words(
        text
    )
    assert "no kernel was found for 1 event of the profile: mystery." in words(text)


@pytest.mark.parametrize(("top", "count"), [(None, 10), (3, 3), (0, 66)])
def test_so_many_kernels_are_shown_as_asked(top: int | None, count: int) -> None:
    text = render("markdown", realistic(), top=top)
    section = text[text.index("kernels that take most time" if count < 66 else "All 66") :]

    rows = [line for line in section.splitlines() if line.startswith("| ")]

    assert len(rows) == count + 2


def test_of_several_models_there_is_a_summary_and_details_only_on_demand() -> None:
    several = [realistic(), plain(), incomplete(), recorded()]

    summary, detailed = render("table", *several), render("table", *several, top=2)

    assert summary.startswith("4 models measured on Example CPU 9000\n")
    assert "kernels that" not in summary
    lines = {line.split()[0]: " ".join(line.split()) for line in summary.splitlines() if line}
    assert lines["mobilenet_v2"] == "mobilenet_v2 14.54 ms 14.3 ms 12.8-16.0 ms -1.8 %"
    assert lines["small"].startswith("small (2) 200.0 us >= 13.9 us - -")
    assert "small 200.0 us 31.5 us 25.2-39.3 us ! -84.3 %" in words(summary)
    assert detailed.startswith(summary)
    assert "The 2 of 66 kernels that take most time" in detailed


def test_a_summary_of_roofs_has_no_error() -> None:
    text = render("table", uncalibrated(), uncalibrated())

    assert "mobilenet_v2 (2)  14.54 ms  14.51-14.59 ms  >= 5.62 ms   38.6 %" in text
    assert "error" not in text


def test_a_summary_warns_of_disturbed_models_by_name() -> None:
    text = words(render("table", disturbed(), plain()))

    assert "The machine was not quiet" in text
    assert "small: 4.3 % of the time was stolen." in text


def test_markdown_escapes_what_a_file_says() -> None:
    text = render("markdown", recorded())

    assert "<script>" not in text
    assert "&#60;script&#62;" in text or "&#60;script>" in text
    for line in text.splitlines():
        if line.startswith("| "):
            assert line.endswith(" |")


def test_csv_has_one_row_a_kernel_with_units_in_the_head() -> None:
    rows = list(csv.DictReader(io.StringIO(render("csv", plain(), incomplete()))))

    assert [(row["model"], row["order"], row["name"]) for row in rows] == [
        ("small", "1", "/stem/stem.0/Conv"),
        ("small", "2", "/head/Conv"),
        ("small", "1", "/stem/stem.0/Conv"),
        ("small", "2", "/head/Conv"),
        ("small", "3", "mystery"),
    ]
    stem, lost = rows[0], rows[4]
    assert float(stem["measured_s"]) == 100e-6
    assert float(stem["error_ratio"]) == pytest.approx(-0.861104)
    assert stem["origin"] == "/stem/stem.0/Conv; /stem/stem.1/Relu"
    assert float(stem["arithmetic_intensity_flops_per_byte"]) == pytest.approx(28160 / 3680)
    assert (lost["kind"], lost["predicted_s"], lost["macs"]) == ("unmatched", "", "")
    numbers = [head for head in rows[0] if head.startswith(("measured", "predicted", "roof_s"))]
    assert all(head.endswith("_s") for head in numbers)


def test_csv_is_safe_in_a_spreadsheet_and_has_a_head_without_kernels() -> None:
    rows = list(csv.DictReader(io.StringIO(render("csv", recorded()))))

    assert not [row["name"] for row in rows if row["name"].startswith(("=", "+", "-", "@"))]
    assert render("csv", nothing()).startswith("model,order,name,")
    assert render("csv", nothing()).count("\n") == 1


def test_a_model_that_failed_is_a_line_with_its_reason_among_the_others() -> None:
    text = render("table", plain(), failed(), top=1)
    alone = words(render("table", failed()))

    assert "broken failed" in words(text)
    assert "Could not be measured - broken: broken.onnx: onnxruntime refuses it" in words(text)
    assert text.count("take most time") == 1
    assert "0 s" not in text
    assert "measured - failed: broken.onnx: onnxruntime refuses it: no kernel for Mystery" in alone
    assert "predicted" not in alone
