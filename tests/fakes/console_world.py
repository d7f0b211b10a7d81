"""A small call center as the server would tell it to the consoles: the JSON of docs/api.md, made up."""

import time
from typing import Any

Json = dict[str, Any]
PBX = "pbx1"
QUEUES = [("support", "客服热线"), ("sales", "Sales"), ("vip", "贵宾专线")]
NAMES = [
    "王小明",
    "李静",
    "Ada Lovelace",
    "张伟",
    "Grace Hopper",
    "陈思远",
    "刘洋",
    "Maria Fernández",
    "赵敏",
    "Hans Müller",
]
STATES = [
    "ready",
    "busy",
    "workingAfterCall",
    "notReady",
    "alerting",
    "ready",
    "busy",
    "unreachable",
    "busy",
    "loggedOff",
]


def figures(offered: int, answered: int, within: int, short: int) -> Json:
    abandoned = offered - answered
    below = answered + abandoned - short
    return {
        "offered": offered,
        "answered": answered,
        "abandoned": abandoned,
        "short_abandoned": short,
        "left": 0,
        "answered_within": within,
        "abandoned_within": min(abandoned, 4),
        "service_level": within / below if below else None,
        "abandon_rate": abandoned / offered if offered else None,
        "asa": 11.4 if answered else None,
        "longest_wait_today": 94.0,
    }


def queue(name: str, label: str, now: float, waiting: int, numbers: Json) -> Json:
    callers = [
        {
            "call_id": f"{PBX}:q{name}{n}",
            "number": f"1380000{n:04}",
            "name": "",
            "position": n + 1,
            "joined_at": now - 74,
        }
        for n in range(waiting)
    ]
    staff = {"ready": 2, "busy": 3, "alerting": 1, "acw": 1, "not_ready": 1, "unreachable": 1, "logged_on": 9}
    return {
        "pbx": PBX,
        "name": name,
        "label": label,
        "waiting": callers,
        "figures": numbers,
        "agents": staff,
        "day_start": now - 30000,
    }


def agent(
    n: int, now: float, *, name: str | None = None, state: str | None = None, queues: list[str] | None = None
) -> Json:
    state = state or STATES[n % len(STATES)]
    talking = state in ("busy", "alerting")
    call = {
        "id": f"{PBX}:{n}",
        "number": f"0108888{n:04}",
        "name": "",
        "direction": "inbound",
        "state": "established",
        "since": now - 95,
        "queue": "support",
    }
    return {
        "pbx": PBX,
        "device": f"PJSIP/{1001 + n}",
        "user_id": n + 1,
        "login": f"agent{n + 1}",
        "name": name or (NAMES[n] if n < len(NAMES) else f"{NAMES[n % len(NAMES)]} {n}"),
        "state": state,
        "reason": "lunch" if state == "notReady" else "",
        "since": now - 37 * (n % 9 + 1),
        "queues": [{"queue": q, "penalty": 0, "paused": False} for q in (queues or ["support", "sales"][: n % 2 + 1])],
        "call": call if talking else None,
        "today": {"answered": 12 + n % 7, "missed": n % 3, "talk_seconds": 2400 + 61 * n, "hold_seconds": 120},
    }


def number(raw: str = "13800138000", *, withheld: bool = False) -> Json:
    return {
        "raw": raw,
        "e164": f"+86{raw}",
        "national": raw,
        "display": "138 0013 8000",
        "province": "北京",
        "carrier": "中国移动",
        "places": {
            "zh-CN": {"province": "北京", "carrier": "中国移动"},
            "en": {"province": "Beijing", "carrier": "China Mobile"},
        },
        "withheld": withheld,
    }


def customer(now: float, **other: Any) -> Json:
    contacts = [
        {"id": 1, "kind": "phone", "value": "+8613800138000", "display": "138 0013 8000", "primary": True},
        {
            "id": 2,
            "kind": "email",
            "value": "fang.lin@example.com",
            "display": "fang.lin@example.com",
            "primary": False,
        },
        {"id": 3, "kind": "wechat", "value": "linfang_88", "display": "linfang_88", "primary": False},
    ]
    interactions = [
        {
            "id": 1,
            "kind": "call",
            "at": now - 86400,
            "agent_name": "李静",
            "direction": "inbound",
            "summary": "询问发票抬头修改，已提交财务。",
            "outcome": "resolved",
        },
        {
            "id": 2,
            "kind": "call",
            "at": now - 9 * 86400,
            "agent_name": "Ada Lovelace",
            "direction": "outbound",
            "summary": "Called back about the delayed delivery; new date confirmed for Friday.",
            "outcome": "callback",
        },
        {
            "id": 3,
            "kind": "email",
            "at": now - 20 * 86400,
            "agent_name": "张伟",
            "direction": "inbound",
            "summary": "合同扫描件",
            "outcome": None,
        },
    ]
    notes = [
        {"id": 1, "at": now - 7200, "author": "李静", "text": "等待财务回复发票修改，周三前回电。", "open": True},
        {"id": 2, "at": now - 900000, "author": "张伟", "text": "Prefers to be called in the morning.", "open": False},
    ]
    return {
        "id": 7,
        "name": "林芳",
        "company": "北京远山科技有限公司",
        "tier": "金牌",
        "language": "zh-CN",
        "status": "known",
        "contacts": contacts,
        "fields": {"合同号": "YS-2026-0871", "客户经理": "周凯"},
        "interactions": interactions,
        "notes": notes,
        "version": 3,
        **other,
    }


