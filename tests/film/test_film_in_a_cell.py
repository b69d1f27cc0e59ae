"""A film in a cell of a notebook: the same page, in a frame that may do nothing but run its scripts."""

from __future__ import annotations

import pickle
import resource
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Frame, Page

from tests.film.conftest import Watched
from tests.programs.headers import PROGRAMS_FOLDER
from vm import CannotRun, Machine, events
from vm.film import Film

EDITOR = (
    "default-src 'none'; script-src https://*.vscode-cdn.net 'unsafe-inline' 'unsafe-eval'; connect-src https:; "
    "style-src https://*.vscode-cdn.net 'unsafe-inline'; img-src https: http: data:; child-src https: data:"
)
"""What Visual Studio Code lets the cells of a notebook do, where it is told to restrict them."""
HOSTILE = "\"'><script>top.document.title = 'broken'</script></iframe><img src=x onerror=\"top.name=1\">&quot;"


LOOKS = {"light": ((33, 33, 33), (255, 255, 255)), "dark": ((222, 222, 222), (17, 17, 17))}
"""The colours of text and background of JupyterLab's themes."""


def notebook(*shown: str, policy: str = "", style: str = "") -> str:
    """A page with the outputs of cells, as a notebook's own page has them."""
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">' if policy else ""
    cells = "".join(f'<div class="cell">{each}</div>' for each in shown)
    return f'<!doctype html>{meta}<title>notebook</title><body style="{style}">{cells}'


def film_in(page: Page, number: int = 0) -> Frame:
    """The frame of a film, which is ready."""
    element = page.locator("iframe").nth(number)
    element.scroll_into_view_if_needed()
    frame = element.element_handle().content_frame()
    assert frame is not None
    frame.wait_for_function("window.forklore && window.forklore.ready.then(() => true)")
    return frame


def film_of(name: str = "fork_isolation.s", **given: int) -> Film:
    return Machine(quantum=50).boot(PROGRAMS_FOLDER / name).film(**given)


@pytest.mark.parametrize("policy", ["", EDITOR], ids=["free", "restricted"])
def test_it_is_the_page_that_is_saved_and_it_answers(page_of: Watched, tmp_path: Path, policy: str) -> None:
    film = film_of()
    film.save(tmp_path / "saved.html")
    page = page_of(notebook(film._repr_html_(), policy=policy), viewport={"width": 1000, "height": 800})
    frame = film_in(page)
    assert page.locator("iframe").get_attribute("srcdoc") == (tmp_path / "saved.html").read_text("utf-8") == film.html
    assert frame.evaluate("forklore.film.count") == film.moments > 20
    page.locator("iframe").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    frame.wait_for_function("forklore.app.state.moment === 1")
    frame.get_by_role("button", name="Last moment").click()
    frame.wait_for_function("forklore.app.state.moment === forklore.film.count - 1")
    box = page.locator("iframe").bounding_box()
    assert box is not None
    assert (box["width"] > 900, box["height"]) == (True, 720)
    assert page.locator(".cell").inner_text().startswith(repr(film)[1:-1])


