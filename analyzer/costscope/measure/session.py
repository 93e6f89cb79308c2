"""An onnxruntime session over a named model: runs it, profiles it, saves what it optimised."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from costscope.errors import ModelError, UsageError
from costscope.files import write_atomically
from costscope.measure.events import RunEvents, read_events
from costscope.measure.source import Source
from costscope.measure.weights import Weights

LEVELS = ("none", "basic", "extended", "all")
CPU = "CPUExecutionProvider"
_ERRORS_ONLY = 3
_SMALLEST_EXTERNAL_BYTES = 1024
_SAVED, _SAVED_WEIGHTS = "optimized.onnx", "optimized.bin"


def runtime() -> Any:
    """The onnxruntime module.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import onnxruntime
    except ImportError:
        raise UsageError(
            "running a model needs onnxruntime; install it with: pip install 'costscope[runtime]'"
        ) from None
    return onnxruntime


class Session:
    """One model loaded once: profiled first, then run without a profile.

    Use it as a context: its temporary folder goes when the context ends.

    Args:
        source: the model, materialised.
        weights: its large constants.
        threads: of one operator.
        optimization: `none`, `basic`, `extended` or `all`.
        provider: execution provider.
        dims: sizes of symbols, so that shape arithmetic is folded.
        profile: whether it will be profiled.
        offline: only optimise: weights are not repacked for running.

    Raises:
        UsageError: no such level or provider, or onnxruntime is not installed.
        ModelError: onnxruntime refuses the model.
    """

    def __init__(
        self,
        source: Source,
        weights: Weights,
        *,
        threads: int = 1,
        optimization: str = "all",
        provider: str = CPU,
        dims: Mapping[str, int] | None = None,
        profile: bool = True,
        offline: bool = False,
    ) -> None:
        ort = runtime()
        _check(ort, optimization, provider)
        self.version: str = ort.__version__
        self._folder = tempfile.TemporaryDirectory(prefix="costscope-")
        self._weights = weights  # the session reads them as long as it lives
        options = self._options(ort, threads, optimization)
        options.enable_profiling = profile
        for symbol, size in (dims or {}).items():
            options.add_free_dimension_override_by_name(symbol, size)
        if offline:
            options.add_session_config_entry("session.disable_prepacking", "1")
        self._values = _ort_values(ort, weights)
        options.add_external_initializers(list(self._values), list(self._values.values()))
        providers = [provider] if provider == CPU else [provider, CPU]
        try:
            self._session = ort.InferenceSession(
                source.proto.SerializeToString(), options, providers=providers
            )
        except Exception as error:  # noqa: BLE001 - the runtime has many, without a root
            self._folder.cleanup()
            raise ModelError(
                f"{source.name}: onnxruntime refuses it: {_first_line(error)}"
            ) from None
        self.saved.with_name(_SAVED_WEIGHTS).unlink(missing_ok=True)  # nobody reads it

    def _options(self, ort: Any, threads: int, optimization: str) -> Any:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        levels = {
            "none": ort.GraphOptimizationLevel.ORT_DISABLE_ALL,
            "basic": ort.GraphOptimizationLevel.ORT_ENABLE_BASIC,
            "extended": ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
            "all": ort.GraphOptimizationLevel.ORT_ENABLE_ALL,
        }
        options.graph_optimization_level = levels[optimization]
        options.profile_file_prefix = str(Path(self._folder.name) / "profile")
        options.optimized_model_filepath = str(self.saved)
        external = "session.optimized_model_external_initializers_"
        options.add_session_config_entry(f"{external}file_name", _SAVED_WEIGHTS)
        options.add_session_config_entry(
            f"{external}min_size_in_bytes", str(_SMALLEST_EXTERNAL_BYTES)
        )
        return options

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the model, its weights and the temporary folder."""
        self._session, self._values, self._weights = None, {}, Weights()
        self._folder.cleanup()

    @property
    def saved(self) -> Path:
        """The graph that this session optimised; its weights lie in a file beside it."""
        return Path(self._folder.name) / _SAVED

    def run_s(self, feeds: Mapping[str, Any]) -> float:
        """Seconds of one run.

        Raises:
            ModelError: the runtime fails on these inputs.
        """
        start = time.perf_counter()
        try:
            self._session.run(None, feeds)
        except Exception as error:  # noqa: BLE001 - the runtime has many, without a root
            raise ModelError(f"onnxruntime fails while running: {_first_line(error)}") from None
        return time.perf_counter() - start

    def end_profile(self, keep: Path | None = None) -> tuple[RunEvents, ...]:
        """The events of every run so far; later runs are not profiled.

        Args:
            keep: file to copy the profile to.
        """
        path = Path(self._session.end_profiling())
        events = read_events(path)
        if keep is not None:
            write_atomically(keep, lambda to: shutil.copyfile(path, to))
        path.unlink(missing_ok=True)
        return events


def _check(ort: Any, optimization: str, provider: str) -> None:
    if optimization not in LEVELS:
        raise UsageError(f"--optimization {optimization}: choose one of {', '.join(LEVELS)}")
    installed: Sequence[str] = ort.get_available_providers()
    if provider not in installed:
        raise UsageError(f"--provider {provider}: installed are {', '.join(installed)}")


def _ort_values(ort: Any, weights: Weights) -> dict[str, Any]:
    """Arrays as the runtime takes them, without a copy."""
    import numpy as np

    plain = (np.float32, np.float64, np.float16)
    values = {}
    for name, array in weights.arrays.items():
        if array.dtype in plain or array.dtype.kind in "iub":
            values[name] = ort.OrtValue.ortvalue_from_numpy(array)
        else:
            plainly = array.view(np.uint8 if array.dtype.itemsize == 1 else np.uint16)
            values[name] = ort.OrtValue.ortvalue_from_numpy_with_onnx_type(
                plainly, weights.types[name]
            )
    return values


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
