"""A key opens one recording for one session, while it is used."""

import pytest

from cti_server.core.errors import NotFound
from cti_server.recording.listening import KEY_SECONDS, MOST_KEYS, Keys, Purpose


def test_a_key_is_good_for_its_session_and_recording_alone_and_ends_when_it_is_not_used() -> None:
    keys = Keys()
    key = keys.give(5, 70, Purpose.LISTEN, 0.0)
    assert keys.use(key, 5, 70, KEY_SECONDS - 1) is Purpose.LISTEN
    assert keys.use(key, 5, 70, 2 * KEY_SECONDS - 2) is Purpose.LISTEN
    for recording, session, text in ((6, 70, key), (5, 71, key), (5, 70, "x"), (5, 70, "")):
        with pytest.raises(NotFound):
            keys.use(text, recording, session, 2 * KEY_SECONDS - 2)
    with pytest.raises(NotFound):
        keys.use(key, 5, 70, 4 * KEY_SECONDS)


def test_keys_are_bounded() -> None:
    keys = Keys()
    first = keys.give(1, 1, Purpose.LISTEN, 0.0)
    for _ in range(MOST_KEYS):
        last = keys.give(1, 1, Purpose.DOWNLOAD, 0.0)
    assert keys.use(last, 1, 1, 1.0) is Purpose.DOWNLOAD
    with pytest.raises(NotFound):
        keys.use(first, 1, 1, 1.0)
