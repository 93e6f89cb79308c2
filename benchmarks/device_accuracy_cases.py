"""New machines, left-out runtimes, Table 5, peak RAM and the worst rows as markdown."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, median

from costscope.accuracy.grids import percent, signed
from costscope.units import format_latency
from device_accuracy_figures import Reached, covered, intervals, reached, worst
from device_accuracy_grid import NONE, errors, grid, slices
from device_accuracy_memory import Memory
from device_accuracy_rows import KNOWN, LEARNED, NEW, STRICT, Held, Row, after
from device_accuracy_targets import TABLE5, is_plain

_WORST = 10
_KIB = 1024
_PROTOCOLS = ((NEW, "seen on others"), (STRICT, "unseen"))


def new_machines(families: Sequence[Held]) -> list[str]:
    """Errors on machines whose chip was left out, after k networks."""
    rows = []
    for held in families:
        groups = [each for each in slices(held) if not each[0].endswith(".csv")]
        for protocol, words in _PROTOCOLS:
            cells = _after_each(held, protocol, [some for _, some in groups])
            for (label, some), mine in zip(groups, cells, strict=True):
                if any(mine):
                    rows.append((label, words, f"{len(some):,}", *mine))
    columns = ("family", "network", "rows", *(f"k = {k}" for k in LEARNED))
    told = [
        "All machines with the chip are left out; of the new machine the first k networks of the",
        "suggested set are known; in place of the predicted one, or of one that was not measured",
        "there, the next of its networks is.",
        "`unseen`: the network is left out on all other machines too (6 parts). Cells are MAPE /",
        "median / share within 20 % / share inside 90 % intervals of other chips, all in percent.",
        "",
        *(
            f"- {held.summary}: {', '.join(held.suggest)}"
            for held in families
            if any(after(NEW, 0) in row.predicted_s for row in held.rows)
        ),
        "",
    ]
    return ["## A new machine", "", *told, *grid(columns, rows, words=2)]


def _after_each(held: Held, protocol: str, parts: Sequence[Sequence[Row]]) -> list[list[str]]:
    """For each part of a family a cell for each k."""
    cells: list[list[str]] = [[] for _ in parts]
    for k in LEARNED:
        key = after(protocol, k)
        inside = covered(held.scored, key)
        for some, mine in zip(parts, cells, strict=True):
            found = reached(some, key, inside)
            mine.append(NONE if found is None else _cell_of(found))
    return cells


def _cell_of(found: Reached) -> str:
    shares = [found.within_20_ratio, found.coverage_ratio or 0.0]
    return " / ".join([errors(found), *(f"{share * 100:.0f}" for share in shares)])


def left_out_runtimes(runtimes: Sequence[Held], families: Sequence[Held]) -> list[str]:
    """Errors on runtimes that were left out."""
    rows = []
    priors = {held.summary: held for held in families}
    for held in runtimes:
        for k in LEARNED:
            found = reached(held.scored, after(NEW, k))
            if found is not None:
                counts = (f"{found.machines}", f"{k}", f"{found.rows}")
                inside = percent(_inside(held, k, priors.get(held.summary)))
                rows.append((held.name, held.summary, *counts, *_learned(found), inside))
    columns = (
        "runtime", "prior", "machines", "k", "rows", "MAPE", "median", "in 20 %", "Kendall",
        "intervals hold",
    )  # fmt: skip
    told = [
        "What `costscope fit` does with rows of a runtime that no family has: the prior is that of",
        "another runtime's machines without the chip, loosened. The k networks measured first are",
        "the suggested ones that the table has, then as they stand there; the predicted one is",
        "never among them. With k = 0 nothing but the data sheet is known. Intervals are those of",
        "new machines of the prior's family, before `costscope fit` widens them by what it sees.",
        "",
    ]
    return ["## A runtime that no family has", "", *told, *grid(columns, rows, words=2)]


def _inside(held: Held, networks: int, prior: Held | None) -> float | None:
    """Share of rows in the interval that new machines of the prior's family earned."""
    if prior is None:
        return None
    key, found = after(NEW, networks), []
    tried = [k for k in LEARNED if k <= networks and _has(prior, after(STRICT, k))]
    if not tried:
        return None
    for group in sorted({row.machine.group for row in held.scored}):
        ends = intervals(prior.scored, after(STRICT, max(tried)), group)
        mine = [r for r in held.scored if r.machine.group == group and key in r.predicted_s]
        if ends is not None:
            found += [ends[0] <= r.measured_s / r.predicted_s[key] <= ends[1] for r in mine]
    return sum(found) / len(found) if found else None


def _has(held: Held, key: str) -> bool:
    return any(key in row.predicted_s for row in held.scored)


