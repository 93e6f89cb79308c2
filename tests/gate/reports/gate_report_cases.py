"""Checks made by hand, for the tests of their reports."""

from __future__ import annotations

from dataclasses import replace

from costscope.analysis.types import Finding, Severity
from costscope.gate.types import Budget, Check, Checked, Figure, Seen, Standing, Verdict

HOSTILE = "a\x1b[31m|</script><b>&\"'`*_x_\n::error::no\u202eevil\ud800\x00]]>%0A,:~@me #1 www.x.y"


def budget(metric: str = "latency", text: str = "12 ms", **kwargs: object) -> Budget:
    place = f"costscope.toml: budget[1].{metric}"
    return replace(Budget(place=place, metric=metric, text=text), **kwargs)


def finding(
    rule: str = "G1", severity: Severity = Severity.WARNING, saving_s: float | None = 0.0012
) -> Finding:
    return Finding(
        rule=rule,
        severity=severity,
        subject="stage2.block1",
        message="24 channels enter and 144 leave, a ratio of 6",
        change="Make both 59 channels wide",
        evidence={"c1": 24.0, "c2": 144.0, "ratio": 6.0},
        nodes=("stage2.block1.expand", "stage2.block1.project"),
        hardware="pixel6",
        saving_s=saving_s,
        saving_ratio=None if saving_s is None else saving_s / 0.0142,
        saving_bytes=2**20,
    )


def seen(number: int = 0, **kwargs: object) -> Seen:
    return replace(Seen(finding=finding(), fingerprint=f"{number:016x}"), **kwargs)


FAILS = Verdict(
    budget=budget(),
    standing=Standing.FAIL,
    model="models/a.onnx",
    hardware="pixel6",
    unit="s",
    value=0.0142,
    low=0.0129,
    high=0.016,
    limit=0.012,
    reason="the prediction is above the limit",
    causes=("stage1.conv", "stage2.block1.expand", "head.fc", "stem.conv"),
)
OPEN = Verdict(
    budget=budget("peak_memory", "4 MiB"),
    standing=Standing.UNDECIDED,
    model="models/b.onnx",
    hardware="pixel6",
    unit="B",
    limit=4 * 2.0**20,
    reason="operator Foo (custom) is not known; name its cost or leave it out",
)
PASSES = Verdict(
    budget=budget("macs", "300 M"),
    standing=Standing.PASS,
    model="models/a.onnx",
    unit="",
    value=250_000_000.0,
    limit=300_000_000.0,
)
RELATIVE = Verdict(
    budget=budget("latency_increase", "+5 %"),
    standing=Standing.FAIL,
    model="models/a.onnx",
    hardware="pixel6",
    unit="s",
    value=0.0142,
    limit=0.013125,
    base=0.0125,
    reason="it grew by more than was allowed",
)
UPPER = Verdict(
    budget=budget(text="15 ms", confidence="upper"),
    standing=Standing.FAIL,
    model="models/a.onnx",
    hardware="pixel6",
    unit="s",
    value=0.0142,
    low=0.0129,
    high=0.016,
    limit=0.015,
    reason="the upper end of the interval is above the limit",
)
A = Checked(
    model="models/a.onnx",
    key="models/a.onnx",
    hardware="pixel6",
    figures=(
        Figure(metric="latency", unit="s", value=0.0142, low=0.0129, high=0.016),
        Figure(metric="macs", unit="", value=250_000_000.0),
        Figure(metric="weights", unit="B", value=3_548_160.0),
        Figure(metric="flash", unit="B", value=None, why="the profile does not say"),
    ),
    findings=(
        seen(1),
        seen(2, finding=finding("F2", Severity.NOTE, None)),
        seen(3, known=True),
        seen(4, suppressed="agreed with the team"),
        seen(5, finding=finding("D1", Severity.ERROR, 0.0002)),
    ),
    model_sha256="ab" * 32,
    hardware_sha256="cd" * 32,
    settings=(("as_dtype", "int8"),),
    calibrated=True,
)
B = Checked(model="models/b.onnx", hardware="pixel6", uncosted=1)

