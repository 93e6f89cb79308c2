"""Mutated model files: every one must be analysed or refused in one line, quickly.

`python benchmarks/mutations.py --count 20000 [--corpus ../shared/onnx_corpus] [--seed 0]`

Each case takes a model file and changes bytes at random, cuts or repeats pieces of it, or
edits its structure (names, attributes, dims, edges). It passes if `analyze` returns or raises a
CostscopeError whose message is one line, within 10 s and 1 GB. Prints each failure with the
seed that reproduces it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

from costscope import CostscopeError, analyze
from costscope.views import VIEWS

LIMIT_S = 10
LIMIT_BYTES = 1 << 30
ROOT = Path(__file__).parent.parent


class TooSlowError(Exception):
    """A case ran longer than it may."""


def main() -> int:
    """Run all cases; 1 if one failed."""
    options = parse()
    paths = sorted(options.corpus.glob("*.onnx")) or [ROOT / "models" / "mobilenet_v2.onnx"]
    print(f"{options.count} mutations of {len(paths)} files, seed {options.seed}")
    jobs = [(paths, options.seed + index, options.save) for index in range(options.count)]
    outcomes: Counter[str] = Counter()
    slowest, largest = 0.0, 0
    with multiprocessing.Pool(options.jobs, maxtasksperchild=2000) as pool:
        for outcome, seconds, peak, detail in pool.imap_unordered(run, jobs, chunksize=50):
            outcomes[outcome] += 1
            slowest, largest = max(slowest, seconds), max(largest, peak)
            if detail:
                print(detail, flush=True)
    print(dict(outcomes))
    print(f"slowest case {slowest:.2f} s, largest process {largest / 2**20:.0f} MiB")
    return 1 if outcomes["FAILED"] else 0


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--corpus", type=Path, default=ROOT.parent / "shared" / "onnx_corpus")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--save", type=Path, help="folder to keep failing files in")
    return parser.parse_args()


def run(job: tuple[list[Path], int, Path | None]) -> tuple[str, float, int, str]:
    """One case: its outcome, seconds, peak bytes of this process, and what went wrong."""
    paths, seed, save = job
    chance = random.Random(seed)
    path = chance.choice(paths)
    data = mutate(path.read_bytes(), chance)
    signal.signal(signal.SIGALRM, _too_slow)
    signal.alarm(LIMIT_S)
    start, detail = time.perf_counter(), ""
    try:
        analysis = analyze(data, "pixel6")
        VIEWS.get("json").render(analysis, top=10, sort="latency")  # type: ignore[union-attr]
        outcome = "analysed"
    except CostscopeError as error:
        outcome = "refused"
        if "\n" in str(error).strip() or not str(error):
            outcome, detail = "FAILED", f"seed {seed}: message of several lines: {error!r}"
    except Exception:  # noqa: BLE001 - any other exception is the failure looked for
        outcome = "FAILED"
        detail = f"seed {seed} ({path.name}):\n{traceback.format_exc(limit=-4)}"
    finally:
        signal.alarm(0)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if peak > LIMIT_BYTES and outcome != "FAILED":
        outcome, detail = "FAILED", f"seed {seed} ({path.name}): {peak / 2**20:.0f} MiB"
    if outcome == "FAILED" and save is not None:
        (save / f"{seed}.onnx").write_bytes(data)
    return outcome, seconds, peak, detail


def _too_slow(*_: object) -> None:
    raise TooSlowError


def mutate(data: bytes, chance: random.Random) -> bytes:
    """A changed file: half of them by bytes, half by structure."""
    if chance.random() < 0.5:
        return mutate_bytes(bytearray(data), chance)
    return mutate_structure(data, chance)


def mutate_bytes(data: bytearray, chance: random.Random) -> bytes:
    """Flip, overwrite, cut, repeat or drop bytes."""
    for _ in range(chance.choice((1, 1, 2, 5, 20, 200))):
        if not data:
            break
        place = chance.randrange(len(data))
        kind = chance.randrange(6)
        if kind == 0:
            data[place] ^= 1 << chance.randrange(8)
        elif kind == 1:
            data[place] = chance.randrange(256)
        elif kind == 2:
            del data[place : place + chance.choice((1, 2, 8, 100))]
        elif kind == 3:
            data[place:place] = data[place : place + chance.choice((1, 4, 50))]
        elif kind == 4:
            data[place : place + 4] = chance.randbytes(4)
        elif chance.random() < 0.1:
            del data[place:]
    return bytes(data)


def mutate_structure(data: bytes, chance: random.Random) -> bytes:
    """Edit nodes, attributes, dims and edges of the parsed model."""
    from onnx import ModelProto

    model = ModelProto.FromString(data)
    for _ in range(chance.choice((1, 1, 2, 4, 10))):
        _edit(model.graph, chance)
    return bytes(model.SerializeToString())


_NUMBERS = (0, 1, -1, 2, 3, 7, 16, 255, 65536, 2**31 - 1, 2**31, 2**62, 2**63 - 1, -(2**63))


def _edit(graph: Any, chance: random.Random) -> None:
    node = chance.choice(graph.node)
    names = [name for each in graph.node for name in each.output] + [
        value.name for value in graph.input
    ]
    kind = chance.randrange(10)
    if kind == 0 and node.input:
        node.input[chance.randrange(len(node.input))] = chance.choice([*names, "", "nowhere"])
    elif kind == 1 and node.output:
        node.output[chance.randrange(len(node.output))] = chance.choice([*names, ""])
    elif kind == 2:
        others = [each.op_type for each in graph.node]
        node.op_type = chance.choice([*others, "Loop", "If", "NoSuchOp", "Einsum", "Resize"])
    elif kind == 3 and node.attribute:
        _edit_attribute(chance.choice(node.attribute), chance)
    elif kind == 4 and node.attribute:
        del node.attribute[chance.randrange(len(node.attribute))]
    elif kind == 5 and graph.initializer:
        tensor = chance.choice(graph.initializer)
        if tensor.dims:
            tensor.dims[chance.randrange(len(tensor.dims))] = chance.choice(_NUMBERS)
        elif tensor.int64_data:
            tensor.int64_data[0] = chance.choice(_NUMBERS)
    elif kind == 6 and graph.input:
        shape = chance.choice(graph.input).type.tensor_type.shape
        if shape.dim:
            chance.choice(shape.dim).dim_value = chance.choice(_NUMBERS)
    elif kind == 7 and node.input:
        del node.input[chance.randrange(len(node.input))]
    elif kind == 8:
        node.input.append(chance.choice(names))
    else:
        constants = [each for each in graph.node if each.op_type == "Constant" and each.attribute]
        if constants:
            tensor = chance.choice(constants).attribute[0].t
            tensor.raw_data = chance.choice(_NUMBERS).to_bytes(8, "little", signed=True)


def _edit_attribute(attribute: Any, chance: random.Random) -> None:
    if attribute.ints:
        attribute.ints[chance.randrange(len(attribute.ints))] = chance.choice(_NUMBERS)
        if chance.random() < 0.3:
            del attribute.ints[0]
    elif attribute.HasField("i"):
        attribute.i = chance.choice(_NUMBERS)
    elif attribute.HasField("f"):
        attribute.f = chance.choice((0.0, -1.0, float("nan"), float("inf"), 1e30))
    elif attribute.HasField("s"):
        attribute.s = chance.randbytes(5)
    else:
        attribute.type = chance.randrange(15)


if __name__ == "__main__":
    sys.exit(main())
