"""Which models are checked: files, globs, folders and names of the zoo, in the order given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from glob import escape, glob, has_magic
from pathlib import Path

from costscope.gate.config import relative

ZOO = "zoo:"
_SUFFIX = ".onnx"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model to check.

    Attributes:
        name: for reports: relative to the working directory, or `zoo:NAME`.
        key: for globs and baselines: relative to the configuration's folder, or `zoo:NAME`.
        source: what to open: the file's path, or `zoo:NAME`; "" where there is nothing.
        problem: why there is nothing to open; "" where there is.
    """

    name: str
    key: str
    source: str = ""
    problem: str = ""


def models(given: Sequence[str], *, folder: Path, here: Path, root: Path) -> tuple[Model, ...]:
    """The models of texts, each once; one that says why for a text that stands for none.

    Args:
        given: paths, globs, folders, `zoo:NAME`.
        folder: that relative ones start from.
        here: the working directory.
        root: the folder of the configuration, or the working directory without one.
    """
    found: dict[str, Model] = {}
    for text in given:
        for model in _models(text, folder, here, root):
            found.setdefault(model.source or model.name, model)
    return tuple(found.values())


def _models(text: str, folder: Path, here: Path, root: Path) -> Iterator[Model]:
    if text.startswith(ZOO):
        yield Model(name=text, key=text, source=text)
        return
    if not text.strip():
        yield Model(name=text, key=text, problem="an empty name; is a variable not set?")
        return
    paths, problem = _files(text, folder)
    for path in paths:
        name = relative(path, here)
        yield Model(name=name, key=relative(path, root), source=name)
    if not paths:
        path = folder / text
        yield Model(name=relative(path, here), key=relative(path, root), problem=problem)


def _files(text: str, folder: Path) -> tuple[list[Path], str]:
    """The files of a path, of a glob or below a folder, sorted; why there are none."""
    path = folder / text
    try:
        if path.is_dir():
            below = sorted(path.rglob(f"*{_SUFFIX}"), key=Path.as_posix)
            return [each for each in below if each.is_file()], f"no {_SUFFIX} file in this folder"
        if path.exists():
            return [path], ""
        if has_magic(text):
            pattern = text if Path(text).is_absolute() else str(Path(escape(str(folder))) / text)
            names = sorted(glob(pattern, recursive=True))  # noqa: PTH207 - it may be absolute
            return [Path(n) for n in names if Path(n).is_file()], "no file matches this glob"
    except (OSError, ValueError) as error:  # ValueError: a zero byte in a path
        return [], f"cannot be read: {error}"
    return [], "no such file"
