"""The picture of a validation: everything shown, nothing covered."""

from __future__ import annotations

import random

import pytest
from accuracy_cases import BROKEN, NETWORKS, SWIN, accuracy, network

from costscope.accuracy.plot import draw, panel_of, picture
from costscope.accuracy.scatter import draw_scatter
from costscope.errors import UsageError
from costscope.views.roofline.lettering import boxes


def many(seed, count=60):
    rolls = random.Random(seed)
    nets = []
    for number in range(count):
        measured_s = 10 ** rolls.uniform(-3.3, -0.6)
        predicted_s = measured_s * 2 ** rolls.gauss(0, 0.2)
        nets.append(network(f"a_rather_long_name_{number}", measured_s, predicted_s))
    return tuple(nets)


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_same_panels_give_the_same_file(tmp_path, suffix):
    panels = [panel_of(accuracy(*NETWORKS))]
    first, second = tmp_path / f"1{suffix}", tmp_path / f"2{suffix}"

    draw(panels, first)
    draw(panels, second)

    assert first.read_bytes() == second.read_bytes()
    assert len(first.read_bytes()) > 5000


@pytest.mark.parametrize("seed", range(4))
def test_names_and_numbers_of_the_worst_do_not_cover_each_other(seed):
    (axes,) = picture([panel_of(accuracy(*many(seed), SWIN, BROKEN))]).axes
    axes.clear()

    texts = draw_scatter(axes, (*many(seed), SWIN, BROKEN), title="title", subtitle="figures")

    found = [boxes(text)[0] for text in texts]
    for number, one in enumerate(found):
        assert not any(one.overlaps(other) for other in found[number + 1 :])
    listed, *numbers = texts
    assert len(listed.get_text().splitlines()) == 11
    assert len(numbers) >= 8


def test_the_list_names_the_farthest_off_with_their_errors():
    (axes,) = picture([panel_of(accuracy(*NETWORKS))]).axes

    texts = [text.get_text() for text in axes.texts]

    (listed,) = [text for text in texts if text.startswith("farthest off")]
    assert listed.splitlines()[1] == "1  lcnet_050 +50 %"
    assert "swin" not in listed  # a lower bound is not an error
    assert any(text.startswith("5 networks: MAPE ") for text in texts)


def test_the_legend_counts_bands_and_lower_bounds():
    (axes,) = picture([panel_of(accuracy(*NETWORKS))]).axes

    labels = [text.get_text() for text in axes.get_legend().get_texts()]

    assert labels == [
        "within 10 %",
        "within 20 %",
        "below 2 ms (1)",
        "2 to 10 ms (1)",
        "10 to 40 ms (1)",
        "40 ms and more (2)",
        "lower bounds only (1)",
    ]


def test_both_axes_are_the_same_and_hold_every_mark():
    (axes,) = picture([panel_of(accuracy(*NETWORKS))]).axes

    assert axes.get_xlim() == axes.get_ylim()
    low, high = axes.get_xlim()
    assert all(low < value < high for each in NETWORKS for value in each.pair or (low * 2,))


def test_four_panels():
    assert len(picture([panel_of(accuracy(*NETWORKS), title=str(n)) for n in range(4)]).axes) == 4


def test_what_cannot_be_drawn_is_one_line(tmp_path):
    for path, some in ((tmp_path / "a.png", accuracy(BROKEN)), (tmp_path / "a.txt", accuracy())):
        with pytest.raises(UsageError) as raised:
            draw([panel_of(some)], path)
        assert "\n" not in str(raised.value)
    assert list(tmp_path.iterdir()) == []
