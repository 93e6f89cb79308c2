"""Families by name, and the file that splits them."""

from __future__ import annotations

import pytest

from costscope.accuracy.families import Half, family_of, read_split
from costscope.errors import UsageError


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("timm_mobilenetv2_050__dyn", "mobilenetv2"),
        ("tv_mobilenet_v2", "mobilenetv2"),
        ("zoo:mobilenet_v2@0.5", "mobilenetv2"),
        ("resnet18", "resnet"),
        ("zoo:wide_resnet", "resnet"),
        ("tv_resnext50_32x4d", "resnext"),
        ("timm_efficientformerv2_s0", "efficientformerv2"),
        ("timm_tf_efficientnet_b0", "efficientnet"),
        ("timm_ese_vovnet19b_dw", "vovnet"),
        ("tv_vgg16", "vgg"),
        ("tv_shufflenet_v2_x0_5", "shufflenetv2"),
        ("3d", "3d"),
        ("???", "???"),
    ],
)
def test_the_family_that_a_name_tells(name, family):
    assert family_of(name) == family


def split(tmp_path, text):
    path = tmp_path / "families.yaml"
    path.write_text(text, encoding="utf-8")
    return read_split(path)


def test_a_split_finds_the_half_of_each_spelling(tmp_path):
    found = split(tmp_path, "choose: [resnet, mobilenet]\nreport: [repvgg, mobilenetv3]\n")

    assert found.half("zoo:rep_vgg") is Half.REPORT
    assert found.half("timm_repvgg_a0_rep") is Half.REPORT
    assert found.half("tv_mobilenet_v2") is Half.CHOOSE
    assert found.half("tv_mobilenet_v3_small") is Half.REPORT  # the longer name wins
    assert found.family("tv_mobilenet_v3_small") == "mobilenetv3"
    assert found.half("wide_resnet50_2") is Half.CHOOSE
    assert found.half("tv_resnext50") is Half.NEITHER
    assert found.half("tv_swin_t") is Half.NEITHER


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("choose: [a]\n", "expected the keys choose and report"),
        ("choose: [a]\nreport: [b]\nthird: [c]\n", "expected the keys choose and report"),
        ("choose: resnet\nreport: [b]\n", "choose: expected a list"),
        ("choose: [resnet]\nreport: [vgg, resnet]\n", "resnet stands in both halves"),
        ("choose: [mobilenet_v2]\nreport: []\n", "write it 'mobilenetv2'"),
        ("choose: [a]\nchoose: [b]\nreport: []\n", "choose"),
        ("choose: [\n", "not a YAML"),
    ],
)
def test_mistakes_are_one_line_with_the_file(tmp_path, text, said):
    with pytest.raises(UsageError) as raised:
        split(tmp_path, text)

    assert said in str(raised.value)
    assert "families.yaml" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_no_such_file(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_split(tmp_path / "absent.yaml")
