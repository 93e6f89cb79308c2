"""Where the corpus stands, and its table of independent counts."""

from __future__ import annotations

import csv
from pathlib import Path

SHARED = Path(__file__).parents[3] / "shared"
CORPUS = SHARED / "onnx_corpus"


def truth() -> list[dict[str, str]]:
    """Rows of the corpus's independent counts; none where the corpus is absent."""
    path = CORPUS / "truth.csv"
    if not path.exists():
        return []
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))
