"""The server that the tests here talk to."""

from tests.process.installing import installed
from tests.served import served

__all__ = ["installed", "served"]
