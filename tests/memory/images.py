"""Content of images for tests."""

from __future__ import annotations

from vm.memory.segments import FileContent, Held


def image_of(size: int) -> FileContent:
    """``size`` bytes of zeros, as an image has them."""
    return FileContent(b"/image", Held(bytes(size)), size, is_image=True)
