"""Profiles: runs, own times, what ran inside what, and files that are no profile."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costscope.errors import ModelError
from costscope.measure.events import read_events, typical_s


def node(name, ts, dur, op="Relu", **more):
    arguments = {"op_name": op, "node_index": "3", "output_type_shape": [{"float": [1, 2]}]}
    return {
        "cat": "Node",
        "name": f"{name}_kernel_time",
        "ts": ts,
        "dur": dur,
        "args": {**arguments, **more},
    }


def session(name, ts, dur):
    return {"cat": "Session", "name": name, "ts": ts, "dur": dur, "args": {}}


def passed(ts, dur):
    return session("SequentialExecutor::Execute", ts, dur)


def read(tmp_path, records):
    path = tmp_path / "trace.json"
    path.write_text(json.dumps(records))
    return read_events(path)


def test_each_run_has_its_own_events(tmp_path):
    runs = read(
        tmp_path,
        [
            session("session_initialization", 0, 5),
            node("a", 10, 4), node("b", 15, 0), passed(9, 8), session("model_run", 8, 10),
            node("a", 30, 6), node("b", 37, 1), passed(29, 11), session("model_run", 28, 13),
        ],
    )  # fmt: skip

    assert [run.total_s for run in runs] == pytest.approx([10e-6, 13e-6])
    assert [[e.name for e in run.events] for run in runs] == [["a", "b"], ["a", "b"]]
    first, second = runs[0].events
    assert first.seconds == pytest.approx(4e-6)
    assert second.seconds == 0  # shorter than a microsecond, and there all the same
    assert (first.op_type, first.index, first.shapes) == ("Relu", 3, ((1, 2),))
    assert first.outer is None


def test_a_loop_has_its_time_without_its_body(tmp_path):
    (run,) = read(
        tmp_path,
        [
            node("before", 1, 1),
            node("c", 11, 10, "Conv"), node("r", 22, 3), passed(11, 15),
            node("c", 31, 8, "Conv"), node("r", 40, 2), passed(31, 12),
            node("l", 5, 50, "Loop"),
            node("after", 60, 4),
            passed(0, 70), session("model_run", 0, 71),
        ],
    )  # fmt: skip

    names = [event.name for event in run.events]
    assert names == ["before", "c", "r", "c", "r", "l", "after"]
    place = names.index("l")
    assert run.events[place].seconds == pytest.approx((50 - 10 - 3 - 8 - 2) * 1e-6)
    assert [event.outer for event in run.events] == [None, *[place] * 4, None, None]
    assert [event.turn for event in run.events[1:5]] == [0, 0, 1, 1]
    assert sum(event.seconds for event in run.events) == pytest.approx((1 + 50 + 4) * 1e-6)


def test_a_body_in_a_body_is_subtracted_once(tmp_path):
    (run,) = read(
        tmp_path,
        [
            node("deep", 12, 5), passed(12, 6), node("inner", 11, 9, "If"), passed(11, 10),
            node("outer", 10, 15, "Loop"), passed(9, 20), session("model_run", 9, 21),
        ],
    )  # fmt: skip

    times = {event.name: event.seconds for event in run.events}
    assert times == pytest.approx({"deep": 5e-6, "inner": 4e-6, "outer": 6e-6})


def test_rounding_never_makes_a_time_negative(tmp_path):
    (run,) = read(
        tmp_path,
        [
            node("n", 10, 3), passed(10, 3), node("either", 10, 2, "If"),
            passed(9, 4), session("model_run", 9, 5),
        ],
    )  # fmt: skip

    assert [event.seconds for event in run.events] == pytest.approx([3e-6, 0.0])


def test_traces_as_viewers_save_them_and_without_runs_are_read(tmp_path):
    records = [node("a", 10, 4), passed(9, 8), node("a", 20, 4), passed(19, 7)]

    runs = read(tmp_path, {"traceEvents": records})

    assert [run.total_s for run in runs] == pytest.approx([8e-6, 7e-6])
    assert [len(run.events) for run in runs] == [1, 1]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "expected the JSON"),
        ("hello", "expected the JSON"),
        ('[{"cat": "Node"},', "ends in the middle"),
        ('{"a": 1}', "expected the JSON"),
        ("[1, 2]", "expected the JSON"),
        ("[]", "no node of a model ran"),
        ('[{"name": "process_name", "ph": "M", "pid": 1}]', "no node of a model ran"),
        ('[{"cat": "Session", "name": "model_run", "ts": 1, "dur": 2}]', "no node"),
        ('[{"cat": "Node", "name": "a_kernel_time", "ts": "soon", "dur": 1}]', "has no time"),
    ],
)
def test_what_is_no_profile_gives_one_line(tmp_path, text, says):
    path = tmp_path / "trace.json"
    path.write_text(text)

    with pytest.raises(ModelError, match=says) as caught:
        read_events(path)

    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_profile_gives_one_line(tmp_path):
    with pytest.raises(ModelError, match="No such file"):
        read_events(tmp_path / "none.json")


def test_odd_arguments_are_no_reason_to_fail(tmp_path):
    record = node("a", 10, 4)
    record["args"] = None

    (run,) = read(tmp_path, [record, passed(9, 8), session("model_run", 9, 8)])

    assert (run.events[0].op_type, run.events[0].shapes) == ("", ())


def test_typical_is_the_mean_of_the_middle_half():
    assert typical_s([1.0]) == 1.0
    assert typical_s([1.0, 2.0]) == 1.5
    assert typical_s([100.0, 2.0, 4.0, 0.0]) == 3.0


@given(st.lists(st.floats(0, 1e3), min_size=1, max_size=50), st.floats(0.5, 4))
def test_typical_lies_among_the_times_and_scales_with_them(times, factor):
    found = typical_s(times)

    assert min(times) * (1 - 1e-9) <= found <= max(times) * (1 + 1e-9)
    assert typical_s([each * factor for each in times]) == pytest.approx(found * factor)
