"""How a thumb is cut out of a picture: the arithmetic behind `100x50`, `100x50t`, `100x50f` and `0x50`.

Reference: contract/files.md 3; tools/filesystem/filesystem.go (createThumb), PocketBase v0.39.11, and what
disintegration/imaging v1.6.2 makes of it. Floors, roundings and the order of operations are theirs.
"""

import math
import re
from dataclasses import dataclass

# Pictures that are smaller than this on one side are scaled before they are cut, larger ones afterwards.
_SMALL = 100
_SIZE = re.compile(r"([0-9]{1,9})x([0-9]{1,9})([tbf]?)")


@dataclass(frozen=True)
class Cut:
    """A thumb's `width` and `height`, and the part of the picture that it shows, in the picture's pixels.

    `crop` (left, top, right, bottom) is cut out first: what lies beyond has no part in the thumb. `box`,
    which counts from the crop's corner, is then scaled.
    """

    width: int
    height: int
    crop: tuple[int, int, int, int]
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class ThumbSize:
    """A size as configured; one of `width` and `height` may be 0, `letter` is "", "t", "b" or "f"."""

    width: int
    height: int
    letter: str = ""

    @classmethod
    def parse(cls, text: str) -> "ThumbSize":
        """Raises ValueError."""
        found = _SIZE.fullmatch(text)
        size = cls(int(found[1]), int(found[2]), found[3]) if found else cls(0, 0)
        if not size.width and not size.height:
            raise ValueError(f"{text[:50]!r} is no size of a thumb")
        return size

    def cut(self, width: int, height: int) -> Cut:
        """How to cut this size out of a picture of `width` x `height`.

        >>> ThumbSize.parse("50x50t").cut(200, 100)
        Cut(width=50, height=50, crop=(50, 0, 150, 100), box=(0, 0, 100, 100))
        >>> ThumbSize.parse("0x50").cut(200, 100)
        Cut(width=100, height=50, crop=(0, 0, 200, 100), box=(0, 0, 200, 100))
        """
        if not self.width or not self.height:
            return _scaled(width, height, self.width, self.height)
        if self.letter == "f":
            return self._fitted(width, height)
        if (width, height) == (self.width, self.height):
            return _scaled(width, height, width, height)
        if width >= _SMALL and height >= _SMALL:
            return self._cropped_then_scaled(width, height)
        return self._scaled_then_cropped(width, height)

    def _fitted(self, width: int, height: int) -> Cut:
        if width <= self.width and height <= self.height:
            return _scaled(width, height, width, height)
        ratio = width / height
        if ratio > self.width / self.height:
            return _scaled(width, height, self.width, int(self.width / ratio))
        return _scaled(width, height, int(self.height * ratio), self.height)

    def _cropped_then_scaled(self, width: int, height: int) -> Cut:
        if width / height < self.width / self.height:
            crop_width, crop_height = width, int(max(1.0, width * self.height / self.width) + 0.5)
        else:
            crop_width, crop_height = int(max(1.0, height * self.width / self.height) + 0.5), height
        left, top = self._corner(width, height, crop_width, crop_height)
        return Cut(
            self.width,
            self.height,
            crop=(left, top, left + crop_width, top + crop_height),
            box=(0, 0, crop_width, crop_height),
        )

    def _scaled_then_cropped(self, width: int, height: int) -> Cut:
        if width / height < self.width / self.height:
            whole = _scaled(width, height, self.width, 0)
        else:
            whole = _scaled(width, height, 0, self.height)
        left, top = self._corner(whole.width, whole.height, self.width, self.height)
        across, down = width / whole.width, height / whole.height
        box = (left * across, top * down, (left + self.width) * across, (top + self.height) * down)
        return Cut(self.width, self.height, crop=(0, 0, width, height), box=box)

    def _corner(self, width: int, height: int, inner_width: int, inner_height: int) -> tuple[int, int]:
        """Where in a picture a part of it lies: in the middle, at the top or at the bottom."""
        left = (width - inner_width) // 2
        top = {"t": 0, "b": height - inner_height}.get(self.letter, (height - inner_height) // 2)
        return left, top


def _scaled(width: int, height: int, to_width: int, to_height: int) -> Cut:
    """The whole picture; a side that is 0 follows the other."""
    if not to_width:
        to_width = max(1, math.floor(to_height * width / height + 0.5))
    if not to_height:
        to_height = max(1, math.floor(to_width * height / width + 0.5))
    return Cut(to_width, to_height, crop=(0, 0, width, height), box=(0, 0, width, height))
