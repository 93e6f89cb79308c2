"""The zoo against exact targets and real exports."""

from __future__ import annotations

import csv
from collections import Counter

import pytest
from corpus_paths import CORPUS, SHARED, truth
from zoo_twins import COUNTED_IN_FILE, EXPORTS, LAYERS, ONE_POSITION_MACS, TOTALS

import costscope
from costscope.verify.counts import Product
from costscope.verify.verdict import counts_of
from costscope.zoo import catalog
from costscope.zoo.build import build

TABLES = SHARED / "data" / "seed_tables"
ROWS = {row["name"]: row for row in truth()}
_MILLION = 1_000_000
WITHOUT_MACS = {"elementwise", "gather", "movement", "pooling", "reduction", "softmax", "view"}


def table(name):
    path = TABLES / name
    if not path.exists():
        return []
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


TARGETS = {(row["family"], row["variant"]): row for row in table("computed_arch_totals.csv")}
OPERATORS = table("computed_layers.csv")
OP_LEVEL = sorted({(row["family"], row["variant"]) for row in OPERATORS})


def test_every_target_has_its_network():
    assert set(TARGETS) == set(TOTALS)
    assert set(OP_LEVEL) <= set(TOTALS) | set(LAYERS)


@pytest.mark.parametrize("key", TARGETS, ids="-".join)
def test_totals_are_exact(key):
    row = TARGETS[key]
    counts = counts_of(*TOTALS[key])

    def of(column):
        return round(float(row[column]) * _MILLION)

    assert counts.macs == of("computed_macs_m")
    assert counts.macs_without_fc == of("computed_macs_nofc_m") - ONE_POSITION_MACS.get(key, 0)
    assert counts.weights == of("computed_weights_m")
    assert counts.params == of("computed_params_m")
    assert counts.params_with_statistics == of("computed_params_with_bn_stats_m")
    assert counts.memory_access == int(row["computed_mem_access_elems"])
    assert len(counts.products) == int(row["n_mac_ops"])
    assert max(_in_and_out(product) for product in counts.products) == int(
        row["peak_in_plus_out_elems"]
    )


@pytest.mark.parametrize("key", OP_LEVEL, ids="-".join)
def test_operators_are_the_tables_row_by_row(key):
    expected = [
        _row(row)
        for row in OPERATORS
        if (row["family"], row["variant"]) == key and int(row["macs"] or 0)
    ]

    found = [_of(product) for product in counts_of(*(LAYERS | TOTALS)[key]).products]

    assert found == expected


@pytest.mark.parametrize("name", EXPORTS)
def test_real_exports_count_the_same(name):
    reference, form = EXPORTS[name]

    counts = counts_of(reference, form)

    assert counts.macs == int(ROWS[name]["macs"])
    column = "file_elements" if name in COUNTED_IN_FILE else "params"
    assert counts.params == int(ROWS[name][column])


@pytest.mark.parametrize("name", EXPORTS)
def test_real_exports_have_the_same_kernels_or_the_yaml_says_which_differ(name):
    reference, form = EXPORTS[name]
    ours = _kinds(costscope.analyze(build(reference, deploy=form == "deploy")))
    real = _kinds(costscope.analyze(CORPUS / f"{name}.onnx"))

    different = sorted(kind for kind in ours | real if ours[kind] != real[kind])

    assert set(different) <= WITHOUT_MACS
    told = ", ".join(f"{kind} {ours[kind]} for {real[kind]}" for kind in different)
    architecture, _ = catalog.find(reference)
    assert not told or any(f" - {told} (" in line for line in architecture.assumed), told


def _kinds(analysis):
    """Kernels by kind; a convolution of one position is a fully connected layer."""
    found = Counter()
    for kernel in analysis.first.kernels:
        vector = all(size == 1 for t in (*kernel.reads, *kernel.writes) for size in t.dims[2:])
        kind = "fully_connected" if kernel.work.macs and vector else kernel.kind.value
        found[kind] += kernel.repeats
    return found


def _in_and_out(product: Product) -> int:
    from math import prod

    return prod(product.input_shape) + prod(product.output_shape)


def _row(row):
    size = [int(row[key] or 1) for key in ("hin", "win", "hout", "wout")]
    kernel = (
        [1, 1, 1] if size == [1, 1, 1, 1] else [int(row[k] or 1) for k in ("kh", "kw", "stride")]
    )
    channels = [int(row[key]) for key in ("cin", "cout")]
    costs = [int(row[key]) for key in ("macs", "weights")]
    return (*kernel, int(row["groups"] or 1), *channels, *size, *costs)


def _of(product: Product):
    if product.on_vectors:
        channels = (product.input_shape[1], product.output_shape[1])
        return (
            1,
            1,
            1,
            max(1, product.groups),
            *channels,
            1,
            1,
            1,
            1,
            product.macs,
            product.weights,
        )
    return (
        *product.weight_shape[2:],
        product.strides[0],
        product.groups,
        product.input_shape[1],
        product.output_shape[1],
        *product.input_shape[2:],
        *product.output_shape[2:],
        product.macs,
        product.weights,
    )
