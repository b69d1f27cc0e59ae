"""Pictures of orders can be read: no word covers another, and nothing in a guest's text is taken for a command."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.outcomes.building import Building, Fork, Wait, forks_and_writes, order_of
from tests.outcomes.test_process_graph import some_order
from tests.sampling import first_of
from vm.outcomes.orders import End, Order, Step, Stuck
from vm.outcomes.picture import CannotDraw, draw, figure

pytest.importorskip("matplotlib")


def drawn(order: Order, format: str, title: str = "") -> bytes:
    file = io.BytesIO()
    draw(order, file, format, title)
    return file.getvalue()


def words(svg: bytes) -> list[str]:
    return ["".join(text.itertext()) for text in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def line_of(step: Step) -> int:
    return step.number + 10


ORDERS = {
    "two": order_of(forks_and_writes("ab")),
    "waits": order_of([Fork(["a rather long line\n"]), "short\n", Fork(["x"]), Wait(2), "both are there\n", Wait(1)]),
    "stuck": order_of(
        [Fork(["a long last word"]), "x"],
        End(stuck=(Stuck(3, (1, 1), "bytes", "read(5", 0, ""), Stuck(2, (1,), "a child", "wait4(3", 0, ""))),
    ),
    **{f"seed {seed}": some_order(seed) for seed in range(4)},
}


@pytest.mark.parametrize("name", first_of(4, ORDERS))
def test_no_word_covers_another_or_leaves_the_page(name: str) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    picture = figure(ORDERS[name], "a title", line_of)
    canvas = FigureCanvasAgg(picture)
    canvas.draw()
    [axes] = picture.axes
    boxes = [
        (text.get_text(), text.get_window_extent(canvas.get_renderer()).padded(-1))
        for text in axes.texts
        if text.get_text()
    ]
    width, height = canvas.get_width_height()
    for number, (text, box) in enumerate(boxes):
        assert 0 <= box.x0 <= box.x1 <= width, text
        assert 0 <= box.y0 <= box.y1 <= height, text
        assert not [other for other, covered in boxes[:number] if box.overlaps(covered)], text


def test_what_a_guest_writes_is_text() -> None:
    svg = drawn(order_of(["$x_1$ <b>&amp;", "\x1b[31m\x00\xff", "你好", b"\xff\n"]), "svg", "a $title$")
    assert words(svg)[0] == "process 2"
    assert {"$x_1$ <b>&amp;", "\\x1b[31m\\x00ÿ", "\\u4f60\\u597d", "\\xff↵"} <= {*words(svg)}
    assert "a $title$" in words(svg)


@pytest.mark.parametrize("format", ["svg", "png"])
def test_the_same_order_gives_the_same_bytes(format: str) -> None:
    once = drawn(ORDERS["waits"], format, "once")
    assert drawn(ORDERS["waits"], format, "once") == once
    assert b"date" not in once.lower()


@pytest.mark.full
@pytest.mark.parametrize("format", ["svg", "png"])
def test_another_process_makes_the_same_bytes(format: str, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from vm.outcomes.picture import draw\n"
        "from tests.outcomes.test_picture import ORDERS\n"
        f"draw(ORDERS['waits'], Path(sys.argv[1]), {format!r}, 'once')"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "picture")], check=True)
    assert (tmp_path / "picture").read_bytes() == drawn(ORDERS["waits"], format, "once")


def test_lines_of_source_stand_below_their_steps() -> None:
    file = io.BytesIO()
    draw(order_of(["a"]), file, "svg", line_of=lambda step: 17 if step.call == "write" else None)
    assert [word for word in words(file.getvalue()) if word.startswith("line")] == ["line 17"]


def test_an_arrow_is_explained_once() -> None:
    building = Building()
    child = building.fork((1,))
    for _ in range(3):
        building.step(child, "read", data=building.step((1,), "write"))
    building.step(child, "read", signal=building.step((1,), "kill"))
    found = words(drawn(building.order(), "svg"))
    assert (found.count("bytes that are read"), found.count("signal"), found.count("wakes")) == (1, 1, 0)


def test_an_order_of_nothing_is_a_picture_too() -> None:
    assert drawn(Order((), order_of([]).end), "png").startswith(b"\x89PNG")


def test_a_big_picture_has_fewer_dots_and_not_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vm.outcomes.picture.MOST_PIXELS", 300_000)
    png = drawn(order_of([Fork(["x" * 30] * 5), *["z" * 30] * 30]), "png")
    width, height = (int.from_bytes(png[at : at + 4]) for at in (16, 20))
    assert 200_000 < width * height <= 300_000


def test_there_is_no_picture_without_matplotlib_and_in_no_other_format(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CannotDraw, match="'pdf', only as svg or png"):
        drawn(ORDERS["two"], "pdf")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(CannotDraw, match="pip install matplotlib"):
        drawn(ORDERS["two"], "svg")
