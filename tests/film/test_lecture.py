"""The ten films of a lecture: each opens, is called as the list of them has it, and shows what its caption says."""

from __future__ import annotations

import html
import os
import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.forking import forked_command
from tests.sampling import one_in
from vm.film.lecture import LESSONS, Lesson, Scene, index

ROOT = Path(__file__).resolve().parents[2]
CLAIMS = {
    "01-fork": "film.arrows.filter((arrow) => arrow.kind === 'fork').length === 1 && copies(film) === 3",
    "04-vfork": "film.arrows.some((arrow) => arrow.kind === 'vfork') && copies(film) === 0"
    " && film.states(0).some(({ state }) => state === 'suspended')",
    "06-pipeline": "film.lives.length === 4 && film.arrows.filter((arrow) => arrow.kind === 'pipe').length === 2",
    "07-zombie-orphan": "film.lives.length === 3 && film.states(1).some(({ state }) => state === 'zombie')"
    " && film.arrows.some(({ kind, from, to }) => kind === 'wait' && from === 2 && to === -1)",
    "08-signal": "film.arrows.filter(({ kind, text }) => kind === 'signal' && text === 'SIGCHLD').length === 5"
    " && film.events.kind.filter((kind) => film.eventKinds[kind] === 'handler').length === 1",
    "09-threads": "film.lives.length === 2 && film.lives[1].how === 'thread' && copies(film) === 0"
    " && film.arrows.some((arrow) => arrow.kind === 'wake')",
    "10-deadlock": "film.lives.length === 6"
    " && film.lives.every((life) => film.state(life.id, film.count - 1).state === 'blocked')",
}
"""What the captions of single films say, of a `film`."""
COPIES = """const copies = (film) => Array.from({ length: film.frames }, (_, frame) => film.story(frame))
    .flat().filter(({ kind }) => kind === "fork-copy" || kind === "cow-copy").length;"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The films, as one command makes them."""
    folder = tmp_path_factory.mktemp("lecture") / "films"
    done = subprocess.run(
        [*forked_command(), "film", "--lecture", str(folder)], env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    *films, last = [line for line in done.stderr.splitlines() if line.startswith(f"forklore: {folder}")]
    assert len(films) == len(LESSONS) == 10
    assert last == f"forklore: {folder}/index.html leads to 10 films"
    return folder


def test_the_list_leads_to_all_films(folder: Path, page_of: Callable[..., Page]) -> None:
    page = page_of(folder / "index.html", viewport={"width": 390, "height": 844})
    assert page.locator("h2 a").all_inner_texts() == [lesson.title for lesson in LESSONS]
    links = page.locator("h2 a").evaluate_all("(links) => links.map((link) => link.getAttribute('href'))")
    assert sorted([*links, "index.html"]) == sorted(path.name for path in folder.iterdir())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for lesson in LESSONS:
        assert (folder / f"{lesson.name}.html").stat().st_size < 2 << 20


@pytest.mark.parametrize(
    "lesson", [lesson for lesson in LESSONS if not lesson.compared], ids=lambda lesson: lesson.name
)
def test_a_film_shows_what_its_caption_says(lesson: Lesson, folder: Path, page_of: Callable[..., Page]) -> None:
    page = page_of(folder / f"{lesson.name}.html")
    assert page.title() == lesson.title
    assert page.evaluate("document.body.textContent.replace(/\\s+/g, ' ')").find(lesson.caption) > 0
    assert page.evaluate("window.forklore.film.head.program") == f"programs/{lesson.program}"
    assert page.evaluate(f"(() => {{ const {{ film }} = window.forklore; {COPIES} return {CLAIMS[lesson.name]}; }})()")


@pytest.mark.parametrize("lesson", one_in(4, LESSONS), ids=lambda lesson: lesson.name)
def test_the_list_leads_to_the_scenes_of_a_film(lesson: Lesson, folder: Path, page_of: Callable[..., Page]) -> None:
    """There the film has an event of the scene's kind, and shows the scene's process."""
    links = dict(
        re.findall(rf'<li><a href="{lesson.name}.html(#[^"]*)">([^<]*)</a>', (folder / "index.html").read_text())
    )
    assert list(links.values()) == [html.escape(scene.words) for scene in lesson.scenes]
    page = page_of(folder / f"{lesson.name}.html")
    moments = []
    for scene, link in zip(lesson.scenes, links, strict=True):
        moment, kinds, pid = page.evaluate(
            """async (link) => {
              location.hash = link;
              await new Promise((done) => setTimeout(done, 0));
              const { film, app } = forklore, { moment, life } = app.state;
              const clock = film.clock(moment), kinds = [];
              for (let at = moment; at >= 0 && film.clock(at) === clock; at--) {
                kinds.push(...film.eventsOf(at).map((number) => film.eventKinds[film.events.kind[number]]));
              }
              return [moment, kinds, film.lives[life].pid];
            }""",
            html.unescape(link),
        )
        assert scene.kind in kinds
        assert pid == (scene.process or 2)
        moments.append(moment)
    assert moments == sorted(set(moments))


def test_a_caption_is_read_in_full(folder: Path, page_of: Callable[..., Page]) -> None:
    """On a screen at once, on a phone when it is pressed; by the keyboard, too."""
    for size in ((1280, 800), (390, 844)):
        page = page_of(folder / "01-fork.html", viewport=dict(zip(("width", "height"), size, strict=True)))
        text = page.locator("#film-caption span")
        hidden = "(text) => text.scrollHeight - text.clientHeight"
        assert (text.evaluate(hidden) > 1) == (size == (390, 844))
        page.locator("#film-caption button").focus()
        page.keyboard.press("Enter")
        assert text.evaluate(hidden) <= 1
        page.keyboard.press("Enter")
        assert (text.evaluate(hidden) > 1) == (size == (390, 844))


def test_the_settings_of_a_film_are_not_cut_beside_its_caption(folder: Path, page_of: Callable[..., Page]) -> None:
    settings = page_of(folder / "01-fork.html", viewport={"width": 1280, "height": 800}).locator("#film-settings")
    assert settings.evaluate("(text) => text.scrollWidth <= text.clientWidth")
    assert re.sub(r"\s+", " ", settings.inner_text()).endswith("exit status 0")


def test_texts_of_a_lesson_are_no_markup() -> None:
    page = index([(Lesson("n", "<b>", "a & b", "x.s", ("-c", "<i>"), scenes=(Scene("<i>", "fork"),)), 2048, ['"<b>'])])
    assert html.escape("<b>") in page
    assert html.escape("a & b") in page
    assert html.escape("programs/x.s -- -c '<i>'") in page
    assert re.findall(r"<[bi]>", page) == []


def test_the_manual_lists_the_films() -> None:
    page = (ROOT / "vm" / "manual" / "film.md").read_text()
    for lesson in LESSONS:
        assert f"| `{lesson.name}` | {lesson.title} | `programs/{lesson.program}` |" in page


def test_an_installation_has_the_programs() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    installed = wheel["force-include"]
    for lesson in LESSONS:
        assert installed[f"programs/{lesson.program}"] == f"vm/programs/{lesson.program}"
    assert all((ROOT / name).exists() for name in installed)
