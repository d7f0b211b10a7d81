"""A sample flow in Chinese and English on 4800, with its calendar, switch and list, published as an admin does."""

from __future__ import annotations

from typing import Any, Final

from cti_server.sandbox.stage.console import Console

DID: Final = "4800"
KEY: Final = "hotline"


def text(chinese: str, english: str) -> dict[str, Any]:
    """A text in both languages."""
    return {"say": "text", "text": {"zh-CN": chinese, "en": english}}


WORKING: Final = [{"begins": "08:00", "ends": "20:00"}]
CALENDAR: Final[dict[str, Any]] = {
    "zone": "Asia/Shanghai",
    # Open around the clock, so that the demo reaches people at any hour; the days show what can be said.
    "week": {day: [{"begins": "00:00", "ends": "24:00"}] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
    "days": [
        {"day": "2027-02-06", "kind": "holiday", "label": "春节 Spring Festival"},
        {"day": "2027-02-07", "kind": "holiday", "label": "春节 Spring Festival"},
        {"day": "2027-02-20", "kind": "workday", "label": "调休 make-up workday", "hours": WORKING},
    ],
}
FLOW: Final[dict[str, Any]] = {
    "format": 1,
    "title": "客服热线 Hotline",
    "languages": ["zh-CN", "en"],
    "start": "choose-language",
    "note": "随演示环境提供。Comes with the demo.",
    "nodes": {
        "choose-language": {
            "kind": "language",
            "label": "选择语言",
            "speech": [
                text("中文服务请按一。", "中文服务请按一。"),
                text("For English, press two.", "For English, press two."),
            ],
            "keys": {"1": "zh-CN", "2": "en"},
            "timeout_seconds": 4.0,
            "tries": 1,
            "exits": {"next": "emergency"},
        },
        "emergency": {
            "kind": "switch",
            "label": "紧急公告",
            "switch": "outage",
            "exits": {"on": "outage", "off": "hours"},
        },
        "outage": {
            "kind": "play",
            "label": "故障公告",
            "speech": [text("目前系统出现故障，我们正在抢修。", "We have an outage and are working on it.")],
            "exits": {"next": "hours"},
        },
        "hours": {
            "kind": "hours",
            "label": "营业时间",
            "calendar": "office",
            "exits": {"open": "who", "closed": "closed", "holiday": "closed"},
        },
        "closed": {
            "kind": "voicemail",
            "label": "非工作时间留言",
            "queue": "support",
            "speech": [text("现在是非工作时间，请在提示音后留言。", "We are closed. Please leave a message.")],
            "exits": {"done": "bye"},
        },
        "who": {
            "kind": "condition",
            "label": "来电人",
            "cases": [
                {"name": "blocked", "label": "黑名单", "when": [{"ask": "list", "list": "blacklist"}]},
                {"name": "vip", "label": "贵宾", "when": [{"ask": "tier", "any": ["VIP", "vip", "gold", "金卡"]}]},
            ],
            "exits": {"blocked": "bye", "vip": "vip", "else": "menu"},
        },
        "menu": {
            "kind": "menu",
            "label": "主菜单",
            "speech": [
                text(
                    "咨询请按一，购买请按二，查询订单请按三。",
                    "For help press one, to buy press two, for your order press three.",
                )
            ],
            "on_invalid": [text("没有这个选项。", "That is no choice.")],
            "key_labels": {"1": "咨询", "2": "购买", "3": "查询订单"},
            "exits": {"1": "support", "2": "sales", "3": "order", "timeout": "support"},
        },
        "order": {
            "kind": "collect",
            "label": "订单号",
            "into": "order",
            "speech": [text("请输入订单号，以井号键结束。", "Please type your order number and the hash key.")],
            "min_digits": 4,
            "max_digits": 12,
            "exits": {"done": "say-order", "timeout": "support"},
        },
        "say-order": {
            "kind": "play",
            "label": "复述订单号",
            "speech": [text("您的订单号是", "Your order number is"), {"say": "digits", "value": "${order}"}],
            "exits": {"next": "mark-order"},
        },
        "mark-order": {"kind": "set", "label": "标记", "data": {"topic": "order"}, "exits": {"next": "support"}},
        "support": {
            "kind": "queue",
            "label": "客服队列",
            "queue": "support",
            "tier_priority": {"VIP": 10},
            "max_wait_seconds": 300,
            "exits": {"timeout": "callback"},
        },
        "sales": {"kind": "queue", "label": "销售队列", "queue": "sales", "max_wait_seconds": 300,
                  "exits": {"timeout": "callback"}},
        "vip": {"kind": "queue", "label": "贵宾队列", "queue": "vip", "priority": 10, "max_wait_seconds": 60,
                "exits": {"timeout": "support"}},
        "callback": {
            "kind": "callback",
            "label": "回呼登记",
            "queue": "support",
            "speech": [text("需要我们回电请按一，换号码请按二，继续等待请按九。",
                            "Press one for a callback, two for another number, nine to wait.")],
            "number_speech": [text("请输入号码，以井号键结束。", "Please type the number and the hash key.")],
            "exits": {"done": "bye", "declined": "wait-on"},
        },
        "wait-on": {"kind": "queue", "label": "继续等待", "queue": "support", "priority": 5},
        "bye": {
            "kind": "hangup",
            "label": "再见",
            "speech": [text("感谢来电，再见。", "Thank you for calling. Goodbye.")],
        },
    },
}  # fmt: skip


SPEAKING = 120.0
"""Seconds that the texts of the flow may take to be spoken, on a machine that has other work."""


async def publish_sample(admin: Console) -> None:
    """Make what is not there yet, publish it, and let 4800 follow it. Raises SandboxError."""
    if any(flow["key"] == KEY for flow in await admin.get("/flows")):
        return
    await admin.put("/flow-calendars/office", {"label": "客服时间 Office hours", "value": CALENDAR})
    await admin.put("/flow-switches/outage", {"label": "故障公告 Outage", "value": {"on": False}})
    await admin.put("/caller-lists/blacklist", {"label": "黑名单 Blacklist"})
    made = await admin.post("/flows", {"key": KEY, "draft": FLOW})
    await admin.post(
        f"/flows/{KEY}/publish", {"revision": made["revision"], "note": "第一版 First version"}, limit=SPEAKING
    )
    await admin.put(f"/flows/numbers/{DID}", {"flow": KEY})
