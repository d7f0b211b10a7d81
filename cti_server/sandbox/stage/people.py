# ruff: noqa: E501
"""Who works here and who calls: invented people, numbers that nobody has; a table with one customer a line.

Numbers: 138000xxxxx, 010 5555xxxx, +1 202 555 01xx and +44 7700 900xxx (the last two are kept free for fiction by
their countries' regulators).
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Worker:
    """A login and, for an agent, the number of his phone and the queues that he serves."""

    login: str
    name: str
    role: str
    language: str
    number: str = ""
    queues: tuple[str, ...] = ()
    team: str = ""


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of the sample. `phones` as people write them."""

    name: str
    company: str
    tier: str
    language: str
    phones: tuple[str, ...]
    email: str = ""
    wechat: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """An interaction of the past; `at` in unix seconds."""

    at: float
    agent: int
    direction: str
    outcome: str
    summary: str


@dataclass(frozen=True, slots=True)
class Caller:
    """What a caller's line shows: a number and a name as the provider tells them; number "" means withheld."""

    number: str
    name: str = ""


DEMO_AGENT = "agent1001"
_AGENTS = (
    ("李娜", "zh-CN"),
    ("Tom Becker", "en"),
    ("陈思雨", "zh-CN"),
    ("Amina Diallo", "en"),
    ("赵磊", "zh-CN"),
    ("Laura Rossi", "en"),
    ("孙悦", "zh-CN"),
    ("周凯", "zh-CN"),
)


def workers(agents: int) -> list[Worker]:
    """The first agent (who serves vip too), the others by turns in support and sales, and one of each further role."""
    staff = []
    for place in range(agents):
        name, language = _AGENTS[place % len(_AGENTS)]
        number = str(1001 + place)
        queues = ("vip", "support") if place == 0 else (("support", "sales") if place % 3 == 0 else ("support",))
        queues = ("sales",) if place % 3 == 2 else queues
        name = name if place < len(_AGENTS) else f"{name} {place // len(_AGENTS) + 1}"
        staff.append(
            Worker(f"agent{number}", name, "agent", language, number, queues, "Team A" if place < 4 else "Team B")
        )
    return [
        *staff,
        Worker("supervisor", "王建国", "supervisor", "zh-CN"),
        Worker("qa", "Grace Miller", "qa", "en"),
        Worker("admin", "刘洋", "admin", "zh-CN"),
    ]


KNOWN = Customer("王小明", "北京晨光贸易有限公司", "gold", "zh-CN", ("13800010001", "010-55550001"), "wang@chenguang.example",
                 "wangxm_01", "发票抬头改过一次，下次来电请再核对。")  # fmt: skip
