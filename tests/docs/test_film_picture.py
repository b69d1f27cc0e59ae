"""The README's picture of a film is small, and the README shows it."""

from __future__ import annotations

from film_picture import PICTURE, SCALE, SIZE
from manual_pages import README, links
from PIL import Image


def test_the_picture_of_a_film_is_small_and_large_enough_for_a_slide() -> None:
    assert PICTURE in [(README.parent / target).resolve() for target in links(README)]
    assert PICTURE.stat().st_size <= 80_000
    with Image.open(PICTURE) as image:
        assert image.size == (SIZE[0] * SCALE, SIZE[1] * SCALE)
