"""The global picture: what is drawn is what the records say, and nothing lies on anything else."""

from __future__ import annotations

import csv
import io
import itertools

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from nudipole.errors import NudipoleError, UnknownName
from nudipole.limits import record, records, world
from nudipole.limits.picture import PROJECTED, SIGNED
from nudipole.limits.words import PROPERTIES


def test_bars_are_the_records():
    """Every current record with a number in the common convention is a bar or counted as left out."""
    for name in PROPERTIES:
        chosen = [one for one in records().values() if one.bound.property == name and not one.superseded_by]
        if not any(one.common for one in chosen):
            continue
        found, every = world(name), world(name, most=None)
        assert {bar.record for bar in every.bars} == {one.id for one in chosen if one.common}
        assert every.without_number == sum(not one.common for one in chosen)
        assert len(found.bars) + sum(found.left_out.values()) == len(every.bars)
        for bar in every.bars:
            one = record(bar.record)
            assert (bar.low, bar.high) == (one.common[0][0], one.common[-1][1])
            assert (bar.group == PROJECTED) == (one.bound.status in ("projection", "sensitivity"))


def test_numbers_that_the_talks_show():
    """XENONnT 6.4e-12, GEMMA 2.9e-11, stars 1.2e-12; XENON1T as a claim; the minimal Dirac neutrino 3.2e-19 (m/eV)."""
    found = world(mass=0.05, scale=1.0)
    ends = {bar.record: bar.high for bar in found.bars}
    assert ends["xenonnt-2022-mu-solar"] == 6.4e-12
    assert ends["gemma-2012-mu-e"] == 2.9e-11
    assert ends["capozzi-2020-mu-omega-cen"] == 1.2e-12
    assert "khan-2020-mu-solar" in ends
    assert [line.value for line in found.lines] == pytest.approx([1.6e-20, 5.1e-20, 1.76e-16], rel=5e-3)


def test_of_a_nature_also_what_holds_for_either():
    dirac, majorana = (world(nature=nature, most=None) for nature in ("dirac", "majorana"))
    shared = {bar.record for bar in dirac.bars} & {bar.record for bar in majorana.bars}
    assert {record(name).bound.quantity.nature for name in shared} == {"either"}
    assert "li-2023-mu-neff" in {bar.record for bar in dirac.bars} - shared


def test_strongest_of_each_experiment_first():
    for bars in world(most=4).groups.values():
        limits = [bar for bar in bars if bar.status != "claim" and bar.group != "expectations of theory"]
        assert len(limits) <= 4
        assert [bar.strength for bar in limits] == sorted(bar.strength for bar in limits)
        assert len({(bar.who, bar.whose) for bar in limits}) == len(limits)


def test_csv_beside_the_picture():
    found = world("charge-radius")
    rows = list(csv.DictReader(io.StringIO(found.to_csv())))
    assert [row["record"] for row in rows] == [bar.record for bar in found.bars]
    assert {row["unit"] for row in rows} == {"cm^2"}


@pytest.mark.parametrize("width", [3.5, 7.2])
@pytest.mark.parametrize("name", ["magnetic-moment", "millicharge", "charge-radius", "antineutrino-conversion"])
def test_no_text_lies_on_another_or_outside(name, width):
    found = world(name, marks={"mine": 2e-11} if name not in SIGNED else {})
    for fig in (found.plot(width), world(name, most=None, current=False).history(width)):
        canvas = FigureCanvasAgg(fig)
        canvas.draw()
        (axes,) = fig.axes
        rows = [t for t in axes.get_yticklabels() if axes.viewLim.y0 < t.get_position()[1] < axes.viewLim.y1]
        texts = [*(rows or axes.get_yticklabels()), *axes.texts, *fig.texts, axes.xaxis.label, axes.yaxis.label]
        texts += [text for legend in fig.legends for text in legend.get_texts()]
        boxes = [(t.get_text(), t.get_window_extent()) for t in texts if t.get_text() and t.get_visible()]
        for text, box in boxes:
            inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= fig.bbox.x1 and box.y1 <= fig.bbox.y1
            assert inside, (name, width, text)
        for (one, a), (other, b) in itertools.combinations(boxes, 2):
            apart = a.x1 <= b.x0 + 1 or b.x1 <= a.x0 + 1 or a.y1 <= b.y0 + 3 or b.y1 <= a.y0 + 3
            assert apart, (name, width, one, other)


def test_what_is_wrong():
    with pytest.raises(UnknownName, match="property"):
        world("mass")
    with pytest.raises(UnknownName, match="nature"):
        world(nature="weyl")
    with pytest.raises(NudipoleError, match="no limit is left by flavour 23"):
        world("lifetime-over-mass", flavour="23")
