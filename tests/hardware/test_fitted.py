"""What `calibrate` writes into a profile: read whole, and every mistake named in its place."""

from __future__ import annotations

import pytest

from costscope.errors import ProfileError
from costscope.hardware.parse import parse
from costscope.hardware.types import Band, ClassFit, Fitted, Identity

WHOLE = """
summary: The machine under the desk.
class: x86_cpu
runtime: onnxruntime
identity:
  cpu: Example 9000
  architecture: x86_64
  cores: 2
  flags: [avx2, fma]
  governor: ""
  date: "2026-11-21"
compute:
  float32: {peak: 100 GFLOP/s, source: calibration}
memories:
  - {name: dram, bandwidth: 10 GB/s, holds: [weights, activations], source: calibration}
fitted:
  - runtime: onnxruntime
    version: 1.31.1
    threads: 1
    dispatch: 0.5 us
    run: 12 us
    settings: {block: 8, rows: 6}
    confidence: 0.9
    error: 0.045
    reference: 0.61 ms
    source: calibration
    bands:
      - {above: 0 s, low: 0.8, high: 1.25, networks: 14}
      - {above: 2 ms, low: 0.9, high: 1.1, networks: 30}
    classes:
      pointwise:
        seconds: {macs: 9.7 ps, call: 2.1 us}
        samples: 812
        error: 0.052
        low: 0.85
        high: 1.19
        seen: {macs: [2.0e4, 3.5e8], bytes: [1200, 8.1e6]}
  - runtime: onnxruntime
    version: 1.31.1
    threads: 2
    source: calibration
    classes: {}
sources:
  calibration: {reference: costscope calibrate, date: 2026-11-21}
"""


def problems_of(text: str) -> tuple[str, ...]:
    with pytest.raises(ProfileError) as caught:
        parse(text, name="desk")
    return caught.value.problems


def test_every_part_of_the_form() -> None:
    hardware = parse(WHOLE, name="desk")

    assert hardware.identity == Identity(
        cpu="Example 9000",
        architecture="x86_64",
        cores=2,
        flags=("avx2", "fma"),
        governor="",
        date="2026-11-21",
    )
    assert hardware.fitted[0] == Fitted(
        runtime="onnxruntime",
        version="1.31.1",
        threads=1,
        dispatch_s=5e-7,
        run_s=1.2e-5,
        settings={"block": 8, "rows": 6},
        confidence=0.9,
        error_ratio=0.045,
        reference_s=6.1e-4,
        source="calibration",
        bands=(
            Band(above_s=0.0, low_ratio=0.8, high_ratio=1.25, networks=14),
            Band(above_s=2e-3, low_ratio=0.9, high_ratio=1.1, networks=30),
        ),
        classes={
            "pointwise": ClassFit(
                name="pointwise",
                seconds={"macs": 9.7e-12, "call": 2.1e-6},
                samples=812,
                error_ratio=0.052,
                low_ratio=0.85,
                high_ratio=1.19,
                seen={"macs": (2e4, 3.5e8), "bytes": (1200.0, 8.1e6)},
            )
        },
    )


def test_what_may_be_left_out() -> None:
    assert parse(WHOLE, name="desk").fitted[1] == Fitted(
        runtime="onnxruntime", version="1.31.1", threads=2, source="calibration", classes={}
    )


