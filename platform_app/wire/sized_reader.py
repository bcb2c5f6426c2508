"""SizedReader: the place in a content of known size, for readers that say what is there."""

import io


class SizedReader(io.RawIOBase):
    """Those who inherit read from `at` on, in `readinto`, and move it; `size_bytes` is theirs to set."""

    size_bytes = 0
    at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Raises ValueError for a place before the content; behind it there is nothing to read."""
        at = {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size_bytes}[whence] + offset
        if at < 0:
            raise ValueError(f"negative seek position {at}")
        self.at = at
        return at