"""The customer of the scenario `pop`."""
SHARED_NUMBER = "010-55550042"
"""One line in an office: two customers have it."""
UNKNOWN_NUMBER = "13800099001"
"""Nobody's until it calls."""
CUSTOMERS: tuple[Customer, ...] = (
    KNOWN,
    Customer("张伟", "", "silver", "zh-CN", ("13800010002",), "", "zhangwei88"),
    Customer("刘芳", "杭州云溪茶业", "gold", "zh-CN", ("13800010003", "13800010103"), "liufang@yunxi.example", "", "要求周五前寄出样品。"),
    Customer("陈静", "", "", "zh-CN", ("13800010004",)),
    Customer("杨帆", "海蓝科技", "platinum", "zh-CN", ("13800010005", "010-55550005"), "yang@hailan.example", "", "合同十二月到期，续约意向强。"),
    Customer("赵敏", "", "silver", "zh-CN", ("13800010006",), "", "zhaomin"),
    Customer("黄丽", "绿源农产品合作社", "", "zh-CN", ("13800010007",)),
    Customer("周杰", "", "", "zh-CN", ("13800010008",), "", "", "退款已提交财务，等待到账确认。"),
    Customer("吴昊", "东方印务", "gold", "zh-CN", ("13800010009", SHARED_NUMBER), "wuhao@dongfang.example"),
    Customer("徐婷", "东方印务", "silver", "zh-CN", ("13800010010", SHARED_NUMBER), "xuting@dongfang.example"),
    Customer("孙浩然", "", "", "zh-CN", ("13800010011",)),
    Customer("马超", "驰达物流", "gold", "zh-CN", ("13800010012",), "ma@chida.example", "", "白天请打座机，手机经常静音。"),
    Customer("朱琳", "", "silver", "zh-CN", ("13800010013",)),
    Customer("胡雪", "", "", "zh-CN", ("13800010014",), "", "huxue_snow"),
    Customer("郭强", "安居装饰", "", "zh-CN", ("13800010015", "010-55550015")),
    Customer("何平", "", "", "zh-CN", ("13800010016",)),
    Customer("高翔", "飞羽体育用品", "platinum", "zh-CN", ("13800010017",), "gao@feiyu.example", "", "大客户，直接转王建国。"),
    Customer("林晓", "", "silver", "zh-CN", ("13800010018",)),
    Customer("罗兰", "", "", "zh-CN", ("13800010019",)),
    Customer("欧阳春晓", "春晓幼儿园", "gold", "zh-CN", ("13800010020",), "ouyang@chunxiao.example"),
    Customer("司马青", "", "", "zh-CN", ("13800010021",)),
    Customer("阿依古丽·买买提", "天山果业", "silver", "zh-CN", ("13800010022",), "", "", "普通话交流没问题，地址用维吾尔文和中文各写一份。"),
    Customer("扎西顿珠", "", "", "zh-CN", ("13800010023",)),
    Customer("Emily Carter", "Northwind Outdoor", "gold", "en", ("+1 202 555 0101",), "emily@northwind.example", "", "Prefers e-mail for anything longer than a yes or no."),
    Customer("James O'Neill", "", "silver", "en", ("+1 202 555 0102",)),
    Customer("Maria Gonzalez", "Casa Verde", "", "en", ("+1 202 555 0103", "+1 202 555 0113"), "maria@casaverde.example"),
    Customer("David Kim", "", "", "en", ("+1 202 555 0104",)),
    Customer("Sarah Johnson", "Lakeside Clinic", "platinum", "en", ("+1 202 555 0105",), "sarah@lakeside.example", "", "Escalate outages at once, patients are waiting."),
    Customer("Oliver Brown", "", "silver", "en", ("+44 7700 900101",)),
    Customer("Charlotte Smith", "Harbour Books", "gold", "en", ("+44 7700 900102",), "charlotte@harbour.example", "", "Waiting for a replacement of order 5512."),
    Customer("Mohammed Ali", "", "", "en", ("+44 7700 900103",)),
    Customer("Zoë van Dijk", "Tulp & Zonen", "silver", "en", ("+44 7700 900104",), "zoe@tulp.example"),
    Customer("François Lefèvre", "", "", "en", ("+44 7700 900105",)),
    Customer("Jürgen Groß", "Groß Maschinenbau", "gold", "en", ("+44 7700 900106",), "gross@maschinenbau.example"),
    Customer("山田太郎", "みどり商会", "silver", "en", ("+1 202 555 0120",)),
    Customer("김서연", "", "", "en", ("+1 202 555 0121",)),
    Customer("Nguyễn Thị Hoa", "", "", "en", ("+1 202 555 0122",)),
    Customer("Олег Петров", "", "", "en", ("+1 202 555 0123",)),
    Customer("نور حداد", "دار النور", "", "en", ("+1 202 555 0124",)),
    Customer("唐诗韵", "", "silver", "zh-CN", ("13800010041",), "", "", "生日当天请送优惠券。"),
)  # fmt: skip

_SAID = {
    "zh-CN": (
        ("resolved", "咨询订单进度，已告知预计送达时间。"),
        ("resolved", "密码重置，已核对身份后完成。"),
        ("followUp", "商品包装破损，已登记，等仓库答复。"),
        ("callback", "客户开会中，约下午三点回电。"),
        ("complaint", "对配送时间不满，已致歉并补发优惠券。"),
        ("sale", "升级为年度套餐。"),
        ("transferred", "账单问题，转财务。"),
    ),
    "en": (
        ("resolved", "Asked for the state of an order; told the day of delivery."),
        ("resolved", "Password reset after checking who it is."),
        ("followUp", "Parcel arrived damaged; warehouse will answer."),
        ("callback", "In a meeting; wants a call back at three."),
        ("complaint", "Unhappy about late delivery; apologised, sent a voucher."),
        ("sale", "Went over to the yearly plan."),
        ("transferred", "Question on a bill; passed on to accounts."),
    ),
}


def past_of(customer: Customer, random: Random, now: float, agents: int) -> list[Past]:
    """What happened with a customer in the last three months; the same for the same `random`."""
    count = random.choice((0, 1, 2, 2, 3, 4, 6)) or int(customer is KNOWN)
    times = sorted((now - random.uniform(0.5, 90) * DAY for _ in range(count)), reverse=True)
    said = _SAID[customer.language]
    return [
        Past(
            at,
            random.randrange(agents),
            random.choice(("inbound", "inbound", "inbound", "outbound")),
            *random.choice(said),
        )
        for at in times
    ]


def next_caller(random: Random) -> Caller:
    """Who calls next: mostly customers, sometimes strangers, the shared line, or somebody who hides the number."""
    dice = random.random()
    if dice < 0.70:
        customer = random.choice(CUSTOMERS)
        return Caller(dialled_form(random.choice(customer.phones)), customer.name if random.random() < 0.4 else "")
    if dice < 0.80:
        return Caller(dialled_form(SHARED_NUMBER))
    if dice < 0.95:
        return Caller(f"138000{random.randrange(50000, 99000):05}")
    return Caller("")


def dialled_form(number: str) -> str:
    """A number as a provider's line shows it: digits, with a plus for other countries."""
    return "".join(char for char in number if char.isdigit() or char == "+")
