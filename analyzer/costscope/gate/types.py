"""What the gate was asked and what it says, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from costscope.analysis.types import Finding


class Standing(StrEnum):
    """What a verdict says.

    - `pass`: the value is known and within the limit.
    - `fail`: the value is known and beyond the limit.
    - `undecided`: it cannot be told, and why is said: a failure too, unless asked for.
    """

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """One limit that somebody wrote down.

    Attributes:
        place: where: `costscope.toml: budget[1].latency`, `--budget latency=12 ms`.
        metric: name of the metric, as written.
        text: the limit, as written: `12 ms`, `+5 %`.
        models: globs or names of the models it is for; empty for all that are checked.
        hardware: names of the machines it is for; empty for all that are checked.
        confidence: `median` or `upper`: whether the prediction or the upper end of its interval
            must fit.
    """

    place: str
    metric: str
    text: str
    models: tuple[str, ...] = ()
    hardware: tuple[str, ...] = ()
    confidence: str = "median"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of one budget for one model on one machine.

    Attributes:
        budget: that was decided on.
        standing: what is said.
        model: as it was given; "" where no model is meant (a glob that matches nothing).
        hardware: name of the machine; "" for what no machine decides.
        unit: base unit of the numbers: `s`, `B`, `` for counts.
        value: of the metric; None where it is not known.
        low: lower end of its interval; None where there is none.
        high: upper end.
        limit: in the same unit; for a relative budget the base with the increase allowed.
        base: value in the baseline, for relative budgets.
        reason: one sentence: why it fails or cannot be decided; "" for a pass.
        causes: what weighs most in the value: names of kernels, operators or findings.
        at_least: whether the value is a lower bound: something is not in it.
    """

    budget: Budget
    standing: Standing
    model: str = ""
    hardware: str = ""
    unit: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    limit: float | None = None
    base: float | None = None
    reason: str = ""
    causes: tuple[str, ...] = ()
    at_least: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """Findings that somebody decided to live with.

    Attributes:
        place: where it is written.
        rule: code of the rule.
        nodes: glob of operator or subject names; `*` for all.
        models: globs of the models it is for; empty for all.
        reason: why.
    """

    place: str
    rule: str
    nodes: str
    models: tuple[str, ...] = ()
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A finding as the gate reports it.

    Attributes:
        finding: what was found.
        fingerprint: the same for the same rule, model, machine and operators, whatever else
            changes: sixteen hexadecimal digits.
        known: whether the baseline has it.
        suppressed: the reason it was suppressed with; "" where it was not.
    """

    finding: Finding
    fingerprint: str
    known: bool = False
    suppressed: str = ""

    @property
    def counts(self) -> bool:
        """Whether it counts against budgets of findings."""
        return not self.known and not self.suppressed


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A metric of a model on a machine, for reports and baselines.

    Attributes:
        metric: its name.
        unit: `s`, `B`, or `` for counts.
        value: None where it is not known.
        low: lower end of its interval; None where there is none.
        high: upper end.
        why: why it is not known, or why it is a lower bound.
        at_least: whether the value is a lower bound: something is not in it.
        causes: what weighs most in it: names of kernels, operators or findings.
        source: where it comes from if not from the analysis; "" else.
    """

    metric: str
    unit: str
    value: float | None
    low: float | None = None
    high: float | None = None
    why: str = ""
    at_least: bool = False
    causes: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A model on a machine.

    Attributes:
        model: as it was given: a path relative to the working directory, or `zoo:NAME`.
        hardware: name of the machine; "" for none.
        figures: all metrics that there are, known or not.
        findings: the greatest saving first.
        error: why the model could not be analysed; "" where it was.
        model_sha256: hash of the file's bytes; of the generated model for the zoo; "" unknown.
        hardware_sha256: hash of the profile's file; "" for none.
        settings: what the analysis was asked beside the machine (`as_dtype`, `dims`, ...).
        calibrated: whether measurements stand behind the latency.
        uncosted: operators that are in no sum: how many.
        key: the model relative to the configuration's folder: its name in baselines, globs and
            fingerprints, wherever the command is run from.
        assumptions: sentences: what the analysis took for granted.
    """

    model: str
    hardware: str = ""
    figures: tuple[Figure, ...] = ()
    findings: tuple[Seen, ...] = ()
    error: str = ""
    model_sha256: str = ""
    hardware_sha256: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    calibrated: bool = False
    uncosted: int = 0
    key: str = ""
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """All that came of one run of the gate.

    Attributes:
        verdicts: at least one for every budget that is not left out; failures first, then what
            is undecided, in the order of budgets, models and machines.
        checked: every model on every machine, in the order given.
        config: the configuration file that was used; "" for none.
        baseline: the baseline that was compared with; "" for none.
        undecided_fails: whether what is undecided is a failure.
        left_out: budgets for models or machines of the project that somebody chose not to
            check in this run: they have no verdict.
        notes: sentences that a reader must know: unused suppressions, a baseline to write.
    """

    verdicts: tuple[Verdict, ...]
    checked: tuple[Checked, ...]
    config: str = ""
    baseline: str = ""
    undecided_fails: bool = True
    left_out: tuple[Budget, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def of(self, standing: Standing) -> tuple[Verdict, ...]:
        """The verdicts that say this."""
        return tuple(each for each in self.verdicts if each.standing is standing)

    @property
    def exit_code(self) -> int:
        """0 if all pass, 1 if any fails, else 3 if any is undecided and that is a failure.

        3 without any verdict: where nothing was decided nothing has passed.
        """
        if self.of(Standing.FAIL):
            return 1
        if not self.verdicts:
            return 3
        return 3 if self.undecided_fails and self.of(Standing.UNDECIDED) else 0
