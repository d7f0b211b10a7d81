"""The editor of the flows: 25 nodes by mouse and by keyboard, checked, tried, published, taken back; prompts."""

import base64
import json
import re
import time
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Page, expect

from cti_server.routing.figures.model import DayJson, ExitJson, FiguresJson, NodeJson
from cti_server.routing.flows.document import flow_of
from cti_server.routing.prompts.audio import refine
from tests.console.building import KeyboardHand, MouseHand, Words, build, named_by_place, node
from tests.console.conftest import Opener
from tests.fakes.console_flows import BOB, MadeFlows
from tests.fakes.console_server import ConsoleServer
from tests.routing.agi.hotline import HEARD, SUB, document
from tests.routing.prompts.made import MP3, read, strength

pytestmark = pytest.mark.browser
# A microphone that hears a tone of 600 Hz; it is recorded, decoded and sent by the page as any other.
MICROPHONE = """() => {
  navigator.mediaDevices.getUserMedia = async () => {
    const context = new AudioContext(), tone = context.createOscillator(), out = context.createMediaStreamDestination();
    tone.frequency.value = 600;
    tone.connect(out);
    tone.start();
    return out.stream;
  };
}"""


def text(en: str) -> list[dict[str, Any]]:
    return [{"say": "text", "text": {"zh-CN": "您好", "en": en}}]


def small() -> dict[str, Any]:
    nodes = {
        "welcome": {"kind": "play", "speech": text("Welcome"), "exits": {"next": "safe"}},
        "safe": {"kind": "safe"},
    }
    return {"format": 1, "title": "Hotline", "languages": ["zh-CN", "en"], "start": "welcome", "nodes": nodes}


def flow_at(page: Page, server: ConsoleServer, made: MadeFlows) -> dict[str, Any]:
    """What the page saves when it is told to."""
    page.keyboard.press("Control+s")
    expect(page.locator(".flow-title .sub")).to_contain_text(re.compile("draft of|草稿保存于"))
    draft: dict[str, Any] = made.flows["hotline"]["draft"]
    return draft


@pytest.fixture
def made(server: ConsoleServer) -> MadeFlows:
    one = MadeFlows(server)
    one.add("hotline", small())
    return one


def wanted() -> dict[str, Any]:
    """The hotline of 25 nodes, with the names that there are here."""
    text_of = json.dumps(document("https://crm.example/card"))
    for name in HEARD:
        text_of = text_of.replace(f'"prompt": "{name}"', '"prompt": "welcome"')
    plain: dict[str, Any] = json.loads(text_of)
    nodes = plain["nodes"]
    nodes["emergency"]["switch"], nodes["deep"]["flow"] = "storm", "sub"
    nodes["who"] = {
        "kind": "condition",
        "cases": [{"name": "yes", "when": [{"ask": "list", "list": "vip"}]},
                  {"name": "case2", "when": [{"ask": "tier", "any": ["gold"]}]}],
        "exits": {"yes": "bye", "case2": "vip", "else": "menu"},
    }  # fmt: skip
    nodes["level"]["cases"][0]["name"] = "yes"
    nodes["level"]["exits"] = {"yes": "found", "else": "support"}
    return plain


def begun(made: MadeFlows) -> None:
    """A flow of one node, and the one that it calls."""
    made.add("sub", SUB)
    made.history["sub"].append({"document": SUB, "note": "", "at": time.time()})
    made.flows["sub"]["live"] = 1
    surveys = {"items": [{"key": "service", "survey": {"title": "Service"}}]}
    made["GET", "surveys"] = lambda _body: (200, surveys)
    one = {**small(), "start": "language", "nodes": {"language": {"kind": "language"}}}
    made.flows["hotline"]["draft"] = one


