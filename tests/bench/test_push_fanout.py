from bench import push_fanout
from bench.push_fanout import SIZE, TOPIC, Ours, Peer, Raw, Readers, measured, payload
from cti_server.core.push.messages import write


def test_the_change_has_the_size_that_is_told() -> None:
    message = write(seq=1000, ts=1.5, type="queue.figures", topic=TOPIC, data=payload())
    assert len(message) == SIZE


async def test_all_ways_bring_every_byte_to_every_reader(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """`measured` returns only when the readers have counted what the sender says it sent."""
    monkeypatch.setattr(push_fanout, "FRAMES", 60)
    ours, peer, raw, readers = Ours(), Peer(), Raw(), await Readers.start()
    try:
        for name, side in (("ours", ours), ("peer", peer), ("raw", raw)):
            await readers.order(open=name, **await side.open(3))
            await readers.answer("opened", name)
        for name, send in (("ours", ours.sender(1)), ("ours", ours.sender(7)), ("peer", peer.send), ("raw", raw.send)):
            cpu, wall = await measured(readers, name, send, 3)
            assert cpu > 0
            assert wall > 0
    finally:
        await readers.close()
        for side in (ours, peer, raw):
            await side.close()
