"""Fixed parts of the device report: what is held out, what is not modelled, how to repeat it."""

from __future__ import annotations

HELD_OUT = (
    "## What is held out",
    "",
    "- A network: it is removed from every machine and from the prior, the prior and all rates are",
    "  fitted again, and it is then predicted on every machine. Its variants (MobileNetV2 with",
    "  other widths) stay; `all variants out` gives MAPE / median in percent without them too.",
    "- Intervals hold a row if an interval made of the residuals of the *other* networks does.",
    "- Ranks are medians over the machines with four networks or more.",
    "- A new machine, and a runtime that no family has: see there.",
    "",
)
EARLIER = (
    "Classes and rules of the structures were chosen by people who had seen rows of these tables,",
    "so the figures above are not free of that choice. For ncnn on Arm CPUs it was measured: with",
    "the rules for each network chosen on the other networks alone (27 folds, 38 candidates), the",
    "study reached MAPE / median of 6.3 / 4.3 % (1 thread, float32), 13.7 / 9.3 % (1 thread,",
    "float16) and 11.8 / 7.9 % (2 to 4 threads) on its rows.",
    "",
)
NOT_MODELLED = (
    "## What is not modelled",
    "",
    "- Caches, clocks under load, temperature, other work on the machine: rates are averages.",
    "- Versions of a runtime beyond old and new; kernels that a runtime chooses by size beyond",
    "  the classes of the structure.",
    "- Threads on cores of different kinds: such rows are not used.",
    "- int8 on neural processors whose latency follows layout changes: such families say only",
    "  which network is faster.",
    "- Batches beyond 1, and networks that share a machine.",
    "",
)
REPRODUCE = (
    "## How to repeat it",
    "",
    "`make report-devices` reads only files of this repository, fits all families again with each",
    "network, chip and runtime left out in turn, and writes this file, its JSON and its pictures.",
    "`python benchmarks/device_accuracy.py --check` does the same and fails where the JSON differs",
    "by more than 1 %, or where this file is not what the JSON says.",
)