@pytest.mark.timeout(300)  # hundreds of keys and drags; a busy machine takes its time for each
@pytest.mark.parametrize(("by", "language"), [(MouseHand, "en"), (KeyboardHand, "zh-CN")])
def test_25_nodes_drawn_checked_tried_published_and_taken_back(
    open_page: Opener, server: ConsoleServer, made: MadeFlows, by: type[MouseHand | KeyboardHand], language: str
) -> None:
    begun(made)
    page = open_page("flows.html#flow/hotline", language=language, width=1440, height=900)
    words = Words(language)
    hand = by(page, words)
    node(page, "language").focus()  # where a page begins is no matter of hands
    build(hand, wanted(), "language")
    expect(page.locator(".flow-node")).to_have_count(25)
    draft = flow_at(page, server, made)
    assert page.evaluate("window.refused") == []
    drawn, meant = (named_by_place(msgspec.to_builtins(flow_of(one))) for one in (draft, wanted()))
    assert drawn == meant
    hand.button(words("check"))
    expect(page.locator(".flow-problems")).to_contain_text(words("noProblems"))
    page.evaluate(SOUNDS)
    tried(hand)
    published(hand)
    assert server.said("POST", "flows/hotline/publish")[0]["note"] == "first"
    assert page.evaluate("window.refused") == []


SOUNDS = """() => {
  window.sounds = 0;
  const start = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function (...more) { window.sounds += 1; return start.apply(this, more); };
}"""
HEARD_SOUNDS = """() => new Promise((done) => {
  const look = () => (window.sounds > 1 ? done() : setTimeout(look, 30));
  look();
})"""


def tried(hand: MouseHand | KeyboardHand) -> None:
    """A dry run lights its way on the drawing, and is heard."""
    page, words = hand.page, hand.words
    hand.button(words("try"))
    hand.moment(words("tryAt"), "2026-11-30T10:00")
    hand.button(words("tryStart"))
    lit = page.locator(".flow-node.lit-here")
    expect(lit).to_have_attribute("data-node", "language")
    for key, kind in (("1", "menu"), ("4", "callback")):
        hand.dial(key)
        expect(lit).to_have_attribute("data-node", kind)
    expect(page.locator(".flow-wire.lit")).to_have_count(6)
    hand.dial("1")
    expect(page.locator(".flow-try [role=status]")).to_contain_text(words("ended.contained"))
    expect(page.locator(".flow-wire.lit")).to_have_count(7)
    page.evaluate(HEARD_SOUNDS)


def published(hand: MouseHand | KeyboardHand) -> None:
    """Two versions, and back to the first."""
    page, words = hand.page, hand.words
    for version in (1, 2):
        if version == 2:
            hand.open_form("language")
            hand.fill(words("label"), "Hello")
        hand.button(words("publish"))
        expect(page.locator(".flow-form .good")).to_have_text(words("ready"))
        if version == 1:
            hand.fill(words("comment"), "first")
        else:
            expect(page.locator(".flow-differences li")).to_have_count(1)
        hand.button(words("publishNow"))
        expect(page.get_by_text(words("publishedDone", version=version))).to_be_visible()
        hand.button("Close" if isinstance(hand, MouseHand) else "关闭")
    hand.button(words("versions"))
    hand.button(words("rollBack"))
    hand.button(words("sureBack", version=1))
    expect(page.locator(".flow-title .sub")).to_contain_text(words("publishedVersion", version=1))


def test_taken_back_copied_and_in_the_outline(open_page: Opener, server: ConsoleServer, made: MadeFlows) -> None:
    made.flows["hotline"]["draft"] = wanted()
    page = open_page("flows.html#flow/hotline", language="zh-CN", width=1440, height=900)
    node(page, "language").focus()
    for key in ("Home", "ArrowRight", "ArrowDown", "Delete", "/"):  # its way on leads nowhere now, and then …
        page.keyboard.press(key)
    page.get_by_role("dialog").get_by_role("combobox").fill("menu")
    page.locator("dialog .group-there", has_text="menu").click()
    assert flow_at(page, server, made)["nodes"]["welcome"]["exits"]["next"] == "menu"
    expect(page.locator(":focus")).to_have_attribute("data-node", "menu")
    page.keyboard.press("Control+c")
    page.keyboard.press("Control+v")
    expect(page.locator(".flow-node")).to_have_count(26)
    page.keyboard.press("Control+z")
    expect(page.locator(".flow-node")).to_have_count(25)
    page.keyboard.press("Control+y")
    expect(page.locator(".flow-node")).to_have_count(26)
    page.keyboard.press("Control+z")
    page.get_by_role("button", name="大纲").click()
    row = page.locator('.outline [data-node="found"]')
    row.click()
    page.keyboard.press("Delete")
    expect(row).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(row).to_be_visible()
    page.get_by_role("button", name="检查", exact=True).click()
    expect(page.locator(".flow-problem").first).to_be_visible()  # nobody comes to what was between
    assert page.evaluate("window.refused") == []


