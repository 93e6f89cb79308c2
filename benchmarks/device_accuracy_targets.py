"""The figures that were asked of the device profiles, and what was reached."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import inf
from statistics import fmean

from device_accuracy_figures import Reached, covered, reached
from device_accuracy_memory import Memory
from device_accuracy_rows import (
    ARCHITECTURE,
    KNOWN,
    NEW,
    STRICT,
    Held,
    Row,
    after,
    architecture,
)

TABLE5 = "mobilenetv4_table5"
_FLOATS = ("float32", "float16")
_OTHER_BLOCKS = frozenset({"convnext", "efficientvit", "fastvit", "efficientformer"})
_NEW_BOARD = ((0, 0.25), (1, 0.15), (3, 0.12), (5, 0.11))
_PROTOCOLS = ((NEW, "network seen on others"), (STRICT, "network unseen anywhere"))
_COVERED = (0.86, 0.94)
COVERAGE = "90 % intervals hold"

Which = Callable[[Row], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One figure.

    Attributes:
        item: of the list that asks for it.
        what: rows it is of, in words.
        figure: its name, one of `FIGURES`.
        which: whether a row is one of them.
        key: protocol.
        least: smallest good value.
        most: largest.
    """

    item: str
    what: str
    figure: str
    which: Which
    key: str = KNOWN
    least: float = -inf
    most: float = inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A target with what was reached.

    Attributes:
        target: what was asked.
        value: None without rows.
        rows: behind the value.
        variants_out: the value with all variants of each network held out with it.
    """

    target: Target
    value: float | None
    rows: int
    variants_out: float | None = None

    @property
    def good(self) -> bool | None:
        """Whether it was reached; None without a value."""
        if self.value is None:
            return None
        return self.target.least <= self.value <= self.target.most


FIGURES: dict[str, Callable[[Reached], float | None]] = {
    "MAPE": lambda r: r.mape_ratio,
    "median": lambda r: r.median_ratio,
    "within 20 %": lambda r: r.within_20_ratio,
    "Spearman": lambda r: r.spearman,
    "Kendall": lambda r: r.kendall,
    COVERAGE: lambda r: r.coverage_ratio,
}
RANKS = frozenset({"Spearman", "Kendall"})


def is_plain(network: str) -> bool:
    """Whether a network has no blocks that a converter of its table takes apart."""
    return architecture(network) not in _OTHER_BLOCKS


def outcomes(
    families: Sequence[Held], runtimes: Sequence[Held], memories: Sequence[Memory]
) -> tuple[Outcome, ...]:
    """Every figure asked, reached or not."""
    rows = [row for held in families for row in held.scored]
    found = [_outcome(target, rows) for target in (*_ncnn(), *_new_boards(), *_table5())]
    others = [row for held in runtimes for row in held.scored if held.name.endswith("arm_cpu")]
    found += [_outcome(target, others) for target in _new_runtimes()]
    found += [_outcome(target, rows) for target in _by_kind(families)]
    found += _memory(memories)
    for held in families:
        inside = covered(held.scored, KNOWN)
        target = Target(
            item="5",
            what=held.summary,
            figure=COVERAGE,
            which=lambda _: True,
            least=_COVERED[0],
            most=_COVERED[1],
        )
        found.append(_outcome(target, held.scored, inside))
    return tuple(sorted(found, key=lambda each: each.target.item))


def _outcome(target: Target, rows: Iterable[Row], inside: dict[Row, bool] | None = None) -> Outcome:
    mine = [row for row in rows if target.which(row)]
    found = reached(mine, target.key, inside)
    if found is None:
        return Outcome(target=target, value=None, rows=0)
    more = reached(mine, ARCHITECTURE) if target.key == KNOWN and inside is None else None
    figure = FIGURES[target.figure]
    return Outcome(
        target=target,
        value=figure(found),
        rows=found.rows,
        variants_out=None if more is None or more.rows < found.rows else figure(more),
    )


def _is(
    *,
    table: str | None = None,
    device_class: str = "",
    threads: tuple[int, int] | None = None,
    dtypes: tuple[str, ...] = (),
    profile: str = "",
    plain: bool = False,
) -> Which:
    """Rows with all of these."""

    def which(row: Row) -> bool:
        subject = row.machine.subject
        return (
            (table is None or subject.source == table)
            and (not device_class or row.machine.device_class == device_class)
            and (threads is None or threads[0] <= (subject.threads or 0) <= threads[1])
            and (not dtypes or subject.dtype in dtypes)
            and (not profile or subject.profile == profile)
            and (not plain or is_plain(row.network))
        )

    return which


def _ncnn() -> list[Target]:
    def one(figure: str, *, most: float = inf, least: float = -inf) -> Target:
        which = _is(table="ncnn", device_class="arm_cpu", threads=(1, 1), dtypes=("float32",))
        what = "ncnn CPU, 1 thread, float32"
        return Target(item="1", what=what, figure=figure, which=which, most=most, least=least)

    half = _is(table="ncnn", device_class="arm_cpu", threads=(1, 1), dtypes=("float16",))
    several = _is(table="ncnn", device_class="arm_cpu", threads=(2, 4), dtypes=_FLOATS)
    return [
        one("MAPE", most=0.09),
        one("median", most=0.06),
        one("within 20 %", least=0.92),
        one("Kendall", least=0.92),
        Target(
            item="1",
            what="ncnn CPU, 1 thread, float16",
            figure="MAPE",
            which=half,
            most=0.16,
        ),
        Target(
            item="1",
            what="ncnn CPU, 2-4 threads, float32 and float16",
            figure="MAPE",
            which=several,
            most=0.15,
        ),
    ]


def _new_boards() -> list[Target]:
    which = _is(table="ncnn", device_class="arm_cpu", threads=(1, 1), dtypes=_FLOATS)
    return [
        Target(
            item="2",
            what=f"new board, ncnn, 1 thread, no int8, k = {k}, {words}",
            figure="MAPE",
            which=which,
            key=after(protocol, k),
            most=most,
        )
        for protocol, words in _PROTOCOLS
        for k, most in _NEW_BOARD
    ]


def _new_runtimes() -> list[Target]:
    kinds = (("float32 and float16", False), ("int8", True))
    return [
        Target(
            item="2",
            what=f"new board and new runtime, Arm CPUs, {words}, k = {k}",
            figure="MAPE",
            which=_in_8_bits if int8 else lambda row: not _in_8_bits(row),
            key=after(NEW, k),
            most=most,
        )
        for words, int8 in kinds
        for k, most in _NEW_BOARD[1:]
    ]


def _in_8_bits(row: Row) -> bool:
    return row.machine.subject.dtype == "int8"


def _table5() -> list[Target]:
    cpus, plain = (_is(table=TABLE5, device_class="arm_cpu", plain=only) for only in (False, True))
    hexagon = _is(table=TABLE5, profile="pixel4_hexagon")
    conv, every = "Table 5, both CPUs, conv and hybrid networks", "Table 5, both CPUs, all networks"
    return [
        Target(item="3", what=conv, figure="MAPE", which=plain, most=0.06),
        Target(item="3", what=conv, figure="Spearman", which=plain, least=0.98),
        Target(item="3", what=every, figure="MAPE", which=cpus, most=0.15),
        Target(
            item="3",
            what="Table 5, Hexagon of the Pixel 4",
            figure="Spearman",
            which=hexagon,
            least=0.95,
        ),
    ]


def _by_kind(families: Sequence[Held]) -> list[Target]:
    """Targets of whole kinds of machines, one for each family of the kind."""
    found = []
    for held in families:
        machines = {row.machine for row in held.rows}
        kinds = {machine.device_class for machine in machines}
        runtimes = {machine.subject.runtime for machine in machines}
        mine = frozenset(held.rows)
        asked: list[tuple[str, float, str, bool]] = []
        if kinds == {"arm_cpu"} and runtimes <= {"tflite", "xnnpack"}:
            asked.append(("conv networks", 0.08, KNOWN, True))
        if kinds == {"mobile_gpu"}:
            asked.append(("", 0.27, KNOWN, False))
        if "coral" in {machine.subject.source for machine in machines} and "edge_tpu" in kinds:
            asked.append(("", 0.28, KNOWN, False))
        if kinds == {"mcu"}:
            mine = with_siblings(held.rows)
            words = "k = 1, runtimes measured on another chip"
            asked.append((words, 0.20, after(NEW, 1), False))
        for words, most, key, plain in asked:
            found.append(
                Target(
                    item="4",
                    what=", ".join(filter(None, (held.summary, words))),
                    figure="MAPE",
                    which=_of(mine, plain=plain),
                    key=key,
                    most=most,
                )
            )
    return found


def with_siblings(rows: Iterable[Row]) -> frozenset[Row]:
    """Rows whose runtime was measured on another chip too."""
    every = list(rows)
    chips: dict[str, set[str]] = {}
    for row in every:
        chips.setdefault(row.machine.subject.runtime, set()).add(row.machine.subject.chip)
    return frozenset(row for row in every if len(chips[row.machine.subject.runtime]) > 1)


def _memory(memories: Iterable[Memory]) -> list[Outcome]:
    """Mean errors of peak RAM, by runtime and who published it."""
    errors: dict[tuple[str, str], list[float]] = {}
    for each in memories:
        if each.error_ratio is not None:
            errors.setdefault((each.runtime, each.origin), []).append(abs(each.error_ratio))
    return [
        Outcome(
            target=Target(
                item="4",
                what=f"peak RAM, {runtime} ({origin})",
                figure="MAPE",
                which=lambda _: False,
                most=0.10,
            ),
            value=fmean(mine),
            rows=len(mine),
        )
        for (runtime, origin), mine in sorted(errors.items())
    ]


def _of(mine: frozenset[Row], *, plain: bool) -> Which:
    return lambda row: row in mine and (not plain or is_plain(row.network))


def missed(found: Iterable[Outcome]) -> str:
    """How many figures were reached, in a sentence."""
    known = [each for each in found if each.good is not None]
    good = sum(bool(each.good) for each in known)
    return f"{good} of {len(known)} figures reached."
