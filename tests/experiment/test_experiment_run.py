"""An experiment from end to end, with made-up latencies."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from experiment_cases import like_the_paper, measured_as, measurement

import costscope
from costscope.experiment import cells, published
from costscope.experiment.markdown import markdown
from costscope.experiment.record import record
from costscope.experiment.run import run
from costscope.measure.types import Disturbance
from costscope.timing.types import Prediction
from rated_cases import machine


@pytest.fixture
def as_in_the_paper():
    rows = published.rows("g1")
    return run("g1", measure=measured_as(like_the_paper(rows)))


def _bound(model) -> Prediction | None:
    return costscope.analyze(model, "pixel6", time_model="roofline").first.prediction


def test_models_are_measured_in_one_call_in_the_tables_order() -> None:
    calls = []

    def measure(models):
        calls.append([model.graph.name for model in models])
        return measured_as([0.01] * len(models))(models)

    experiment = run("g4", measure=measure)

    assert len(calls) == 1
    assert calls[0][:2] == ["g4 ReLU + shortcut 32", "g4 ReLU 32"]
    assert len(experiment.outcomes) == len(calls[0]) == 12


def test_speeds_are_relative_to_the_first_setting_of_the_same_width(as_in_the_paper) -> None:
    for outcome in as_in_the_paper.outcomes:
        relative = as_in_the_paper.relative(outcome, "measured")
        assert relative == pytest.approx(as_in_the_paper.relative(outcome, "cpu"))
    last = as_in_the_paper.outcomes[-1]
    assert as_in_the_paper.relative(last, "cpu") == pytest.approx(4.4 / 5.3)
    assert as_in_the_paper.relative(last, "gpu") == pytest.approx(163 / 232)


def test_the_papers_own_latencies_confirm_the_guideline(as_in_the_paper) -> None:
    assert as_in_the_paper.verdict.against == 0
    assert "on this machine (onnxruntime 9.9, level all, 1 thread)" in (
        as_in_the_paper.verdict.sentence
    )


def test_sizes_of_the_gpu_are_other_networks() -> None:
    experiment = run("g2", sizes="gpu")

    assert experiment.outcomes[0].row.channels == (128,)
    assert experiment.verdict.standing == "not tested"
    assert experiment.agreements == ()


def test_predictions_of_an_uncalibrated_machine_are_marked_as_bounds() -> None:
    experiment = run("g4", predict=_bound, hardware="pixel6")

    assert all(each.lower_bound and each.predicted for each in experiment.outcomes)
    assert any("lower bounds" in note for note in experiment.notes)
    assert ">= " in markdown([experiment])
    assert {each.second for each in experiment.agreements} == {"cpu", "gpu"}


def test_calibrated_predictions_show_their_interval_and_what_is_off_about_them() -> None:
    def predict(model):
        found = _bound(model)
        return replace(
            found,
            latency_s=0.0125,
            latency_low_s=0.0101,
            latency_high_s=0.0152,
            calibrated=True,
            complete=True,
            warnings=("Calibrated on another processor.",),
        )

    experiment = run("g3", predict=predict, hardware="made_up")

    assert "| 12.5 ms (10.1-15.2) | 1.00 |" in markdown([experiment])
    assert "Of the predictions: Calibrated on another processor." in experiment.notes
    assert experiment.verdict.standing == "makes little difference"


def test_a_missing_prediction_tells_why() -> None:
    """A machine that computes in int8 only."""
    tpu = machine(rates=(), peaks={"int8": 4e12})

    experiment = run("g2", predict=lambda model: costscope.analyze(model, tpu).first.prediction)

    assert cells.columns(experiment) == []
    assert experiment.verdict.standing == "not tested"
    assert all(each.problem for each in experiment.outcomes)
    assert any(
        note.startswith("Not predicted: ") and "float32" in note for note in experiment.notes
    )


def test_a_disturbed_measurement_is_told() -> None:
    sign = Disturbance(kind="steal", amount=0.2, message="20 % of the time was stolen.")

    def measure(models):
        first, *rest = models
        disturbed = measurement(first.graph.name, 0.01, [sign])
        return [disturbed, *measured_as([0.01] * len(rest))(rest)]

    experiment = run("g3", measure=measure)

    assert experiment.outcomes[0].disturbances == (sign.message,)
    assert f"Disturbed: {sign.message}" in experiment.notes


def test_networks_that_fill_their_blocks_are_counted_apart(as_in_the_paper) -> None:
    """Of guideline 1, four networks do: 1:1 at every scale and 1:2 at the last."""
    assert any(
        "8 of 12 networks" in note and "1 of 1 comparisons" in note
        for note in as_in_the_paper.notes
    )


def test_many_lines_of_one_kind_are_cut_short() -> None:
    def measure(models):
        return [
            measurement(
                model.graph.name,
                0.01,
                [Disturbance(kind="noise", amount=number, message=f"Noise of {number} %.")],
            )
            for number, model in enumerate(models)
        ]

    notes = [note for note in run("g4", measure=measure).notes if note.startswith("Disturbed")]

    assert len(notes) == 4
    assert "9 more" in notes[-1]


def test_too_few_measurements_are_an_error() -> None:
    with pytest.raises(ValueError, match="argument"):
        run("g1", measure=lambda models: measured_as([0.01])(models[:1]))


def test_markdown_holds_the_paper_and_the_measurement_side_by_side(as_in_the_paper) -> None:
    text = markdown([as_in_the_paper])

    lines = [line for line in text.splitlines() if line.startswith("| 1:12 | (9, 108)")]
    assert len(lines) == 1
    assert "| 57.6 | 0.76 | 748 | 0.51 | 17.4 ms (17.3-17.4) | 0.76 |" in lines[0]
    assert as_in_the_paper.verdict.sentence in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in rows}) == 1


def test_the_record_is_json_and_whole(as_in_the_paper) -> None:
    content = json.loads(json.dumps(record([as_in_the_paper]), allow_nan=False))

    (found,) = content["experiments"]
    assert found["guideline"] == "g1"
    assert found["computer"]["cpu"] == "Made Up 9000"
    first = found["networks"][0]
    assert first["paper_per_s"] == {"cpu": 76.2, "gpu": 1480.0}
    assert first["measured"]["median_s"] == pytest.approx(1 / 76.2)
    assert first["relative_speed"]["measured"] == 1
    assert first["relative_speed"]["predicted"] is None
    assert len(found["networks"]) == 12
