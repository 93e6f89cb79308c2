"""Networks by name, as layers: shipped tables of layers, the zoo, and ONNX files."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from costscope import dtypes, resources
from costscope.errors import UsageError
from costscope.fit import layer_table
from costscope.kernels.runtimes import RUNTIMES
from costscope.pipeline import ZOO, analyze
from costscope.timing.rates.kernels import network_of
from costscope.timing.rates.layer import Network
from costscope.units import quoted
from costscope.zoo import catalog

TABLE = "ncnn_layers.csv"
_INT8 = "_int8"
_OTHER = "tflite"  # whose fusion a runtime is given that nobody described
_FILES = (".onnx", ".csv", ".pb", ".ort")
_NEAR = 3
_TABLE_BITS = 32


@lru_cache(maxsize=1)
def shipped_table() -> Mapping[str, Network]:
    """The networks of ncnn's own benchmark."""
    return layer_table.read(resources.folder("models") / TABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Networks:
    """Finds networks; what was built once is kept.

    Attributes:
        tables: networks by name, asked before the shipped table.
        folders: that paths of models start from, before the working folder.
        dims: sizes of open dimensions of ONNX files, by symbol.
        input_shapes: whole shapes, by input.
    """

    tables: Mapping[str, Network] = field(default_factory=dict)
    folders: tuple[Path, ...] = ()
    dims: Mapping[str, int] = field(default_factory=dict)
    input_shapes: Mapping[str, Sequence[int]] = field(default_factory=dict)
    _kept: dict[tuple[str, str, str], Network] = field(default_factory=dict)
    _read: dict[Path, Mapping[str, Network]] = field(default_factory=dict)

    def find(self, model: str, *, runtime: str, dtype: str) -> Network:
        """A network as a runtime runs it in an element type.

        Args:
            model: a name of a table, `zoo:NAME@VARIANT`, the path of an ONNX file, or
                `FILE.csv#NAME` or `FILE.csv:NAME` for a network of a table of layers.
            runtime: whose fusion to take; one that nobody described fuses as `tflite` does.
            dtype: element type to compute in.

        Raises:
            CostscopeError: there is no such network, or it is no valid model.
        """
        key = (model, runtime, dtype)
        if key not in self._kept:
            self._kept[key] = self._built(model, runtime, dtype)
        return self._kept[key]

    def _built(self, model: str, runtime: str, dtype: str) -> Network:
        listed = self._listed(model)
        if listed is not None:
            return in_dtype(listed, dtype)
        if model.startswith(ZOO):
            return _analyzed(model, runtime, dtype)
        name, _, wanted = model.replace(".csv:", ".csv#").partition("#")
        path = self._path(name)
        if path.suffix.lower() == ".csv":
            return in_dtype(self._of_table(path, name, wanted), dtype)
        if _is_file(path) or path.suffix.lower() in _FILES or "/" in model:
            return self._of_file(path, runtime, dtype)
        raise UsageError(
            f"unknown network {quoted(model)}{self._meant(model)}: give an ONNX file, zoo:NAME, "
            "or a table of layers that has it (--layers)"
        )

    def _of_file(self, path: Path, runtime: str, dtype: str) -> Network:
        return _analyzed(str(path), runtime, dtype, dims=self.dims, input_shapes=self.input_shapes)

    def _of_table(self, path: Path, name: str, wanted: str) -> Network:
        """A network of a table of layers; the name may be left out where there is one."""
        if path not in self._read:
            self._read[path] = layer_table.read(path)
        table = self._read[path]
        if not wanted and len(table) == 1:
            wanted = next(iter(table))
        if wanted not in table:
            nearest = difflib.get_close_matches(wanted, table, n=1) or [next(iter(table))]
            raise UsageError(
                f"{quoted(name)} has {len(table)} networks, none of them {quoted(wanted)}; name "
                f"one as {name}#{nearest[0]}"
            )
        return table[wanted]

    def _path(self, name: str) -> Path:
        """Beside the measurements if it is there, else as seen from the working folder."""
        beside = [folder / name for folder in self.folders]
        return next((path for path in [*beside, Path(name)] if _is_file(path)), Path(name))

    def _listed(self, model: str) -> Network | None:
        for table in (self.tables, shipped_table()):
            found = table.get(model) or table.get(model.removesuffix(_INT8))
            if found is not None:
                return found
        return None

    def _meant(self, model: str) -> str:
        """The nearest names as a question; those of the zoo in full."""
        zoo = {name: f"{ZOO}{name}" for name in catalog.names()}
        called = {**zoo, **{name: name for name in (*self.tables, *shipped_table())}}
        asked = model.lower().replace("-", "_").replace(" ", "_").split("/")[-1]
        found = difflib.get_close_matches(asked, called, n=_NEAR)
        return f" (did you mean {' or '.join(called[name] for name in found)}?)" if found else ""


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name too long, or with a null
        return False


def _analyzed(
    model: str,
    runtime: str,
    dtype: str,
    *,
    dims: Mapping[str, int] | None = None,
    input_shapes: Mapping[str, Sequence[int]] | None = None,
) -> Network:
    fusion = runtime if runtime in RUNTIMES else _OTHER
    wanted = None if dtype == "float32" else dtype
    first = analyze(
        model, dims=dims, input_shapes=input_shapes, as_dtype=wanted, runtime=fusion
    ).first
    return network_of(first.schedule, name=model, weight_bytes=first.totals.weight_bytes)


def in_dtype(network: Network, dtype: str) -> Network:
    """A network of a table, which is in float32, in another element type."""
    if dtype == "float32":
        return network
    return replace(
        network,
        layers=tuple(replace(layer, dtype=dtype) for layer in network.layers),
        weight_bytes=network.weight_bytes * dtypes.named(dtype).bits // _TABLE_BITS,
    )
