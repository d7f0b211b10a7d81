import json
from types import MappingProxyType

import pytest

from cti_server.core.push.messages import Auth, Ping, Pong, Subscribe, Unsubscribe, read, write


def test_what_browsers_say() -> None:
    assert read('{"type":"auth","ticket":"x"}') == Auth("x")
    assert read('{"type":"subscribe","topics":["me"],"since":{"me":"a:1"}}') == Subscribe(["me"], {"me": "a:1"})
    assert read('{"type":"unsubscribe","topics":["me"]}') == Unsubscribe(["me"])
    assert read('{"type":"pong","ts":1}') == Pong()
    assert read('{"type":"ping"}') == Ping()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"type":"auth"}',
        '{"type":"auth","ticket":1}',
        '{"type":"auth","ticket":"' + "x" * 200 + '"}',
        '{"type":"auth","ticket":"x","role":"admin"}',
        '{"type":"dial","number":"110"}',
        '{"type":"subscribe","topics":"me"}',
        '{"type":"subscribe","topics":' + json.dumps(["t"] * 33) + "}",
        '{"type":"subscribe","topics":["' + "t" * 65 + '"]}',
        '{"type":"subscribe","topics":["me"],"since":{"me":5}}',
        "[" * 10_000,
        '{"type":"subscribe","topics":["\\ud800"]}',
    ],
)
def test_what_is_none_of_ours(text: str) -> None:
    assert read(text) is None


def test_our_own_messages_take_the_models_collections() -> None:
    message = write(type="x", data={"a": MappingProxyType({"b": frozenset({1})})})
    assert json.loads(message) == {"type": "x", "data": {"a": {"b": [1]}}}
    with pytest.raises(NotImplementedError):
        write(data=object())
