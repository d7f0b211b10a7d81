"""Recordings as the PBX tells of them. The model keeps nothing of them: whoever files recordings does."""

from cti_server.live.facts import RecordingTold
from cti_server.live.legs import find_leg
from cti_server.live.things.book import Book


def on_told(book: Book, fact: RecordingTold, at: float) -> None:
    """Something was told of the recording on a channel."""
    leg = find_leg(book, fact.channel, at)
    if leg is not None:
        book.recording_told(fact, leg)
