"""Drafts, versions, numbers, named things and figures on a real PostgreSQL."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest

from cti_server.core.errors import BadInput, Conflict, NotFound
from cti_server.routing.agi.model import CallBegan
from cti_server.routing.figures import api as figures_api
from cti_server.routing.flows.acts import Visit
from cti_server.routing.flows.document import write_flow
from cti_server.routing.named.model import Kind
from cti_server.routing.publishing.events import FlowPublished
from cti_server.sandbox.state import repository
from tests.routing.publishing.office import SMALL, Office, flow, signed_in

pytestmark = pytest.mark.database
LI, WANG = signed_in(1), signed_in(2)


async def published(office: Office, key: str = "main") -> Any:
    made = await office.flows.add(LI, key, flow())
    return await office.flows.publish(LI, key, made.revision, "first")


async def test_draft_publish_roll_back(office: Office) -> None:
    told: list[FlowPublished] = []
    office.bus.subscribe(FlowPublished, told.append)
    first = await published(office)
    await office.flows.set_number(LI, "4800", "main")
    running = office.flows.for_number("4800")
    saved = await office.flows.save(WANG, "main", first.revision, flow("Second"))
    assert office.flows.for_number("4800") is running
    second = await office.flows.publish(WANG, "main", saved.revision, "second")
    live = office.flows.for_number("4800")
    assert live is not None
    assert (live.version, live.document.title) == (2, "Second")
    assert running is not None
    assert running.document.title == "Hotline"
    await office.flows.roll_back(LI, "main", second.revision, 1)
    assert office.flows.for_number("4800").version == 1  # type: ignore[union-attr]
    versions = await office.flows.versions("main")
    assert [(v.version, v.title, v.note, v.published_by_name, v.live) for v in versions] == [
        (2, "Second", "second", "Wang", False), (1, "Hotline", "first", "Li", True),
    ]  # fmt: skip
    assert write_flow(await office.flows.version("main", 2)) == write_flow(flow("Second"))
    assert told == [FlowPublished("main", 1), FlowPublished("main", 2), FlowPublished("main", 1)]
    listed = (await office.flows.listing())[0]
    assert (listed.key, listed.published, listed.numbers, listed.changed) == ("main", 1, ("4800",), True)


async def test_what_was_never_followed_is_taken_out_of_kept_flows(office: Office) -> None:
    """Migration 0103: drafts and versions lose it, and nothing else; their nodes stay in their order."""
    made = await office.flows.add(LI, "main", flow(aa={"kind": "queue", "queue": "vip", "announce_position": True}))
    await office.flows.publish(LI, "main", made.revision, "first")
    before = await office.db.fetchrow("select draft::text as draft, document::text as document from flow, flow_version")
    for table, column in (("flow", "draft"), ("flow_version", "document")):
        await office.db.execute(
            f"update {table} set {column} = replace({column}::text, $1, $2)::json",
            '"queue":"vip"', '"queue":"vip","announce_every_seconds":90',
        )  # fmt: skip
    with pytest.raises(BadInput, match="announce_every_seconds"):
        await office.flows.show("main")
    script = (repository() / "cti_server/migrations/0103_routing_announced_once.sql").read_text(encoding="utf-8")
    async with office.db.transaction() as connection:
        await connection.execute(script)
    after = await office.db.fetchrow("select draft::text as draft, document::text as document from flow, flow_version")
    assert [json.dumps(json.loads(text)) for text in after] == [json.dumps(json.loads(text)) for text in before]
    assert [each.code for each in (await office.flows.show("main")).findings] == ["unreachable"]


async def test_two_admins_cannot_overwrite_each_other_unseen(office: Office) -> None:
    made = await office.flows.add(LI, "main", flow())
    results = await asyncio.gather(
        *(office.flows.save(who, "main", made.revision, flow(f"of {who.name}")) for who in (LI, WANG)),
        return_exceptions=True,
    )
    lost = [each for each in results if isinstance(each, Conflict)]
    assert len(lost) == 1
    assert lost[0].code == "flow_changed"
    assert lost[0].details["by"] in ("Li", "Wang")
    with pytest.raises(Conflict):
        await office.flows.publish(LI, "main", made.revision, "of what I have not seen")


async def test_what_has_errors_is_not_published(office: Office) -> None:
    broken = flow(menu={"kind": "menu", "exits": {"1": "q"}})
    made = await office.flows.add(LI, "main", broken)
    assert "menu_without_timeout" in {each.code for each in made.findings}
    with pytest.raises(Conflict) as told:
        await office.flows.publish(LI, "main", made.revision, "")
    assert told.value.code == "flow_has_errors"
    with pytest.raises(Conflict):
        await office.flows.set_number(LI, "4800", "main")
    assert office.flows.for_number("4800") is None


async def test_what_is_used_is_not_removed_and_keys_are_plain(office: Office) -> None:
    shown = await published(office)
    await office.flows.set_number(LI, "4800", "main")
    with pytest.raises(Conflict) as told:
        await office.flows.remove(LI, "main", shown.revision)
    assert told.value.code == "flow_in_use"
    await office.flows.set_number(LI, "4800", None)
    await office.flows.remove(LI, "main", shown.revision)
    with pytest.raises(NotFound):
        await office.flows.show("main")
    for key in ("kinds", "A b", "", "x" * 65):
        with pytest.raises(BadInput):
            await office.flows.add(LI, key, flow())


async def test_calls_go_on_without_the_database(office: Office) -> None:
    await published(office)
    await office.flows.set_number(LI, "4800", "main")
    await office.db.close()
    assert office.flows.for_number("4800") is not None


async def test_named_things(office: Office) -> None:
    named = office.routing.named
    hours = {"week": {"mon": [{"begins": "09:00", "ends": "18:00"}]}}
    kept = await named.put(LI, Kind.CALENDAR, "office", "Office", hours, None)
    assert named.calendars["office"].week["mon"][0].begins == "09:00"
    with pytest.raises(Conflict) as twice:
        await named.put(WANG, Kind.CALENDAR, "office", "Office", hours, None)
    assert twice.value.code == "thing_exists"
    await named.put(WANG, Kind.CALENDAR, "office", "Other", hours, kept[0].revision)
    with pytest.raises(Conflict) as stale:
        await named.put(LI, Kind.CALENDAR, "office", "Mine", hours, kept[0].revision)
    assert stale.value.code == "thing_changed"
    with pytest.raises(BadInput):
        await named.put(LI, Kind.CALENDAR, "bad", "", {"zone": "Mars"}, None)
    await named.put(LI, Kind.SWITCH, "outage", "Outage", {}, None)
    await named.turn(WANG, "outage", True)
    assert named.switches == {"outage": True}
    await named.put(LI, Kind.LIST, "vip", "VIP", {}, None)
    now = office.clock.now()
    await named.enter(LI, "vip", "+8613800000001", "", now + 60)
    assert named.lists_of("13800000001") == {"vip"}
    office.clock.pass_seconds(61)
    assert named.lists_of("13800000001") == frozenset()
    await named.strike(LI, "vip", "13800000001")
    await named.remove(LI, Kind.SWITCH, "outage")
    assert named.switches == {}


def visit(node: str, exit_: str, at: float) -> Visit:
    return Visit("main", 1, node, "menu", exit_, at, 2.0)


async def test_figures_count_each_row_once(office: Office) -> None:
    figures, at = office.routing.figures, office.clock.now()
    rows: list[tuple[str, dict[str, Any]]] = []
    real = office.journal.append

    def append(kind: str, row: dict[str, Any]) -> int:
        rows.append((kind, row))
        return real(kind, row)

    office.journal.append = append  # type: ignore[method-assign]
    calls = {"1": ("138", "contained", "end"), "2": ("138", "handed", "gone"), "3": ("", "gone", "gone"),
             "4": ("139", "no_way", "timeout")}  # fmt: skip
    for number, (uniqueid, (caller, outcome, exit_)) in enumerate(calls.items()):
        figures.began(CallBegan("main", uniqueid, uniqueid, "4800", caller, "main", 1, at + number))
        figures.passed("main", uniqueid, (visit("menu", "1", at), visit("last", exit_, at)))
        figures.ended("main", uniqueid, outcome, at + 10)
    figures.began(CallBegan("main", "5", "5", "4800", "137", "main", 2, at))
    for kind, row in list(rows):
        real(kind, row)
    await office.journal.drained(5)
    shown = await figures.of_flow("main", 1, at - 60, at + 60)
    assert (shown.calls, shown.over, shown.completed, shown.contained, shown.hung_up, shown.to_safe_queue) == (
        4, 4, 2, 1, 1, 1)  # fmt: skip
    assert (shown.completion_rate, shown.containment_rate) == (0.5, 0.25)
    assert shown.repeat_rate == pytest.approx(1 / 3)
    last = next(node for node in shown.nodes if node.node == "last")
    assert (last.passed, last.hung_up, last.timed_out, last.mean_seconds) == (4, 2, 1, 2.0)
    assert shown.top_exits == ({"node": "last", "count": 2},)
    every = await figures.of_flow("main", None, at - 60, at + 60)
    assert (every.calls, every.over) == (5, 4)
    figures.restarted(at + 100)
    await office.journal.drained(5)
    assert (await figures.of_flow("main", 2, at - 60, at + 60)).outcomes == {"lost": 1}


async def test_figures_are_right_at_the_seams(office: Office) -> None:
    """At midnight, and inside an hour: each call and each visit counts in exactly one of two times side by side."""
    figures = office.routing.figures
    midnight = 1_764_518_400.0  # 2025-12-01 in Shanghai
    began = [midnight - 3, midnight - 0.001, midnight, midnight + 1800, midnight + 86_399.5]
    for number, at in enumerate(began):
        version = 1 if number < 3 else 2
        figures.began(CallBegan("main", f"{number}", f"{number}", "4800", "", "main", version, at))
        passed = Visit("main", version, "menu", "menu", "timeout", at, 1.0)
        later = Visit("main", version, "last", "queue", "handed", at + 5, 1.0)
        figures.passed("main", f"{number}", (passed, later))
        figures.ended("main", f"{number}", "handed" if number else "contained", at + 6)
    await office.journal.drained(5)

    async def counted(since: float, until: float, version: int | None = None) -> tuple[int, dict[str, int]]:
        found = await figures.of_flow("main", version, since, until)
        return found.calls, {node.node: node.passed for node in found.nodes}

    assert await counted(midnight - 86_400, midnight) == (2, {"menu": 2})
    assert await counted(midnight, midnight + 86_400) == (3, {"menu": 3, "last": 4})  # two began before midnight
    assert await counted(midnight + 86_400, midnight + 86_500) == (0, {"last": 1})
    assert await counted(midnight + 1, midnight + 1800) == (0, {"last": 3})
    assert await counted(midnight + 1800, midnight + 1801) == (1, {"menu": 1})
    assert await counted(midnight - 86_400, midnight + 90_000, 2) == (2, {"menu": 2, "last": 2})
    both = await figures.of_flow("main", None, midnight - 86_400, midnight + 86_400)
    assert [(day.day, day.calls, day.contained, day.handed) for day in both.days] == [
        ("2025-11-30", 2, 1, 1), ("2025-12-01", 3, 0, 3),
    ]  # fmt: skip


async def test_what_a_caller_did_is_told_with_names_to_who_may_see_the_call(office: Office) -> None:
    labels = {"kind": "menu", "label": "主菜单", "key_labels": {"1": "购买"}, "exits": {"1": "q", "timeout": "q"},
              "speech": [{"say": "digits", "value": "1"}]}  # fmt: skip
    made = await office.flows.add(LI, "main", flow(menu=labels))
    await office.flows.publish(LI, "main", made.revision, "")
    figures, at = office.routing.figures, office.clock.now()
    figures.began(CallBegan("main", "7", "7", "4800", "138", "main", 1, at))
    figures.passed("main", "7", (visit("menu", "1", at), visit("gone-since", "timeout", at + 2)))
    await office.journal.drained(5)

    class Calls:
        async def detail(self, who: Any, name: str) -> Any:
            if who is not LI:
                raise NotFound("There is no such call.", code="no_such_call")
            return SimpleNamespace(call=SimpleNamespace(call_id="main:7"))

    figures.calls = Calls()
    route = next(one for one in figures_api.routes(figures, office.clock) if one.path == "/calls/{id}/flow")
    asked: Any = SimpleNamespace(who=LI, path={"id": "12"})
    first, second = (await route.handler(asked)).items
    assert (first.title, first.label, first.exit, first.chosen) == ("Hotline", "主菜单", "1", "购买")
    assert (second.node, second.label, second.exit) == ("gone-since", "", "timeout")
    asked.who = WANG
    with pytest.raises(NotFound):
        await route.handler(asked)


async def test_a_document_that_cannot_be_read_any_more_keeps_the_version_before(office: Office) -> None:
    await published(office)
    await office.flows.set_number(LI, "4800", "main")
    await office.db.execute(
        "insert into flow_version (flow, version, document, note, published_by) values ('main', 9, '{}', '', 1)"
    )
    await office.db.execute("update flow set published = 9")
    await office.flows.reread()
    assert office.flows.for_number("4800").version == 1  # type: ignore[union-attr]
    assert SMALL["title"] == "Hotline"
