"""Content of images for tests."""

from __future__ import annotations

from vm.memory.segments import FileContent


def image_of(size: int) -> FileContent:
    """``size`` bytes of zeros, as an image has them."""
    return FileContent("/image", bytes(size), is_image=True)
