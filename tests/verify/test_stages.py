"""A network stage by stage."""

from __future__ import annotations

import costscope
from costscope.verify.stages import stages_of
from costscope.zoo import catalog
from costscope.zoo.build import build


def test_stages_add_up_to_the_network():
    architecture = catalog.load("mobilenet_v2")
    analysis = costscope.analyze(build("mobilenet_v2"))

    stages = stages_of(analysis, architecture.stages)

    assert [stage.name for stage in stages] == [stage.name for stage in architecture.stages]
    assert sum(stage.macs for stage in stages) == analysis.totals.work.macs
    assert sum(stage.params for stage in stages) == analysis.totals.params
    assert stages[2].blocks == 2
    assert stages[2].output_shape == (1, 24, 56, 56)