def test_a_film_that_cannot_be_saved_leaves_the_older_one(tmp_path: Path) -> None:
    path = tmp_path / "film.html"
    path.write_bytes(b"older")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    film = film_of()
    assert len(film.html) > 1000
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            film.save(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == b"older"


def test_it_may_do_nothing_else(page_of: Watched) -> None:
    page = page_of(notebook(film_of()._repr_html_()))
    frame = film_in(page)
    assert frame.evaluate("origin") == "null"
    reached = "() => { try { return parent.document.title; } catch (error) { return error.name; } }"
    assert frame.evaluate(reached) == "SecurityError"
    assert page.locator("iframe").get_attribute("sandbox") == "allow-scripts"


def test_films_in_one_notebook_go_their_own_ways(page_of: Watched) -> None:
    page = page_of(notebook(film_of()._repr_html_(), film_of("vfork_exec.s")._repr_html_()))
    first, second = film_in(page, 0), film_in(page, 1)
    first.evaluate("forklore.app.show({moment: 5})")
    second.evaluate("forklore.app.show({moment: 3})")
    assert [frame.evaluate("forklore.app.state.moment") for frame in (first, second)] == [5, 3]
    assert [frame.evaluate("forklore.film.name(0, 0)") for frame in (first, second)] == [
        "fork_isolation.s",
        "vfork_exec.s",
    ]


def test_what_a_guest_says_stays_text_in_all_cells(page_of: Watched, tmp_path: Path) -> None:
    program = tmp_path / f"{HOSTILE.replace('/', '%')}.s"
    program.write_text((PROGRAMS_FOLDER / "echo.s").read_text())
    run = Machine().boot(program, [HOSTILE, "\udcff"]).start()
    cells = [run._repr_html_(), run.film(caption=HOSTILE)._repr_html_(), run.finish()._repr_html_()]
    page = page_of(notebook(*cells))
    frame = film_in(page)
    frame.evaluate("forklore.app.show({moment: forklore.film.count - 1})")
    assert page.title() == "notebook"
    assert page.locator("script, img").count() == 0
    assert HOSTILE in page.locator("details", has_text="output").first.inner_text()
    assert frame.locator("img").count() == 0
    assert frame.locator("#film-caption").inner_text() == HOSTILE
    assert frame.title() == f"{f'{program.name} {HOSTILE}'[:99]}…"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_reports_have_the_colours_of_their_notebook(page_of: Watched, scheme: str) -> None:
    """They bring none along: their text is the notebook's, whatever the reader's system prefers."""
    ink, paper = LOOKS[scheme]
    shown = Machine().run(PROGRAMS_FOLDER / "fork_exec.s")._repr_html_()
    page = page_of(notebook(shown, style=f"color: rgb{ink}; background: rgb{paper}"), color_scheme=scheme)
    of_all = "(names) => [...document.querySelectorAll('.cell *')].map((each) => getComputedStyle(each)[names])"
    assert set(page.evaluate(of_all, "color")) == {f"rgb{ink}"}
    assert set(page.evaluate(of_all, "backgroundColor")) == {"rgba(0, 0, 0, 0)"}
    faintest = min(map(float, page.evaluate(of_all, "opacity")))
    assert faintest < 1
    faint = [faintest * a + (1 - faintest) * b for a, b in zip(ink, paper, strict=True)]
    assert contrast(faint, paper) >= 4.5


def contrast(one: Sequence[float], other: Sequence[float]) -> float:
    """The contrast of two colours, red, green and blue from 0 to 255 each (WCAG 2.1, "contrast ratio")."""

    def luminance(colour: Sequence[float]) -> float:
        parts = [each / 255 for each in colour]
        linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
        return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_a_film_begins_where_its_run_stands(tmp_path: Path) -> None:
    run = Machine(quantum=50).boot(PROGRAMS_FOLDER / "fork_isolation.s")
    run.advance(events.Created)
    clock, whole = run.kernel.clock, film_of()
    film = run.film()
    assert repr(film) == f"<Film of fork_isolation.s: {film.moments} moments from {clock} to 442 ns>"
    assert film.moments < whole.moments
    assert run.finish() == Machine(quantum=50).run(PROGRAMS_FOLDER / "fork_isolation.s")
    part = film_of(from_=100, until=200)
    clocks = part.reel.column("moments", "clock")
    assert clocks.min() >= 100
    assert clocks.max() <= 201
    assert pickle.loads(pickle.dumps(part)).html == part.html


def test_what_cannot_be_filmed_is_said() -> None:
    run = Machine().boot(PROGRAMS_FOLDER / "hello.s")
    with pytest.raises(ValueError, match="ends no earlier than it begins"):
        run.film(from_=5, until=4)
    assert repr(run).endswith("not started>")
    with pytest.raises(ValueError, match="the run has ended at clock"):
        run.film(from_=1_000_000)
    with pytest.raises(ValueError, match="the run has ended; to film it, boot another one"):
        run.film()
    with pytest.raises(CannotRun):
        Machine().boot(PROGRAMS_FOLDER / "not_an_image").film()