def test_somebody_else_was_quicker(open_page: Opener, server: ConsoleServer, made: MadeFlows) -> None:
    page = open_page("flows.html#flow/hotline")
    node(page, "welcome").locator(".flow-sign").click()
    page.get_by_label("What people call it").fill("Mine")
    theirs = small()
    theirs["nodes"]["safe"] = {"kind": "hangup", "label": "Theirs"}
    made.saved_by_other("hotline", theirs)
    page.keyboard.press("Control+s")
    expect(page.get_by_role("alert")).to_contain_text(BOB)
    expect(page.locator(".flow-differences li")).to_have_count(2)
    page.get_by_role("button", name="Go on with theirs").click()
    expect(node(page, "safe")).to_contain_text("Theirs")
    page.keyboard.press("Control+z")  # mine is not lost
    expect(node(page, "welcome")).to_contain_text("Mine")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Back to the flows").click()
    expect(page.locator(".flow-editor")).to_be_visible()
    page.keyboard.press("Control+s")
    page.get_by_role("button", name="Back to the flows").click()
    expect(page.get_by_role("link", name="Hotline")).to_be_visible()
    assert made.flows["hotline"]["draft"]["nodes"]["welcome"]["label"] == "Mine"


def test_a_flow_of_200_nodes_can_be_worked_on(open_page: Opener, server: ConsoleServer, made: MadeFlows) -> None:
    nodes: dict[str, Any] = {"n0": {"kind": "play", "exits": {"next": "n1"}}}
    for number in range(1, 200):
        ways = {str(key): f"n{4 * number + key - 3}" for key in range(1, 5) if 4 * number + key - 3 < 200}
        nodes[f"n{number}"] = {"kind": "menu", "exits": {**ways, "timeout": f"n{(number - 1) // 4 or 1}"}}
    made.flows["hotline"]["draft"] = {**small(), "start": "n0", "nodes": nodes}
    page = open_page("flows.html#flow/hotline")
    expect(node(page, "n1")).to_be_visible()
    node(page, "n0").focus()
    took = page.evaluate(
        """async () => {
          const canvas = document.querySelector(".flow-canvas"), frames = [];
          for (let n = 0; n < 20; n += 1) {
            const began = performance.now();
            canvas.dispatchEvent(new WheelEvent("wheel", { deltaX: 40, deltaY: 20, bubbles: true, cancelable: true }));
            await new Promise(requestAnimationFrame);
            frames.push(performance.now() - began);
          }
          return frames.sort((a, b) => a - b)[10];
        }"""
    )
    assert took < 150  # milliseconds from the wheel to the next frame, also on a busy machine
    page.keyboard.press("ArrowRight")
    expect(page.locator(":focus")).to_have_attribute("data-node", "n1")


def test_out_as_a_file_and_in_again(open_page: Opener, server: ConsoleServer, made: MadeFlows) -> None:
    page = open_page("flows.html")
    page.get_by_role("link", name="Hotline").click()
    page.get_by_role("button", name="More").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Export as a file").click()
    path = str(saved.value.path())
    page.get_by_role("button", name="Back to the flows").click()
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_label("Title").fill("Second")
    page.get_by_label("Short name").fill("second")
    page.get_by_role("button", name="Make the flow").click()
    expect(page.locator(".flow-node")).to_have_count(2)
    assert made.flows["second"]["draft"]["title"] == "Second"


