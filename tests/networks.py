"""MobileNetV2 as an ONNX graph without weights, built from its paper's table.

Source: Sandler et al. 2018, arXiv 1801.04381, Table 2; batch norm folded into the
convolutions; node names say stage and block.

`python tests/networks.py models/mobilenet_v2.onnx` writes the network that the README and
`make demo` use.
"""

from __future__ import annotations

import sys
from pathlib import Path

from onnx import ModelProto, NodeProto, TensorProto, checker, helper

# expansion, output channels, repeats, stride of the first
_STAGES = [
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
]


class _Builder:
    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.shapes: dict[str, list[int]] = {}

    def weight(self, name: str, shape: list[int]) -> str:
        """A weight in short form: its shape is an initializer, its elements are not."""
        self.shapes[f"{name}.shape"] = shape
        self.nodes.append(
            helper.make_node("ConstantOfShape", [f"{name}.shape"], [name], name=f"{name}.fill")
        )
        return name

    def conv(
        self,
        data: str,
        name: str,
        cin: int,
        cout: int,
        *,
        kernel: int = 1,
        stride: int = 1,
        group: int = 1,
        act: bool = True,
    ) -> str:
        inputs = [
            data,
            self.weight(f"{name}.weight", [cout, cin // group, kernel, kernel]),
            self.weight(f"{name}.bias", [cout]),
        ]
        pad = kernel // 2
        self.nodes.append(
            helper.make_node(
                "Conv",
                inputs,
                [f"{name}.out"],
                name=name,
                group=group,
                kernel_shape=[kernel] * 2,
                strides=[stride] * 2,
                pads=[pad] * 4,
            )
        )
        if not act:
            return f"{name}.out"
        self.nodes.append(
            helper.make_node(
                "Clip", [f"{name}.out", "zero", "six"], [f"{name}.relu6"], name=f"{name}.activation"
            )
        )
        return f"{name}.relu6"


def mobilenet_v2(resolution: int = 224, classes: int = 1000) -> ModelProto:
    """MobileNetV2 1.0: 3,487,816 parameters with batch norm folded, 300,774,272 MACs at 224."""
    build = _Builder()
    data = build.conv("image", "stem", 3, 32, kernel=3, stride=2)
    channels = 32
    for stage, (expand, width, repeats, stride) in enumerate(_STAGES, start=1):
        for block in range(1, repeats + 1):
            name = f"stage{stage}.block{block}"
            entry, hidden = data, channels * expand
            if expand > 1:
                data = build.conv(data, f"{name}.expand", channels, hidden)
            data = build.conv(
                data,
                f"{name}.depthwise",
                hidden,
                hidden,
                kernel=3,
                stride=stride if block == 1 else 1,
                group=hidden,
            )
            data = build.conv(data, f"{name}.project", hidden, width, act=False)
            if block > 1:
                build.nodes.append(
                    helper.make_node("Add", [entry, data], [f"{name}.out"], name=f"{name}.add")
                )
                data = f"{name}.out"
            channels = width
    data = build.conv(data, "head", channels, 1280)
    build.nodes += [
        helper.make_node("GlobalAveragePool", [data], ["pooled"], name="pool"),
        helper.make_node("Flatten", ["pooled"], ["features"], name="flatten"),
    ]
    weight = build.weight("classifier.weight", [classes, 1280])
    bias = build.weight("classifier.bias", [classes])
    build.nodes.append(
        helper.make_node(
            "Gemm", ["features", weight, bias], ["logits"], name="classifier", transB=1
        )
    )
    return _model(build, resolution, classes)


def _model(build: _Builder, resolution: int, classes: int) -> ModelProto:
    literals = [
        helper.make_tensor(name, TensorProto.FLOAT, [], [value])
        for name, value in (("zero", 0.0), ("six", 6.0))
    ]
    shapes = [
        helper.make_tensor(name, TensorProto.INT64, [len(shape)], shape)
        for name, shape in build.shapes.items()
    ]
    image = helper.make_tensor_value_info(
        "image", TensorProto.FLOAT, ["batch", 3, resolution, resolution]
    )
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", classes])
    graph = helper.make_graph(build.nodes, "mobilenet_v2", [image], [logits], literals + shapes)
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", 17)],
        producer_name="costscope",
        ir_version=8,
    )
    checker.check_model(model, full_check=True)
    return model


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(mobilenet_v2().SerializeToString(deterministic=True))
