"""The whole of routing on a real Asterisk, one for all tests of this folder."""

from tests.routing.decisions.center import center, house

__all__ = ["center", "house"]
