"""The picture of a film that the README shows: `python tests/docs/film_picture.py` takes it anew in a browser."""

from __future__ import annotations

import shutil
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "programs" / "film.png"
SIZE = (1280, 800)
SCALE = 1.25
COLOURS = 48
MOMENT = "clock=13&process=3"
"""A fork by copy, at the moment at which it has filled the child's frames."""


def take(target: Path) -> None:
    """Film the program that the README films, and take the picture."""
    from forklore import Machine

    run = Machine(memory=256 << 10).boot("programs/fork_isolation.s")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        film = Path(folder) / "film.html"
        run.film().save(film)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = browser.new_context(
            viewport={"width": SIZE[0], "height": SIZE[1]}, device_scale_factor=SCALE, color_scheme="light"
        )
        page = context.new_page()
        page.goto(f"{film.as_uri()}#{MOMENT}")
        page.evaluate("window.forklore.ready.then(() => window.forklore.app.settled())")
        image = Image.open(BytesIO(page.screenshot()))
        browser.close()
    image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "vm" / "api")]
    take(PICTURE)
