"""The sweep for programs: JSON with everything, CSV with a row a network and ridge point.

Ridge points are always in MACs/byte here, as the keys say, whatever unit people see.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from costscope import __version__
from costscope.ridge.types import Network, OpClass, Row, Sweep
from costscope.views.report.names import cell, labelled

Record = dict[str, Any]


def render_json(sweep: Sweep) -> str:
    """Everything: networks, rows, crossings, and the operations at the ridge points looked at."""
    names = _names(sweep)
    document = {
        "tool": {"name": "costscope", "version": __version__},
        "equation": "time_macs = sum over operations of max(macs, moved_bytes * ridge point)",
        "dtype": sweep.dtype,
        "from_macs_per_byte": float(sweep.low_macs_per_byte),
        "to_macs_per_byte": float(sweep.high_macs_per_byte),
        "models": [_model(*pair) for pair in zip(names, sweep.networks, strict=True)],
        "points": [_row(names, row, sweep) for row in sweep.rows],
        "crossings": [
            {
                "ridge_point_macs_per_byte": float(each.ridge_macs_per_byte),
                "time_macs": float(each.time_macs),
                "faster_below": names[each.faster_below],
                "faster_above": names[each.faster_above],
                "fastest_of_all": each.leads,
            }
            for each in sweep.crossings
        ],
        "operations": [each for row in sweep.shown for each in _operations(names, row, sweep)],
    }
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def render_csv(sweep: Sweep) -> str:
    """A row a network and ridge point, with the units in the head."""
    rows = [_flat(_row(_names(sweep), row, sweep)) for row in sweep.rows]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(rows[0])
    writer.writerows(row.values() for row in rows)
    return stream.getvalue()


def _names(sweep: Sweep) -> tuple[str, ...]:
    return labelled(each.name for each in sweep.networks)


def _model(name: str, network: Network) -> Record:
    return {
        "name": name,
        "macs": network.macs,
        "moved_bytes": network.moved_bytes,
        "operations": len(network.operations),
        "left_out_kernels": network.left_out,
        "left_out_bytes": network.left_out_bytes,
        "uncosted_operators": network.uncosted,
    }


def _row(names: tuple[str, ...], row: Row, sweep: Sweep) -> Record:
    return {
        "model": names[row.network],
        "ridge_point_macs_per_byte": float(row.ridge_macs_per_byte),
        "time_macs": float(row.time_macs),
        "to_best_ratio": float(row.to_best_ratio),
        "rank": row.rank,
        "memory_bound_operations": row.memory_bound,
        "operations": len(sweep.networks[row.network].operations),
        "share_ratios": {str(each): float(row.share_ratios.get(each, 0)) for each in OpClass},
    }


def _flat(record: Record) -> Record:
    shares = {f"{each}_ratio": ratio for each, ratio in record.pop("share_ratios").items()}
    return {**record, "model": cell(record["model"]), **shares}


def _operations(names: tuple[str, ...], row: Row, sweep: Sweep) -> Iterator[Record]:
    for order, each in enumerate(sweep.networks[row.network].operations):
        time = each.time_macs(row.ridge_macs_per_byte)
        yield {
            "model": names[row.network],
            "ridge_point_macs_per_byte": float(row.ridge_macs_per_byte),
            "order": order,
            "name": each.name,
            "op_class": str(each.op_class),
            "macs": each.macs,
            "moved_bytes": each.moved_bytes,
            "time_macs": float(time),
            "share_ratio": float(time / row.time_macs),
            "bound": "memory" if each.memory_bound(row.ridge_macs_per_byte) else "compute",
        }
