"""MimeType: what a file is, with the other names of it and the usual extension."""

from dataclasses import dataclass

SNIFFED_BYTES = 3072


@dataclass(frozen=True, slots=True)
class MimeType:
    """A detected type; `extension` has its dot or is empty."""

    name: str
    extension: str = ""
    aliases: tuple[str, ...] = ()

    def is_a(self, expected: str) -> bool:
        """Whether `expected` names this type; parameters and case do not matter."""
        expected = expected.partition(";")[0].strip().lower()
        return expected == self.name or expected in self.aliases