CHECK = Check(
    verdicts=(FAILS, RELATIVE, UPPER, OPEN, PASSES),
    checked=(A, B),
    config="costscope.toml",
    baseline="baseline.json",
    notes=("The suppression of G4 in costscope.toml matches nothing; remove it",),
)
PASSING = Check(verdicts=(PASSES,), checked=(replace(A, findings=()),))
UNDECIDED = Check(verdicts=(OPEN, PASSES), checked=(A, B))
WARNED = replace(UNDECIDED, undecided_fails=False)
EMPTY = Check(verdicts=(), checked=())
ZOO = Check(
    verdicts=(replace(FAILS, model="zoo:mobilenet_v2"),),
    checked=(replace(A, model="zoo:mobilenet_v2", key="zoo:mobilenet_v2"),),
)
NOWHERE = Check(
    verdicts=(
        Verdict(
            budget=budget(models=("net/*.onnx",)),
            standing=Standing.UNDECIDED,
            reason="net/*.onnx matches no model that is checked; mend the glob",
        ),
    ),
    checked=(A,),
)


def hostile() -> Check:
    """Every name and sentence is foreign, every number odd."""
    bad = replace(
        finding(HOSTILE, saving_s=float("nan")),
        subject=HOSTILE,
        message=HOSTILE,
        change=HOSTILE,
        nodes=(HOSTILE,) * 50,
        evidence={HOSTILE: float("inf")},
        saving_ratio=float("-inf"),
    )
    verdicts = [
        replace(
            FAILS,
            budget=Budget(place=HOSTILE, metric=HOSTILE, text=HOSTILE),
            standing=standing,
            model=HOSTILE,
            hardware=HOSTILE,
            value=value,
            low=value,
            high=value,
            limit=limit,
            reason=HOSTILE,
            causes=(HOSTILE,) * 5,
        )
        for standing in Standing
        for value in (float("nan"), float("inf"), -1.0, 0.0, 1e300, None)
        for limit in (float("-inf"), 0.0, 1.0, None)
    ]
    checked = Checked(
        model=HOSTILE,
        hardware=HOSTILE,
        error=HOSTILE,
        figures=(Figure(metric=HOSTILE, unit=HOSTILE, value=float("nan"), why=HOSTILE),),
        findings=(
            Seen(finding=bad, fingerprint="f" * 16),
            Seen(finding=bad, fingerprint="e" * 16, suppressed=HOSTILE),
        ),
        settings=((HOSTILE, HOSTILE),),
    )
    return Check(
        verdicts=tuple(verdicts),
        checked=(checked, replace(checked, model="other" + HOSTILE)),
        config=HOSTILE,
        baseline=HOSTILE,
        notes=(HOSTILE,),
    )


def huge(findings: int = 100_000, verdicts: int = 3_000, *, long: bool = True) -> Check:
    """Hundreds of thousands of findings and names of a megabyte."""
    name = "x" * (1_000_000 if long else 10)
    one = replace(finding(), subject=name, nodes=(name,) * 3)
    many = tuple(Seen(finding=one, fingerprint=f"{i:016x}") for i in range(findings))
    return Check(
        verdicts=tuple(
            replace(FAILS, model=f"models/{i}|*.onnx", value=0.0142 + i * 1e-6)
            for i in range(verdicts)
        )
        + tuple(replace(OPEN, model=f"{i}.onnx", reason=name) for i in range(verdicts))
        + tuple(replace(PASSES, model=f"{i}.onnx") for i in range(verdicts)),
        checked=(replace(A, findings=many),),
        notes=(name,) * 1000,
    )


ALL = {
    "check": CHECK,
    "passing": PASSING,
    "undecided": UNDECIDED,
    "warned": WARNED,
    "empty": EMPTY,
    "zoo": ZOO,
    "nowhere": NOWHERE,
}
