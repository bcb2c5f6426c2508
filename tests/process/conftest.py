"""The server that the tests here talk to."""

from tests.served import served

__all__ = ["served"]
