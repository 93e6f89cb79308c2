"""Files of any tool: found by content, and refused in one line when they are nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from observed_cases import BENCHNCNN, BY_FORMAT, ORT, TABLE, TFLITE

from costscope.errors import CostscopeError, ModelError, UsageError
from costscope.observed import text as observed_text
from costscope.observed.importers import IMPORTERS
from costscope.observed.load import formats, load, profiles


@pytest.fixture
def file(tmp_path):
    """Write a file and give its path."""

    def write(content, name="measured.txt"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def refused(path, format_name=None):
    with pytest.raises(ModelError) as raised:
        load(path, format_name)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_there_is_a_case_for_every_format():
    assert set(formats()) == set(BY_FORMAT)


@pytest.mark.parametrize("name", BY_FORMAT)
def test_one_format_and_no_other_takes_its_file(name):
    assert [key for key, each in IMPORTERS.items() if each.sniff(BY_FORMAT[name])] == [name]


@pytest.mark.parametrize("name", BY_FORMAT)
def test_by_content_is_as_by_name(name, file):
    path = file(BY_FORMAT[name])

    assert load(path) == load(path, name)
    assert all(each.origin.startswith(str(path)) for each in load(path))


@pytest.mark.parametrize("name", sorted(set(BY_FORMAT) - {"onnxruntime", "trtexec_times"}))
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_shells_and_editors_of_windows_save(name, encoding, file):
    plain = load(file(BY_FORMAT[name]))

    saved = load(file(BY_FORMAT[name].replace("\n", "\r\n").encode(encoding)))

    assert [each.latency_s for each in saved] == [each.latency_s for each in plain]
    assert [each.model for each in saved] == [each.model for each in plain]


def test_colours_of_a_terminal_are_no_part_of_it(file):
    (row, *_) = load(file(BENCHNCNN.replace("squeezenet ", "\x1b[1;32msqueezenet\x1b[0m ")))

    assert row.model == "squeezenet"


def test_a_table_has_no_times_of_layers(file):
    assert profiles(file(TABLE)) == ()


@pytest.mark.parametrize("name", ["tflite", "onnxruntime", "trtexec_profile", "trtexec"])
def test_layers_are_of_the_network_that_was_measured(name, file):
    path = file(BY_FORMAT[name])

    (profile,) = profiles(path)
    (whole,) = load(path)

    assert (profile.model, profile.runtime) == (whole.model, whole.runtime)
    assert profile.total_s == whole.latency_s
    assert profile.layers


def test_a_file_of_nothing_known_names_the_formats(file):
    message = refused(file("hello\n"))

    assert all(name in message for name in formats())


def test_a_csv_without_the_right_columns_says_which_one_is_missing(file):
    assert "no column 'model'" in refused(file("net;ms\na;5\n", "mine.csv"))


def test_two_tools_in_one_file_ask_for_the_format(file):
    path = file(BENCHNCNN + TFLITE)

    assert "--format" in refused(path)
    assert len(load(path, "benchncnn")) == 3
    assert len(load(path, "tflite")) == 1


def test_a_format_that_does_not_exist(file):
    with pytest.raises(UsageError, match="choose one of ai_hub"):
        load(file(TABLE), "excel")


@pytest.mark.parametrize("name", sorted(set(BY_FORMAT) - {"table"}))
def test_a_table_is_no_other_format(name, file):
    assert refused(file(TABLE), name)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b" \r\n\r\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\x7fELF\0\0\0\xff", "binary"),
        (b"model,latency_ms\n\0,5\n", "binary"),
        (b"model,latency_ms\nb\xe9ta,5\n", "not UTF-8"),
        (b"\xff\xfea", "not UTF-8"),
    ],
)
def test_files_that_are_no_text(content, words, file):
    assert words in refused(file(content))


def test_a_file_beyond_the_limit(file, monkeypatch):
    monkeypatch.setattr(observed_text, "MAX_BYTES", 100)

    assert "larger than" in refused(file(TFLITE))


def test_no_file_and_a_folder(tmp_path):
    assert "no such file" in refused(tmp_path / "none.csv")
    assert "no such file" in refused(tmp_path)


def test_a_path_no_system_takes(tmp_path):
    assert refused(tmp_path / "a\0b")


@pytest.mark.parametrize("name", BY_FORMAT)
def test_a_file_cut_off_anywhere_is_read_or_refused(name, file):
    text = BY_FORMAT[name]
    for end in range(0, len(text), max(1, len(text) // 60)):
        try:
            assert load(file(text[:end]), name)
        except ModelError as error:
            assert "\n" not in str(error)


@given(data=st.data())
def test_a_file_with_a_piece_replaced_is_read_or_refused(data, tmp_path_factory):
    name = data.draw(st.sampled_from(sorted(BY_FORMAT)))
    text = BY_FORMAT[name]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 20)))
    piece = data.draw(st.text(max_size=8) | st.sampled_from(["nan", "1e999", "-1", "{", "\t", "0"]))
    path = tmp_path_factory.getbasetemp() / "mutated.txt"
    path.write_bytes((text[:start] + piece + text[end:]).encode("utf-8", "surrogatepass"))

    try:
        found = load(path, name)
    except CostscopeError:
        return
    assert all(1e-7 <= each.latency_s <= 3600 and each.model for each in found)
    assert all(layer.latency_s >= 0 for each in profiles(path, name) for layer in each.layers)


def test_deep_json_is_refused(file):
    deep = ORT.replace('"args": {}', '"args": ' + "[" * 99999 + "]" * 99999, 1)

    assert refused(file(deep))


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        " ",
        "\n",
        "\t",
        "[1 ",
        ": [",
        " min = 1 ",
        "count=1 min=1 ",
        "nference timings in us: ",
        "GPU Compute Time: min = ",
        "&&&& RUNNING --onnx",
        '[{"model"',
        "model,latency,",
        "model;",
        '"',
        "performance_metrics ",
    ],
)
def test_an_endless_line_is_refused_by_all_before_anybody_waits(piece, file):
    path = file("x" + piece * (300_000 // len(piece)))

    for name in (None, *BY_FORMAT):
        assert refused(path, name)
