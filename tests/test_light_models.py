"""The nine networks that the onnx package carries without their weights."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest

import costscope

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"

# MACs: convolutions and fully connected layers, multiplied out from each file's shapes.
MACS = {
    "bvlc_alexnet": 654_560_384,
    "densenet121": 2_834_161_664,
    "inception_v1": 1_431_556_352,
    "inception_v2": 2_018_851_840,
    "resnet50": 4_089_184_256,
    "shufflenet": 124_664_528,
    "squeezenet": 349_151_936,
    "vgg19": 19_632_062_464,
    "zfnet512": 1_481_727_008,
}
# Learned parameters as torchvision publishes them, and what a file has beside them.
PUBLISHED_PARAMS = {
    "bvlc_alexnet": 60_965_224,  # Krizhevsky et al. 2012 with two groups, in Caffe
    "densenet121": 7_978_856 + 83_648,  # Caffe keeps an identity scale and shift a batch norm
    "resnet50": 25_557_032,
    "squeezenet": 1_235_496,
    "vgg19": 143_667_240,
}


@pytest.mark.parametrize("name", MACS)
def test_analysed_whole_with_the_published_counts(name):
    analysis = costscope.analyze(LIGHT / f"light_{name}.onnx")

    totals = analysis.totals
    assert analysis.uncosted == ()
    assert totals.work.macs == MACS[name]
    if name in PUBLISHED_PARAMS:
        assert totals.params - totals.statistics == PUBLISHED_PARAMS[name]
    assert all(t.shape is not None for k in analysis.first.kernels for t in (*k.reads, *k.writes))