def pop(call_id: str, now: float, **other: Any) -> Json:
    return {
        "call_id": call_id,
        "at": now,
        "status": "matched",
        "number": number(),
        "customer": customer(now),
        "candidates": [],
        "queue": "support",
        "dialled": "4008001234",
        "data": {},
        "state": "ringing",
        **other,
    }


def my_call(call_id: str, now: float, **other: Any) -> Json:
    return {
        "id": call_id,
        "state": "delivered",
        "direction": "inbound",
        "number": "13800138000",
        "name": "",
        "withheld": False,
        "queue": "support",
        "dialled": "4008001234",
        "delivered_at": now - 4,
        "answered_at": None,
        "held": False,
        "ended_at": None,
        "outcome": None,
        "data": {},
        "my_leg_state": "alerting",
        "customer": None,
        **other,
    }


def segment(n: int, kind: str, start: float, end: float | None, result: str | None, **other: Any) -> Json:
    return {
        "n": n,
        "kind": kind,
        "queue": None,
        "device": None,
        "user_id": None,
        "agent_name": "",
        "leg_id": None,
        "started_at": start,
        "ended_at": end,
        "result": result,
        "held_seconds": 0.0,
        "exact": True,
        **other,
    }


def call_row(n: int, now: float, **other: Any) -> Json:
    answered = n % 5 != 3
    start = now - 600 * (n + 1)
    part = {
        "user_id": 1,
        "name": NAMES[n % 4],
        "device": f"PJSIP/{1001 + n % 4}",
        "result": "answered" if answered else "noAnswer",
        "ring_seconds": 6.0,
        "talk_seconds": 141.0 if answered else 0.0,
        "held_seconds": 0.0,
    }
    return {
        "id": 1000 - n,
        "call_id": f"{PBX}:{1795000000 + n}.{n}",
        "pbx": PBX,
        "state": "cleared",
        "direction": ["inbound", "inbound", "outbound"][n % 3],
        "number": f"1391234{n:04}",
        "name": "",
        "withheld": False,
        "dialled": "4008001234",
        "queue": QUEUES[n % 3][0],
        "started_at": start,
        "answered_at": start + 20 if answered else None,
        "ended_at": start + 180,
        "outcome": "answered" if answered else "abandoned",
        "seconds": 180.0,
        "wait_seconds": 14.0,
        "talk_seconds": part["talk_seconds"],
        "held_seconds": 0.0,
        "exact": n % 11 != 10,
        "merged_into": None,
        "customer": {"id": 7, "name": "林芳"} if n % 4 == 0 else None,
        "recording": None,
        "agents": [part],
        **other,
    }


def call_detail(now: float) -> Json:
    start = now - 400
    first = {"device": "PJSIP/1001", "user_id": 1, "agent_name": "王小明", "queue": "support"}
    second = {"device": "PJSIP/1003", "user_id": 3, "agent_name": "Ada Lovelace", "queue": "support"}
    segments = [
        segment(1, "ivr", start, start + 22, "redirected"),
        segment(2, "queue", start + 22, start + 61, "answered", queue="support"),
        segment(3, "ring", start + 30, start + 45, "noAnswer", **first),
        segment(4, "ring", start + 48, start + 61, "answered", **second),
        segment(5, "talk", start + 61, start + 220, "transferred", **{**second, "held_seconds": 34.0}),
        segment(6, "queue", start + 220, start + 241, "answered", queue="vip"),
        segment(7, "talk", start + 241, start + 330, "cleared", **{**first, "queue": "vip"}),
    ]
    ends = {"queue": "leftQueue", "ring": "ringEnded", "talk": "talkEnded"}
    begins = {"ivr": "ivr", "queue": "queued", "ring": "ringing", "talk": "talking"}
    steps: list[Json] = [{"at": start, "what": "started"}]
    for part in segments:
        who = {key: part[key] for key in ("queue", "device", "agent_name")}
        seconds = part["ended_at"] - part["started_at"]
        steps.append(
            {"at": part["started_at"], "what": begins[part["kind"]], "seconds": seconds, "result": None, **who}
        )
        if part["kind"] in ends:
            told = {"at": part["ended_at"], "what": ends[part["kind"]], "seconds": seconds, "result": part["result"]}
            steps.append({**told, **who})
    steps.append({"at": start + 330, "what": "cleared", "seconds": 330.0, "result": "answered", "agent_name": ""})
    row = call_row(0, now, started_at=start, ended_at=start + 330, seconds=330.0, held_seconds=34.0, queue="vip")
    steps.sort(key=lambda step: step["at"])
    return {"call": row, "data": {"order": "YS-2026-0871"}, "legs": [], "segments": segments, "journey": steps}


