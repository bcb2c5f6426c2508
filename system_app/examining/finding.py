"""One line of what `doctor` reports."""

from dataclasses import dataclass
from typing import Literal

# Something that does not work, and something that does and should be otherwise where it matters.
Kind = Literal["", "warning", "wrong"]


@dataclass(frozen=True)
class Finding:
    """`text` says how it is; `advice` what to do about it, for all that is wrong or a warning."""

    topic: str
    text: str
    kind: Kind = ""
    advice: str = ""