def test_prompts_by_text_by_file_and_by_microphone(open_page: Opener, server: ConsoleServer, made: MadeFlows) -> None:
    page = open_page("flows.html#prompts")
    expect(page.locator("audio")).to_have_count(2)
    page.get_by_role("button", name="New prompt").click()
    page.get_by_label("What people call it").fill("Sorry")
    page.get_by_label("Short name").fill("sorry")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Change Sorry, English").click()
    page.get_by_label("Text", exact=True).fill("We are sorry.")
    page.get_by_role("dialog").get_by_role("button", name="Listen").click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Listen")).to_be_enabled()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert server.said("POST", "speech") == [{"text": "We are sorry.", "language": "en"}]
    page.get_by_role("button", name="Use it").click()
    expect(page.locator("audio")).to_have_count(3)
    page.get_by_role("button", name="Change Sorry, Chinese").click()
    page.get_by_role("button", name="File").click()
    page.get_by_label("WAV or MP3").set_input_files({"name": "a.mp3", "mimeType": "audio/mpeg", "buffer": MP3})
    page.get_by_role("button", name="Use it").click()
    expect(page.locator("audio")).to_have_count(4)
    sent = server.said("PUT", "prompts/2/audio/zh-CN")[0]
    assert (sent["source"], sent["file_name"], sent["data"][:4]) == ("upload", "a.mp3", "//Mo")
    page.evaluate(MICROPHONE)
    page.get_by_role("button", name="Change Sorry, Chinese").click()
    page.get_by_role("button", name="Record", exact=True).click()
    page.get_by_role("button", name="Begin recording").click()
    expect(page.get_by_role("timer")).to_have_text("0:02")  # it counts whole seconds: one at least
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Record again")).to_be_visible()
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    recorded = server.said("PUT", "prompts/2/audio/zh-CN")[1]
    assert recorded["source"] == "recording"
    rate, _, samples = read(refine(base64.b64decode(recorded["data"])).narrow)
    assert strength(samples[800:-800], rate, 600) > 0.9
    page.get_by_role("row", name="welcome").get_by_role("button", name="Edit").click()
    expect(page.get_by_role("dialog")).to_contain_text("Hotline")
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)


@pytest.mark.parametrize(("language", "words"), [
    ("en", ("Calls by day", "Menu", "Key 1 60%", "hung up", "75%")),
    ("zh-CN", ("每日来电", "按键菜单", "按键 1 60%", "中途挂机", "75%")),
])  # fmt: skip
def test_figures_by_day_and_what_callers_chose(
    open_page: Opener, server: ConsoleServer, made: MadeFlows, language: str, words: tuple[str, ...]
) -> None:
    made.flows["hotline"]["draft"] = wanted()
    exits = (ExitJson("1", 6, 0.6), ExitJson("gone", 3, 0.3), ExitJson("timeout", 1, 0.1))
    menu = NodeJson("menu", "menu", 10, 3, 1, 2.5, exits)
    days = (DayJson("2026-11-29", 4, 2, 1, 1, 0), DayJson("2026-11-30", 8, 1, 6, 1, 0))
    outcomes = {"contained": 3, "handed": 6, "gone": 3}
    told = FiguresJson("hotline", None, 0.0, 1.0, 12, 12, 9, 3, 6, 3, 0, 1, 0.75, 0.25, 0.1, outcomes,
                       ({"node": "menu", "count": 3},), (menu,), days)  # fmt: skip
    made.figures = msgspec.to_builtins(told)
    page = open_page("flows.html#flow/hotline", language=language)
    page.get_by_role("button", name=Words(language)("figures"), exact=True).click()
    panel = page.locator(".flow-side")
    for word in words:
        expect(panel).to_contain_text(word)
    expect(panel.locator(".days svg g")).to_have_count(2)
    tallest = panel.locator(".days .day-handed").nth(1)
    assert tallest.get_attribute("height") == "45"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    with page.expect_response(lambda answer: "until=" in answer.url):
        panel.get_by_label(Words(language)("period")).select_option("0")
    expect(panel.locator(".days svg g")).to_have_count(2)
    query = server.said("GET", "flows/hotline/figures")[-1]
    since, until = float(query["since"]), float(query["until"])
    assert (until - since, until % 86_400) == (86_400, 57_600)  # yesterday, from midnight to midnight in Shanghai
