"""Vendor: the two database engines, as Django's connections name them."""

from typing import Literal

Vendor = Literal["sqlite", "postgresql"]
