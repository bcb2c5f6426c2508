"""Tables as text: whether the lines of a file have the same number of fields.

Reference: gabriel-vasile/mimetype 1.4.13, internal/csv, which counts as Go's encoding/csv does.
"""

from platform_app.wire.mime.types import SNIFFED_BYTES

_ENOUGH_LINES = 10


def is_table(head: bytes, separator: bytes) -> bool:
    """Whether the first lines have as many fields as the first one: two at least, on two lines at least."""
    if len(head) >= SNIFFED_BYTES and (end := head.rfind(b"\n")) > 0:
        head = head[:end]  # the last line may be incomplete
    counting = _Counting(head, separator)
    fields = counting.next_record()
    if fields < 2:
        return False
    lines = 1
    while lines < _ENOUGH_LINES and (count := counting.next_record()):
        if count != fields:
            return False
        lines += 1
    return lines >= 2


class _Counting:
    def __init__(self, text: bytes, separator: bytes) -> None:
        self._text = text
        self._separator = separator
        self._at = 0

    def next_record(self) -> int:
        """How many fields the next record has, comments and empty lines aside; 0 at the end."""
        while self._at < len(self._text):
            line, is_cut = self._line()
            if line not in {b"", b"\n"} and not line.startswith(b"#"):
                return self._fields(line, is_cut)
        return 0

    def _line(self) -> tuple[bytes, bool]:
        """The next line, with its line feed, or without its carriage return and both; whether that was so."""
        end = self._text.find(b"\n", self._at) + 1 or len(self._text)
        line, self._at = self._text[self._at : end], end
        if line.endswith(b"\r"):
            return line[:-1], False
        return (line[:-2], True) if line.endswith(b"\r\n") else (line, False)

    def _fields(self, line: bytes, is_cut: bool) -> int:
        fields, start = 0, 0
        while True:
            fields += 1
            if line[start : start + 1] != b'"':
                start = line.find(self._separator, start) + 1
                if not start:
                    return fields
                continue
            start += 1
            while True:  # to the end of a quoted field, which may be on another line
                end = line.find(b'"', start)
                if end >= 0:
                    start = end + 1
                    behind = line[start : start + 1]
                    if behind == self._separator:
                        start += 1
                        break
                    if behind in {b"", b"\n"} and start + len(behind) == len(line):
                        return fields
                    start += behind == b'"'
                elif start < len(line) or is_cut:
                    line, is_cut = self._line()
                    start = 0
                else:
                    return fields