def live_call(n: int, now: float, **other: Any) -> Json:
    state = ["established", "queued", "delivered", "held", "initiated"][n % 5]
    kind = {"established": "talk", "held": "talk", "queued": "queue", "delivered": "ring"}.get(state, "ivr")
    device = f"PJSIP/{1001 + n}"
    leg = {
        "id": f"{n}.1",
        "channel": f"{device}-0000",
        "device": device,
        "role": "agent",
        "state": "connected",
        "number": "",
        "name": "",
        "started_at": now - 60,
        "answered_at": now - 50,
        "ended_at": None,
        "cause": None,
    }
    return {
        "id": f"{PBX}:live{n}",
        "pbx": PBX,
        "linkedid": f"live{n}",
        "state": state,
        "direction": "inbound",
        "number": f"1360000{n:04}",
        "name": "",
        "withheld": False,
        "dialled": "4008001234",
        "queue": QUEUES[n % 3][0],
        "started_at": now - 100 - n,
        "answered_at": now - 50,
        "ended_at": None,
        "outcome": None,
        "legs": [leg] if kind in ("talk", "ring") else [],
        "segments": [segment(1, kind, now - 40 - 13 * n, None, None)],
        "data": {},
        "merged_into": None,
        "exact": True,
        "customer": {"id": 7, "name": "林芳"} if n == 0 else None,
        **other,
    }


def system(now: float) -> Json:
    level = {"definition": "F6", "seconds": 20, "target": 0.8, "short_abandon_seconds": 5}
    return {
        "links": [{"pbx": PBX, "up": True, "since": now - 4000, "reason": "", "version": "Asterisk 22.5.2"}],
        "server": {"version": "0.1.0", "started_at": now - 5000, "now": now},
        "site": {"timezone": "Asia/Shanghai", "language": "zh-CN", "service_level": level},
        "database": {"up": True, "since": now - 5000},
    }


def day(now: float) -> Json:
    """An agent's day so far: 14 calls, a break that was too long, one callback."""
    return {
        "day_start": now - 20000, "at": now, "handled": 14, "talk_seconds": 3561.0, "hold_seconds": 142.0,
        "acw_seconds": 497.0, "ready_seconds": 2200.0, "on_call_seconds": 0.0, "aht": 300.0, "acw_average": 35.5,
        "occupancy": 0.656,
        "pauses": [
            {"reason": "break", "times": 2, "seconds": 1260.0, "longest": 960.0, "limit_seconds": 900, "over": 1},
            {"reason": "meeting", "times": 1, "seconds": 605.0, "longest": 605.0, "limit_seconds": None, "over": 0},
        ],
        "callbacks": [
            {"source": "lostCall", "ref": "5", "number": "13900001111", "name": "陈先生", "customer_id": None,
             "since": now - 1500, "due_at": None, "attempts": 1},
        ],
        "callbacks_complete": True,
    }  # fmt: skip


def snapshots(now: float | None = None) -> dict[str, Json]:
    """Every topic's first state."""
    now = now or time.time()
    numbers = [figures(186, 171, 152, 6), figures(94, 71, 48, 2), figures(0, 0, 0, 0)]
    waiting = [3, 0, 0]
    return {
        "system": system(now),
        "queues": {"queues": [queue(*QUEUES[n], now, waiting[n], numbers[n]) for n in range(3)]},
        "agents": {"agents": [agent(n, now) for n in range(10)]},
        "calls": {"calls": [live_call(n, now) for n in range(5)]},
        "monitoring": {"sessions": []},
        "lost": {"items": []},
        "help": {"hands": [], "unread": [], "notices": []},
        "moves": {"moves": []},
        "me": {
            "agent": agent(0, now, state="ready"),
            "calls": [],
            "pops": [],
            "today": {"answered": 14, "missed": 1, "talk_seconds": 3561, "hold_seconds": 142},
        },
    }
