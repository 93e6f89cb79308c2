"""A small architecture to break."""

from __future__ import annotations

GOOD = """\
title: Small
summary: Two convolutions.
paper: none
tags: [test]
settings: {width: 1.0, resolution: 32, classes: 10}
input: {image: [3, =resolution, =resolution]}
stages:
  - {name: stem, block: conv, kernel: 3, stride: 2, out: =divisible(16 * width)}
  - {name: body, block: inverted_residual, repeat: 2, expand: 2, out: 16}
  - {name: classifier, block: classifier, classes: =classes}
variants:
  "1.0":
    published:
      - {macs: 1, source: nowhere}
"""
