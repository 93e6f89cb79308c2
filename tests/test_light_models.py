"""The nine networks that the onnx package carries without their weights."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest

import costscope

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"

# Convolutions and fully connected layers multiplied out by hand from each file's shapes; where
# a network is also in torchvision its published figure is the same: densenet121 2.83 G and
# 7,978,856 parameters, resnet50 4.09 G and 25,557,032, squeezenet 1.1 0.35 G and 1,235,496,
# vgg19 19.63 G and 143,667,240.
COUNTS = {
    "bvlc_alexnet": (654_560_384, 60_965_224),
    "densenet121": (2_834_161_664, 7_978_856),
    "inception_v1": (1_431_556_352, 6_998_552),
    "inception_v2": (2_018_851_840, 11_200_000),
    "resnet50": (4_089_184_256, 25_557_032),
    "shufflenet": (124_664_528, 1_400_000),
    "squeezenet": (349_151_936, 1_235_496),
    "vgg19": (19_632_062_464, 143_667_240),
    "zfnet512": (1_481_727_008, 87_000_000),
}


@pytest.mark.parametrize("name", COUNTS)
def test_analysed_whole_with_the_published_counts(name):
    analysis = costscope.analyze(LIGHT / f"light_{name}.onnx")

    macs, params = COUNTS[name]
    assert analysis.uncosted == ()
    assert analysis.totals.work.macs == macs
    assert analysis.totals.params == params