def test_the_runs_are_found_by_runtime_and_threads() -> None:
    hardware = parse(WHOLE, name="desk")

    assert hardware.threads_of("onnxruntime") == (1, 2)
    assert hardware.fitted_for("onnxruntime") is hardware.fitted[0]
    assert hardware.fitted_for("onnxruntime", 2) is hardware.fitted[1]
    assert hardware.fitted_for("onnxruntime", 3) is None
    assert hardware.fitted_for("tflite") is None
    assert hardware.calibrated_for("onnxruntime")
    assert not hardware.calibrated_for("tflite")
    assert hardware.calibrated_runtimes == ("onnxruntime",)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("  cpu: Example 9000\n", "", "identity.cpu: missing"),
        ("cores: 2", "cores: 0", "identity.cores: expected a whole number from 1, got 0"),
        ("[avx2, fma]", "[AVX2]", "identity.flags: 'AVX2' is not a lower-case name"),
        ("  governor:", "  goverment:", "identity.goverment: unknown key; did you mean 'governor'"),
        ("    version: 1.31.1\n    threads: 1\n", "    threads: 1\n", "fitted[0].version: missing"),
        ("version: 1.31.1\n    threads: 1", "version: 1.31\n    threads: 1",
         "fitted[0].version: expected text, got 1.31; put it in quotes"),
        ("threads: 1", "threads: 0", "fitted[0].threads: expected a whole number from 1, got 0"),
        ("threads: 1", "threads: true", "fitted[0].threads: expected a whole number from 1"),
        ("threads: 2", "threads: 1", "fitted[1].threads: onnxruntime with 1 threads is given"),
        ("dispatch: 0.5 us", "dispatch: -1 us", "fitted[0].dispatch: '-1 us': not above zero"),
        ("dispatch: 0.5 us", "dispatch: 0", "fitted[0].dispatch: 0: a number without a unit"),
        ("run: 12 us", "run: 12 MB", "fitted[0].run: '12 MB': not a unit here"),
        ("block: 8", "block: 8.5", "fitted[0].settings.block: expected a whole number from 0"),
        ("block: 8", "block: ", "fitted[0].settings.block: missing"),
        ("confidence: 0.9", "confidence: 90", "fitted[0].confidence: 90 is not above 0 and at"),
        ("error: 0.045", "error: -0.1", "fitted[0].error: expected a number from 0 to 100"),
        ("error: 0.045", "error: 4 %", "fitted[0].error: expected a plain number"),
        ("reference: 0.61 ms", "reference: 0 s", "fitted[0].reference: '0 s': not above zero"),
        ("low: 0.8,", "low: 1.3,", "fitted[0].bands[0].low: 1.3 is above `high`, 1.25"),
        ("above: 2 ms", "above: 0 s", "fitted[0].bands: each must begin above the one before"),
        ("networks: 14", "networks: -1", "fitted[0].bands[0].networks: expected a whole number"),
        ("macs: 9.7 ps", "macs: 0 ps", "fitted[0].classes.pointwise.seconds.macs: '0 ps': not"),
        ("seconds: {macs: 9.7 ps, call: 2.1 us}", "seconds: {}",
         "fitted[0].classes.pointwise.seconds: needs at least one term"),
        ("        samples: 812\n", "", "fitted[0].classes.pointwise.samples: missing"),
        ("error: 0.052", "eror: 0.052", "fitted[0].classes.pointwise.error: missing"),
        ("low: 0.85", "low: 0", "fitted[0].classes.pointwise.low: 0 is not above 0"),
        ("[2.0e4, 3.5e8]", "[3.5e8, 2.0e4]", "fitted[0].classes.pointwise.seen.macs: the smaller"),
        ("[2.0e4, 3.5e8]", "[2.0e4]", "fitted[0].classes.pointwise.seen.macs: expected two"),
        ("[2.0e4, 3.5e8]", "[]", "fitted[0].classes.pointwise.seen.macs: expected two"),
        ("[2.0e4, 3.5e8]", "5", "fitted[0].classes.pointwise.seen.macs: expected a list"),
        ("[2.0e4, 3.5e8]", "[a, b]", "fitted[0].classes.pointwise.seen.macs: expected a plain"),
        ("pointwise:", "Pointwise:", "fitted[0].classes.Pointwise: 'Pointwise' is not a lower"),
        ("    source: calibration\n    bands", "    source: calib\n    bands",
         "fitted[0].source: 'calib' is not one of the file's `sources`"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_in_its_place(old: str, new: str, problem: str) -> None:
    assert WHOLE.count(old) >= 1

    found = problems_of(WHOLE.replace(old, new, 1))

    assert any(line.startswith(problem) for line in found), found


def test_all_mistakes_are_found_at_once() -> None:
    text = WHOLE.replace("cores: 2", "cores: two").replace("9.7 ps", "9.7").replace("812", "0")

    assert [line.split(":")[0] for line in problems_of(text)] == [
        "fitted[0].classes.pointwise.seconds.macs",
        "fitted[0].classes.pointwise.samples",
        "identity.cores",
    ]


@pytest.mark.parametrize("value", ["5", "text", "[1]", "[[]]", "{a: 1}", "[{}]", "[{classes: 3}]"])
@pytest.mark.parametrize("key", ["fitted", "identity"])
def test_anything_else_is_a_mistake_and_no_crash(key: str, value: str) -> None:
    head = (
        WHOLE.split("identity:", maxsplit=1)[0]
        + "compute:"
        + WHOLE.split("compute:")[1].split("fitted:", maxsplit=1)[0]
    )
    sources = "sources:" + WHOLE.split("sources:")[1]

    assert problems_of(f"{head}{sources}{key}: {value}\n")
