"""The engine: where a caller is, and what was just answered → where he is then, and what is to be done next (pure).

FastAGI is its mouth in real calls, the dry run its mouth in the page; both hear the same engine.

    walk = begin(published, CallFacts(number="13800000001", did="4800"), now)
    walk, act = step(walk, Enter(), world, now)      # Say(…)
    walk, act = step(walk, Keys(), world, now)       # Ask(…)

A walk always comes to its end: nodes that pass without the caller's choice are counted, and one too many leads to the
safe queue. What each kind of node does stands in `doing.py`.
"""

from dataclasses import replace

from cti_server.routing.flows.acts import Act, CallFacts, End, Enter, Keys, Told, Visit
from cti_server.routing.flows.doing import Leave, act_of
from cti_server.routing.flows.handing import Hangup, Return, SafeQueue, SubFlow, ToAgent, ToNumber, ToQueue
from cti_server.routing.flows.nodes import Node
from cti_server.routing.flows.walk import MOST_DEEP, MOST_PASSED, MOST_SILENT, Frame, Published, Walk, World

_HANDED = (ToQueue, ToAgent, ToNumber)


def begin(published: Published, call: CallFacts, now: float) -> Walk:
    """A caller at the door of a flow."""
    document = published.document
    return Walk(
        call=call,
        frames=(Frame(published, document.start),),
        language=document.languages[0],
        entered_at=now,
        data=dict(call.extra),
    )


def step(walk: Walk, told: Told, world: World, now: float) -> tuple[Walk, Act]:
    """The state after it was told something, and the next act. `now`: unix seconds. The walk given stays as it was."""
    walk = replace(walk)
    if walk.over:
        return walk, End(safe=True, reason="over")
    if isinstance(told, Keys) and told.digits:
        walk.silent = 0
    walk.tell_time(now, world.zone)
    while True:
        act = _at_node(walk, told, world, now)
        if act is not None:
            walk.over = isinstance(act, End)
            return walk, act
        told = Enter()


def hang_up(walk: Walk, now: float) -> Walk:
    """He has hung up where he is."""
    walk = replace(walk)
    if not walk.over:
        # Whoever waits for an agent or speaks with one is no more the flow's; the queue's own figures tell the rest.
        _note(walk, "handed" if isinstance(walk.node, _HANDED) else "gone", now)
        walk.over = True
    return walk


def _at_node(walk: Walk, told: Told, world: World, now: float) -> Act | None:
    """The act of the node that he is at; None when he went on to another node."""
    node = walk.frames[-1].published.document.nodes.get(walk.frames[-1].node)
    if node is None:
        return End(safe=True, reason="no_such_node")
    if isinstance(node, Hangup):
        return _end(walk, "end", now, End(safe=False, reason="contained" if node.contained else "ended",
                                          sounds=walk.sounds(node.speech)))  # fmt: skip
    if isinstance(node, SafeQueue):
        return _end(walk, "safe", now, End(safe=True, reason="safe"))
    if isinstance(node, Return):
        return _back(walk, node, now)
    if isinstance(node, SubFlow):
        return _down(walk, node, world, now)
    done = act_of(walk, node, told, world, now)
    return _leave(walk, node, done.exit, now) if isinstance(done, Leave) else done


def _leave(walk: Walk, node: Node, exit_: str, now: float) -> Act | None:
    target = target_of(node, exit_)
    if target is None:
        if walk.spoken:
            return _end(walk, exit_, now, End(safe=False, reason="served"))
        return _end(walk, exit_, now, End(safe=True, reason="no_way"))
    _note(walk, exit_, now)
    walk.frames = (*walk.frames[:-1], Frame(walk.frames[-1].published, target))
    return _next_node(walk, now)


def target_of(node: Node, exit_: str) -> str | None:
    """The node behind an exit, by `otherwise` when it is not connected; None when nothing is."""
    known = {each.name: each for each in node.EXITS}
    name: str | None = exit_
    for _ in range(len(known) + 1):
        if name is None:
            return None
        if name in node.exits:
            return node.exits[name]
        name = known[name].otherwise if name in known else None
    return None


def _next_node(walk: Walk, now: float) -> Act | None:
    walk.phase, walk.kept, walk.tries, walk.entered_at = "", "", 0, now
    walk.silent += 1
    walk.passed += 1
    if walk.silent > MOST_SILENT or walk.passed > MOST_PASSED:
        return End(safe=True, reason="loop")
    return None


def _down(walk: Walk, node: SubFlow, world: World, now: float) -> Act | None:
    """Into a sub-flow. Its visit is noted when he comes back."""
    published = world.flow(node.flow)
    if published is None or len(walk.frames) >= MOST_DEEP:
        return _end(walk, "safe", now, End(safe=True, reason="no_sub_flow"))
    walk.frames = (*walk.frames, Frame(published, published.document.start))
    return _next_node(walk, now)


def _back(walk: Walk, node: Return, now: float) -> Act | None:
    """Out of a sub-flow, by the ending that the node names."""
    if len(walk.frames) == 1:
        return _end(walk, "end", now, End(safe=False, reason="contained"))
    _note(walk, node.ending, now)
    walk.frames = walk.frames[:-1]
    walk.entered_at = now
    above = walk.node
    target = target_of(above, node.ending) or target_of(above, "done")
    if target is None:
        return _end(walk, node.ending, now, End(safe=not walk.spoken, reason="served" if walk.spoken else "no_way"))
    _note(walk, node.ending, now)
    walk.frames = (*walk.frames[:-1], Frame(walk.frames[-1].published, target))
    return _next_node(walk, now)


def _end(walk: Walk, exit_: str, now: float, end: End) -> End:
    _note(walk, exit_, now)
    return end


def _note(walk: Walk, exit_: str, now: float) -> None:
    frame = walk.frames[-1]
    node = frame.published.document.nodes.get(frame.node)
    kind = str(node.__struct_config__.tag) if node is not None else ""
    seconds = max(0.0, now - walk.entered_at)
    visit = Visit(frame.published.flow, frame.published.version, frame.node, kind, exit_, walk.entered_at, seconds)
    walk.visits = (*walk.visits, visit)
