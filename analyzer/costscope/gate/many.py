"""Many models in parallel processes, so that none can hide or take down the others.

A process that dies (the system takes it for its memory) breaks the pool for all. Those left
are then checked one at a time, each in a process of its own: only the one that dies again is
blamed.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import BaseContext

from costscope.gate.models import Model
from costscope.gate.one import Request, check_one, failed
from costscope.gate.types import Checked

OnDone = Callable[[Model, float], None]
_FEW = 2  # models that are checked without another process
_KILLED = "its process was ended by the system: it needs more memory than there is"
_request: Request | None = None  # of this worker, given once


def check_many(
    models: Sequence[Model],
    request: Request,
    *,
    jobs: int | None = None,
    on_done: OnDone | None = None,
) -> tuple[Checked, ...]:
    """Every model on every machine, in the order given.

    Args:
        models: to check.
        request: what each is asked.
        jobs: processes; as many as there are cores if None, this one for one or two models.
        on_done: told of each model that is done, with the share of all.
    """
    done: dict[int, tuple[Checked, ...]] = {}
    for index, found in _results(models, request, _jobs(jobs, len(models))):
        done[index] = found
        if on_done is not None:
            on_done(models[index], len(done) / len(models))
    return tuple(each for index in range(len(models)) for each in done[index])


_Result = tuple[int, tuple[Checked, ...]]


def _jobs(jobs: int | None, models: int) -> int:
    if models <= _FEW and jobs is None:
        return 1
    return min(jobs or cores(), models)


def cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _results(models: Sequence[Model], request: Request, jobs: int) -> Iterator[_Result]:
    if jobs <= 1:
        for index, model in enumerate(models):
            yield index, check_one(model, request)
        return
    left = dict(enumerate(models))
    for index, found in _pooled(left, request, jobs):
        del left[index]
        yield index, found
    for index, model in left.items():
        alone = dict(_pooled({index: model}, request, 1))
        yield index, alone.get(index) or failed(model, request, _KILLED)


def _pooled(models: dict[int, Model], request: Request, jobs: int) -> Iterator[_Result]:
    """Results as they come, until all are there or a process has died."""
    listed = dict(models)
    with ProcessPoolExecutor(
        jobs, mp_context=_context(), initializer=_begin, initargs=(request,)
    ) as pool:
        futures: dict[Future[tuple[Checked, ...]], int] = {}
        try:
            for index, model in listed.items():
                futures[pool.submit(_work, model)] = index
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BrokenProcessPool:
            return
        finally:
            pool.shutdown(cancel_futures=True)


def _context() -> BaseContext:
    """Processes that share no threads with this one, and begin with all that they need."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["costscope.gate.preload"])
    return context


def _begin(request: Request) -> None:
    global _request  # noqa: PLW0603 - sent once, not with every model
    _request = request
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends the others


def _work(model: Model) -> tuple[Checked, ...]:
    if _request is None:
        raise RuntimeError("the worker was not initialised")
    return check_one(model, _request)
