"""Rows of the shipped tables of measurements."""

from __future__ import annotations

from pathlib import Path

import pytest

from costscope.errors import ModelError
from costscope.fit.rows import Row, read_rows

HEADER = (
    "profile,model,latency_ms,latency_min_ms,latency_max_ms,runtime,version,threads,dtype,date,"
    "use,source_repo,source_path,source_commit"
)
GOOD = "pi,squeezenet,20,19,23,ncnn,v1,4,float32,2023-01-02,fit,Tencent/ncnn,README.md#L3,abc"


def written(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "ncnn.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_a_row(tmp_path: Path) -> None:
    assert read_rows(written(tmp_path, GOOD)) == (
        Row(
            table="ncnn",
            profile="pi",
            model="squeezenet",
            latency_s=0.02,
            spread_ratio=0.2,
            runtime="ncnn",
            version="v1",
            threads=4,
            dtype="float32",
            date="2023-01-02",
            use="fit",
            origin="Tencent/ncnn/README.md#L3",
        ),
    )


def test_what_a_row_may_leave_out(tmp_path: Path) -> None:
    (found,) = read_rows(written(tmp_path, GOOD.replace("19,23", ",").replace("v1,4", ",")))

    assert (found.spread_ratio, found.version, found.threads) == (None, "", 1)


def test_a_row_of_memory_alone_is_none(tmp_path: Path) -> None:
    memory = GOOD.replace(",20,19,23,", ",,,,").replace(",fit,", ",no latency,")

    assert read_rows(written(tmp_path, memory, GOOD))[0].latency_s == 0.02


@pytest.mark.parametrize(
    "row",
    [
        GOOD.replace(",20,", ",0,"),
        GOOD.replace(",20,", ",-3,"),
        GOOD.replace(",20,", ",nan,"),
        GOOD.replace(",20,", ",inf,"),
        GOOD.replace(",20,", ",fast,"),
        GOOD.replace(",20,19,23,", ",,,,"),
        GOOD.replace(",4,", ",four,"),
        GOOD.replace(",4,", ",-4,"),
        "pi,squeezenet,20",
    ],
)
def test_a_broken_row_is_told_with_its_line(tmp_path: Path, row: str) -> None:
    with pytest.raises(ModelError, match=r"ncnn\.csv, line 3: "):
        read_rows(written(tmp_path, GOOD, row))


def test_broken_files(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no column use"):
        read_rows(written(tmp_path, header=HEADER.replace("use,", "")))
    with pytest.raises(ModelError, match="cannot be read"):
        read_rows(tmp_path / "missing.csv")
