"""The editor of the flows: 25 nodes by mouse and by keyboard, checked, tried, published, taken back; prompts."""

import base64
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from cti_server.routing.prompts.audio import refine
from tests.console.conftest import Opener
from tests.fakes.console_flows import BOB, MadeFlows
from tests.fakes.console_server import ConsoleServer
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


def node(page: Page, name: str) -> Locator:
    return page.locator(f'.flow-view [data-node="{name}"]')


def drag(page: Page, name: str, exit_: str, to: tuple[float, float] | str) -> None:
    """From a handle to a place of the canvas, or to a node."""
    page.keyboard.press("f")
    box = node(page, name).locator(f'[data-handle="{exit_}"]').bounding_box()
    canvas = page.locator(".flow-canvas").bounding_box()
    assert box
    assert canvas
    if isinstance(to, str):
        target = node(page, to).locator(".flow-sign").bounding_box()
        assert target
        x, y = target["x"] + target["width"] / 2, target["y"] + target["height"] / 2
    else:
        x, y = canvas["x"] + to[0], canvas["y"] + to[1]
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(x - 8, y - 8, steps=2)
    page.mouse.move(x, y)
    page.mouse.up()


def pick(page: Page, name: str) -> None:
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    node(page, name).locator(".flow-sign").click()


def put_behind(page: Page, name: str, exit_: str, kind: str) -> None:
    drag(page, name, exit_, (60, 20))
    page.get_by_role("dialog").get_by_role("option", name=kind).first.click()
    expect(page.locator("dialog")).to_have_count(0)


def test_25_nodes_by_mouse_checked_tried_published_and_taken_back(
    open_page: Opener, server: ConsoleServer, made: MadeFlows
) -> None:
    page = open_page("flows.html#flow/hotline", width=1440, height=900)
    node(page, "welcome").locator(".flow-sign").click()
    put_behind(page, "welcome", "next", "Menu")
    for _ in range(9):
        put_behind(page, "menu", "+", "Play")
    for number in range(1, 10):
        put_behind(page, "play" if number == 1 else f"play{number}", "next", "Hang up")
    put_behind(page, "play", "next", "Queue")
    put_behind(page, "play2", "next", "Opening hours")
    put_behind(page, "hours", "closed", "Voicemail")
    put_behind(page, "voicemail", "done", "Play")
    expect(page.locator(".flow-node")).to_have_count(25)
    drag(page, "play10", "next", "menu")

    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator(".flow-problem", has_text="Queue").first).to_be_visible()
    page.locator(".flow-problem", has_text="Queue").first.click()
    expect(node(page, "queue")).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Queue", exact=True).select_option("support")
    pick(page, "menu")
    page.get_by_label("What is said: add").select_option("text")
    page.get_by_label("Chinese").fill("请按键")
    page.get_by_label("English").fill("Press a key")
    pick(page, "hours")
    page.get_by_label("Calendar").select_option("office")
    pick(page, "voicemail")
    page.get_by_label("Queue", exact=True).select_option("vip")
    page.get_by_label("What is said: add").select_option("prompt")
    page.get_by_label("Prompt", exact=True).select_option("welcome")
    draft = flow_at(page, server, made)
    assert len(draft["nodes"]) == 25
    assert draft["nodes"]["play10"]["exits"] == {"next": "menu"}
    assert draft["nodes"]["play"]["exits"] == {"next": "queue"}

    page.get_by_role("button", name="Try", exact=True).click()
    page.get_by_label("Time of the call").fill("2026-11-30T10:00")
    page.get_by_role("button", name="Call", exact=True).click()
    expect(page.locator(".try-step").last).to_contain_text("请按键")
    page.get_by_role("group", name="Keys").get_by_role("button", name="1").click()
    expect(page.get_by_role("button", name="waited too long", exact=True)).to_be_visible()
    expect(node(page, "queue")).to_have_class(re.compile("lit-here"))
    expect(page.locator(".flow-wire.lit")).to_have_count(3)
    page.get_by_role("button", name="waited too long", exact=True).click()
    expect(page.locator(".flow-try [role=status]")).to_contain_text("got what he wanted")

    page.get_by_role("button", name="Publish", exact=True).click()
    page.get_by_label("What was changed").fill("first")
    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_text("Version 1 is live.")).to_be_visible()
    pick(page, "welcome")
    page.locator(".flow-side").get_by_role("button", name="Close").click()
    page.get_by_label("What people call it").fill("Hello")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("changed: label")).to_be_visible()
    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_text("Version 2 is live.")).to_be_visible()
    page.get_by_role("button", name="Versions").click()
    page.get_by_role("button", name="Roll back").click()
    page.get_by_role("button", name="Make 1 live?").click()
    expect(page.locator(".flow-title .sub")).to_contain_text("Version 1 is live")
    assert page.evaluate("window.refused") == []
    assert server.said("POST", "flows/hotline/publish")[0]["note"] == "first"


def add(page: Page, kind: str) -> None:
    page.keyboard.press("/")
    page.get_by_role("dialog").get_by_role("combobox").fill(kind)
    page.keyboard.press("Enter")
    expect(page.locator("dialog")).to_have_count(0)


def test_25_nodes_by_keyboard(open_page: Opener, server: ConsoleServer, made: MadeFlows) -> None:
    page = open_page("flows.html#flow/hotline", language="zh-CN", width=1440, height=900)
    node(page, "welcome").focus()
    add(page, "按键菜单")
    for number in range(11):
        add(page, "播放")
        page.keyboard.press("Enter")  # its form: the name first
        page.keyboard.type(f"第{number}项")
        page.keyboard.press("Escape")
        expect(page.locator(":focus")).to_have_attribute("data-node", "play" if number == 0 else f"play{number + 1}")
        add(page, "挂断")
        for _ in range(2):
            page.keyboard.press("ArrowLeft")
        expect(page.locator(":focus")).to_have_attribute("data-node", "menu")
        page.keyboard.press("Escape")
    expect(page.locator(".flow-node")).to_have_count(25)

    page.keyboard.press("Home")
    expect(page.locator(":focus")).to_have_attribute("data-node", "welcome")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")  # the first key
    page.keyboard.press("Delete")  # leads nowhere now
    page.keyboard.press("/")
    page.get_by_role("dialog").get_by_role("combobox").fill("hangup3")
    page.keyboard.press("Enter")
    draft = flow_at(page, server, made)
    assert draft["nodes"]["menu"]["exits"]["1"] == "hangup3"
    assert draft["nodes"]["play2"]["label"] == "第1项"

    expect(page.locator(":focus")).to_have_attribute("data-node", "hangup3")
    page.keyboard.press("Control+c")
    page.keyboard.press("Control+v")
    expect(page.locator(".flow-node")).to_have_count(26)
    page.keyboard.press("Control+z")
    expect(page.locator(".flow-node")).to_have_count(25)
    page.keyboard.press("Control+y")
    expect(page.locator(".flow-node")).to_have_count(26)
    page.keyboard.press("Control+z")
    page.get_by_role("button", name="大纲").click()
    expect(page.get_by_role("treeitem")).to_have_count(26)
    row = page.locator('.outline [data-node="play3"]')
    row.click()
    page.keyboard.press("Delete")
    expect(row).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(row).to_be_visible()
    page.get_by_role("button", name="检查", exact=True).click()
    expect(page.locator(".flow-problem").first).to_be_visible()
    expect(page.get_by_role("button", name="立即发布")).to_have_count(0)
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