def _learned(found: Reached) -> tuple[str, ...]:
    return (
        percent(found.mape_ratio),
        percent(found.median_ratio),
        percent(found.within_20_ratio),
        NONE if found.kendall is None else f"{found.kendall:.3f}",
    )


def table5(families: Sequence[Held]) -> list[str]:
    """Every network and device of Table 5."""
    rows = [row for held in families for row in held.rows if row.machine.subject.source == TABLE5]
    if not rows:
        return []
    machines = list(dict.fromkeys(row.machine.subject.profile for row in rows))
    cells = {(row.network, row.machine.subject.profile): _cell(row) for row in rows}
    names = sorted({row.network for row in rows}, key=lambda name: (not is_plain(name), name))
    body = [(name, *(cells.get((name, each), NONE) for each in machines)) for name in names]
    for label, plain in (("MAPE, conv and hybrid", True), ("MAPE", False), ("Spearman", False)):
        body.append((label, *(_total(rows, each, label, plain=plain) for each in machines)))
    told = [
        "Milliseconds: measured, predicted without the network, error. `*` does not count in the",
        "figures below the networks: see what is not modelled.",
        "",
    ]
    return ["## MobileNetV4, Table 5", "", *told, *grid(("network", *machines), body)]


def _cell(row: Row) -> str:
    mark = "" if row.scored else " *"
    predicted = row.predicted_s[KNOWN] * 1e3
    return f"{row.measured_s * 1e3:g}, {predicted:.3g}, {row.error(KNOWN) * 100:+.0f} %{mark}"


def _total(rows: Sequence[Row], profile: str, label: str, *, plain: bool) -> str:
    mine = [r for r in rows if r.scored and r.machine.subject.profile == profile]
    found = reached([r for r in mine if not plain or is_plain(r.network)], KNOWN)
    if found is None:
        return NONE
    if label == "Spearman":
        return NONE if found.spearman is None else f"{found.spearman:.3f}"
    return percent(found.mape_ratio)


def peak_ram(memories: Sequence[Memory]) -> list[str]:
    """Peak RAM beside what was published."""
    if not memories:
        return []
    rows = [
        (
            each.runtime,
            each.network,
            each.origin,
            _kib(each.published_bytes),
            _kib(each.held_bytes),
            NONE if each.laid_out_bytes is None else _kib(each.laid_out_bytes),
            signed(each.error_ratio),
        )
        for each in memories
    ]
    columns = ("runtime", "network", "published by", "KiB", "held at once", "laid out", "error")
    told = [
        "`held at once` is what any layout needs at least, unless the runtime computes in place or",
        "in parts; `laid out` follows the planner of the runtime, where it is known. Asked: within",
        "10 % where it is known.",
        "",
        *_memory_lines(memories),
        "",
    ]
    return ["## Peak RAM of microcontrollers", "", *told, *grid(columns, rows, words=3)]


def _memory_lines(memories: Sequence[Memory]) -> list[str]:
    groups: dict[tuple[str, str], list[float]] = {}
    for each in memories:
        if each.error_ratio is not None:
            groups.setdefault((each.runtime, each.origin), []).append(abs(each.error_ratio))
    return [
        f"- {runtime}, {origin}: {sum(e <= 0.1 for e in errors)} of {len(errors)} within 10 %, "
        f"mean error {fmean(errors) * 100:.1f} %, median {median(errors) * 100:.1f} %"
        for (runtime, origin), errors in sorted(groups.items())
    ]


def _kib(size: float) -> str:
    return f"{size / _KIB:,.1f}"


def worst_rows(families: Sequence[Held]) -> list[str]:
    """Ten rows of each family."""
    lines = [
        "## The worst predictions",
        "",
        "Ten rows of each family that are off by the largest factor. `network elsewhere` is the",
        "median error of the network on the other machines, `machine otherwise` that of the other",
        "networks on the machine: an error that is half of the row's or more is said to be the",
        "network's or the machine's. No cause is named that the rows do not show.",
        "",
    ]
    columns = (
        "network", "machine", "error of", "measured", "predicted", "error", "network elsewhere",
        "machine otherwise",
    )  # fmt: skip
    for held in families:
        rows = [
            (
                row.network,
                _named(row),
                cause.words,
                format_latency(row.measured_s),
                format_latency(row.predicted_s[KNOWN]),
                signed(row.error(KNOWN)),
                signed(cause.network_ratio),
                signed(cause.machine_ratio),
            )
            for row, cause in worst(held.scored, _WORST)
        ]
        lines += [f"### {held.summary}", "", *grid(columns, rows, words=3)]
    return lines


def _named(row: Row) -> str:
    subject = row.machine.subject
    threads = "" if subject.threads is None else f", {subject.threads} threads"
    told = f"{subject.profile} ({subject.runtime}, {subject.dtype}{threads})"
    return told.replace(" 1 threads", " 1 thread")
