"""A guideline's networks, what was found out about each, and what follows; as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from costscope.measure.types import Computer, Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """A machine of the paper.

    Attributes:
        key: `cpu` or `gpu`.
        title: what it is.
        short: one word for the head of a column.
        unit: of its speeds.
    """

    key: str
    title: str
    short: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One network of a table.

    Attributes:
        guideline: `g1` to `g4`.
        setting: what is varied, as the table calls it (`1:12`, `g=4`).
        scale: multiplies the channels of the narrowest network.
        channels: of its layers, as the guideline's design takes them.
        paper: speeds that the paper prints for this setting and scale, networks a second by
            platform. The platform that the channels are not of ran other channels.
    """

    guideline: str
    setting: str
    scale: int
    channels: tuple[int, ...]
    paper: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guideline:
    """A rule of the paper, and the table that stands for it.

    Attributes:
        name: `g1` to `g4`.
        table: where it is printed.
        title: the paper's name for it.
        claim: what it says of the table's networks.
        settings: in the table's order.
        slower_than: the settings that each one should be slower than.
        best: the setting that the rule recommends.
        worst: the one that breaks it most.
        rows: networks by platform whose channels they have; narrow ones first.
        assumed: what the paper leaves open, and what was chosen.
    """

    name: str
    table: str
    title: str
    claim: str
    settings: tuple[str, ...]
    slower_than: Mapping[str, tuple[str, ...]]
    best: str
    worst: str
    rows: Mapping[str, tuple[Row, ...]]
    assumed: tuple[str, ...] = ()


class Interval(NamedTuple):
    """A latency with the ends of its interval; the ends are None where nothing bounds it."""

    latency_s: float
    low_s: float | None = None
    high_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One network with all that is known of it.

    Attributes:
        row: which one.
        macs: multiply-accumulates.
        memory_access: elements read and written, weights included, as the paper counts them.
        measured: latency on this machine; None if nothing was run.
        predicted: latency by a machine's profile, with its interval; None without one.
        lower_bound: whether that is only the roofline of an uncalibrated machine.
        disturbances: signs that the machine was not quiet.
        problem: why there is no prediction; "" if there is one or none was asked for.
        warnings: what makes the prediction less sure.
    """

    row: Row
    macs: int
    memory_access: int
    measured: Spread | None = None
    predicted: Interval | None = None
    lower_bound: bool = False
    disturbances: tuple[str, ...] = ()
    problem: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def latency_s(self) -> float | None:
        """The measured one; else the predicted one; None without either."""
        if self.measured is not None:
            return self.measured.median_s
        return None if self.predicted is None else self.predicted.latency_s

    def speed(self, who: str) -> float | None:
        """Networks a second: `measured`, `predicted`, or the paper's on a platform."""
        if who == "measured":
            return None if self.measured is None else 1 / self.measured.median_s
        if who == "predicted":
            return None if self.predicted is None else 1 / self.predicted.latency_s
        return self.row.paper[who]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How well two columns order the networks; 1 is the same order, -1 the reverse.

    Attributes:
        first: `measured` or `predicted`.
        second: `measured`, or a platform of the paper.
        networks: how many both have a speed of.
        spearman: over all networks; None where one column is constant.
        kendall: tau-b over all pairs.
        kendall_within: tau-b over the pairs of one width: what the guideline is about, where
            the other two mostly say that wide networks are slow.
    """

    first: str
    second: str
    networks: int
    spearman: float | None
    kendall: float | None
    kendall_within: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether the guideline holds.

    Attributes:
        standing: `holds`, `holds in part`, `makes little difference`, `does not hold` or
            `not tested`.
        sentence: the same in one sentence, with its numbers.
        confirmed: comparisons within a width that come out as the guideline says.
        against: those that come out the other way.
        undecided: those within the noise.
    """

    standing: str
    sentence: str
    confirmed: int
    against: int
    undecided: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """A guideline put to the test.

    Attributes:
        guideline: which one.
        sizes: the platform whose channels the networks have: `cpu` or `gpu`.
        outcomes: in the order of the guideline's rows.
        agreements: of the columns there are.
        verdict: whether it holds.
        hardware: name of the machine that predictions are for; "" without any.
        computer: where it was measured; None if nothing was run.
        runtime: what it was measured with; "" if nothing was run.
        notes: sentences that a reader must know.
    """

    guideline: Guideline
    sizes: str
    outcomes: tuple[Outcome, ...]
    agreements: tuple[Agreement, ...]
    verdict: Verdict
    hardware: str = ""
    computer: Computer | None = None
    runtime: str = ""
    notes: tuple[str, ...] = ()

    def relative(self, outcome: Outcome, who: str) -> float | None:
        """Its speed over that of the first setting of the same width, in one column."""
        first = next(
            each
            for each in self.outcomes
            if each.row.scale == outcome.row.scale
            and each.row.setting == self.guideline.settings[0]
        )
        own, base = outcome.speed(who), first.speed(who)
        return None if own is None or base is None else own / base
