"""Designed networks run in onnxruntime: latency, and every kernel's time with its terms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median
from time import perf_counter

from costscope.calibrate.network import network
from costscope.calibrate.types import Collected, Collection, Recipe, Timed
from costscope.errors import CostscopeError, ModelError
from costscope.graph import proto
from costscope.kernels.runtimes import runtime_named
from costscope.measure.disturbance import NOISE
from costscope.measure.events import typical_s
from costscope.measure.join import Joined, join
from costscope.measure.opened import Opened, open_model, prepare
from costscope.measure.settings import Settings
from costscope.measure.statistics import quantile
from costscope.pipeline import analyze
from costscope.schedule.layerwise import layerwise
from costscope.timing.terms import schedule_terms

_WARM_UP_RUNS = 2
# Threads that begin on one processor are moved apart within this time, as was seen here.
_MOVED_APART_S, _MOST_WARM_UP_RUNS = 0.05, 40
_RUNS, _FEWEST_RUNS = 9, 3
# Of one network: half of it with a profiler, half without.
_LIMIT_S = 0.6
# Reading the profile empties the caches: a short network is run until it is at home again, or
# each inference would seem to cost some 10 us beside its kernels that it does not.
_SETTLED_S, _MOST_RUNS = 0.03, 300
# Larger networks take the time of many small ones and show the same kernels.
_MOST_MACS = 8e8
_MOST_FAILING_RATIO = 0.1
_FEW = 10  # so many networks must have been tried before a share of them says anything
_AS_IT_IS = "none"  # the graph that ran is fused already

Wanted = Iterable[tuple[int, Recipe]]


def collect(
    wanted: Wanted,
    *,
    threads: int,
    settings: Mapping[str, int],
    until_s: float,
    on_network: Callable[[], None] | None = None,
) -> Collection:
    """Networks run one after the other for as long as there is time; one at least.

    Args:
        wanted: seeds with their recipes.
        threads: of one operator.
        settings: of the machine, for the terms.
        until_s: moment, as `time.perf_counter` counts, from which no network is begun.
        on_network: called before each network.

    Raises:
        ModelError: many networks fail, or none could be run.
        UsageError: onnxruntime is not installed.
    """
    networks: list[Collected] = []
    failures: dict[int, str] = {}
    skipped: list[int] = []
    for seed, recipe in wanted:
        if networks and perf_counter() >= until_s:
            break
        if on_network is not None:
            on_network()
        try:
            found = collected(seed, recipe, threads=threads, settings=settings)
        except CostscopeError as error:
            failures[seed] = str(error)
            _check(len(networks), failures)
            continue
        if found is None:
            skipped.append(seed)
        else:
            networks.append(found)
    if not networks:
        why = f"; the first: {next(iter(failures.values()))}" if failures else ""
        raise ModelError(f"calibrate: no designed network could be run{why}")
    return Collection(
        threads=threads, networks=tuple(networks), failures=failures, skipped=tuple(skipped)
    )


def collected(
    seed: int, recipe: Recipe, *, threads: int, settings: Mapping[str, int]
) -> Collected | None:
    """One designed network as it runs here; None if it is too large to be worth its time.

    Raises:
        CostscopeError: it cannot be built or run.
    """
    model = network(seed, batch=recipe.batch, dtype=recipe.dtype)
    asked = Settings(threads=threads, optimization=recipe.level, random_weights=True)
    prepared = prepare(model, asked)
    if analyze(prepared.graph).totals.work.macs > _MOST_MACS:
        return None
    opened = open_model(prepared, asked)
    with opened.session:
        joined = _profiled(opened, threads)
        latencies = _latencies(opened)
    middle_s = median(latencies)
    return Collected(
        seed=seed,
        recipe=recipe,
        threads=threads,
        latency_s=middle_s,
        spread_ratio=_spread_ratio(latencies),
        kernels=_kernels(joined, settings),
        nodes=sum(kernel.repeats for kernel in joined.kernels) + len(joined.unmatched_s),
    )


def _profiled(opened: Opened, threads: int) -> Joined:
    """Kernels with their times in each run, warm-up left out."""
    one_s = [opened.run_s() for _ in range(_WARM_UP_RUNS)][-1]
    more = 0 if threads == 1 else min(_MOST_WARM_UP_RUNS, int(_MOVED_APART_S / one_s))
    for _ in range(more + _runs(one_s)):
        opened.run_s()
    events = opened.session.end_profile()
    saved = proto.read(opened.session.saved)
    return join(saved, events[_WARM_UP_RUNS + more :], name=opened.name)


def _latencies(opened: Opened) -> list[float]:
    """Sorted latencies without a profiler; taken twice where they differ, the quieter ones kept."""
    found = _timed(opened)
    return min(found, _timed(opened), key=_spread_ratio) if _spread_ratio(found) > NOISE else found


def _timed(opened: Opened) -> list[float]:
    one_s = [opened.run_s() for _ in range(_WARM_UP_RUNS)][-1]
    runs = max(_runs(one_s), min(_MOST_RUNS, int(_SETTLED_S / one_s)))
    return sorted(opened.run_s() for _ in range(runs))


def _spread_ratio(ordered: Sequence[float]) -> float:
    """From p10 to p90 over the median."""
    return (quantile(ordered, 0.9) - quantile(ordered, 0.1)) / median(ordered)


def _runs(one_s: float) -> int:
    """How often a network is run, with a profiler or without."""
    return max(_FEWEST_RUNS, min(_RUNS, int(_LIMIT_S / 2 / one_s)))


def _kernels(joined: Joined, settings: Mapping[str, int]) -> tuple[Timed, ...]:
    graph = joined.graph
    schedule = layerwise(joined.kernels, graph.inputs, graph.outputs, runtime_named(_AS_IT_IS))
    terms = schedule_terms(schedule, settings)
    return tuple(
        Timed(kernel, each, typical_s(joined.samples_s[kernel.name]))
        for kernel, each in zip(joined.kernels, terms, strict=True)
    )


def _check(ran: int, failures: Mapping[int, str]) -> None:
    """Raise if a designed network fails too often for it to be chance."""
    tried = ran + len(failures)
    if tried >= _FEW and len(failures) > _MOST_FAILING_RATIO * tried:
        raise ModelError(
            f"calibrate: {len(failures)} of {tried} designed networks failed; the first: "
            f"{next(iter(failures.values()))}"
        )
