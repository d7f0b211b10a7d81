"""Somebody who draws a whole flow in the editor: with the mouse, or with nothing but the keyboard."""

import re
from collections.abc import Mapping
from typing import Any, Protocol

from playwright.sync_api import Locator, Page, expect

from cti_server.routing.flows.kinds import catalogue
from cti_server.sandbox.state import repository

# What the focus is on, as a person would name it, and where among its fellows a chosen option stands.
FOCUSED = """() => {
  const one = document.activeElement;
  const icon = one.querySelector("[aria-label]")?.getAttribute("aria-label");
  const label = one.getAttribute("aria-label") ?? icon ?? one.labels?.[0]?.innerText ?? one.innerText ?? "";
  return label.split("\\n")[0].trim();
}"""
PLACES = """(one, wanted) => {
  const places = [...one.options].filter((option) => !option.disabled);
  return [places.indexOf(one.options[one.selectedIndex]), places.findIndex((option) => option.value === wanted)];
}"""
WAYS = """(id) => {
  const ways = document.querySelectorAll(`.flow-view [data-node="${id}"] [data-exit]`);
  return [...ways].map((way) => way.dataset.exit);
}"""
BEFORE = """(id) => {
  const options = [...document.querySelectorAll("dialog [role=option]")];
  return options.findIndex((one) => one.matches(".group-there") && one.querySelector("small").innerText === id);
}"""
FREE = """() => {
  const canvas = document.querySelector(".flow-canvas"), room = canvas.getBoundingClientRect();
  for (let y = 30; y < room.height - 90; y += 40) for (let x = 30; x < room.width - 30; x += 40) {
    const over = document.elementFromPoint(room.left + x, room.top + y);
    if (canvas.contains(over) && !over.closest("[data-node], .flow-zoom")) return [room.left + x, room.top + y];
  }
  return null;
}"""


class Words:
    """The texts of the page, to find things by."""

    def __init__(self, language: str) -> None:
        source = (repository() / f"agent_console/lang/{language}/routing.js").read_text(encoding="utf-8")
        self._words = dict(re.findall(r'"([\w.+*#-]+)": "((?:[^"\\]|\\.)*)"', source))

    def __call__(self, key: str, **values: object) -> str:
        text = self._words[f"flows.{key}"]
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text


class Hand(Protocol):
    """What somebody can do."""

    page: Page
    words: Words

    def add(self, parent: str, exit_: str, kind: str) -> str: ...
    def join(self, parent: str, exit_: str, target: str) -> None: ...
    def open_form(self, node: str) -> None: ...
    def choose(self, label: str, value: str) -> None: ...
    def fill(self, label: str, text: str) -> None: ...
    def tick(self, label: str, on: bool) -> None: ...
    def add_line(self, key_label: str, key: str, value_label: str, value: str) -> None: ...
    def add_case(self) -> None: ...
    def button(self, label: str) -> None: ...
    def moment(self, label: str, at: str) -> None: ...
    def dial(self, key: str) -> None: ...


def node(page: Page, name: str) -> Locator:
    return page.locator(f'.flow-view [data-node="{name}"]')


class MouseHand:
    """Drags, clicks, and types only into fields that it has clicked."""

    def __init__(self, page: Page, words: Words) -> None:
        self.page, self.words = page, words
        self._last = ""
        """The field above the one that is meant, where several have one name."""

    def _see(self, name: str) -> None:
        """Bring a node to where it can be worked on, unless it was worked on just now."""
        figure = self.page.locator(".flow-zoom-figure")
        here = node(self.page, name).get_attribute("aria-pressed") == "true"
        if here and int(figure.inner_text().rstrip("%")) >= 55:
            return
        self.page.get_by_role("button", name=self.words("fit")).click()
        node(self.page, name).locator(".flow-box").click(position={"x": 8, "y": 8})
        box = node(self.page, name).bounding_box()
        assert box
        self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 4)
        self.page.keyboard.down("Control")
        while int(figure.inner_text().rstrip("%")) < 55:
            self.page.mouse.wheel(0, -240)
            self.page.evaluate("() => new Promise(requestAnimationFrame)")
        self.page.keyboard.up("Control")

    def _middle(self, parent: str, exit_: str) -> tuple[float, float]:
        """Where the handle of a way out is, once the wheel has brought it to the middle of the drawing."""
        handle = node(self.page, parent).locator(f'[data-handle="{exit_}"]')
        canvas = self.page.locator(".flow-canvas").bounding_box()
        assert canvas
        wanted = canvas["x"] + canvas["width"] / 2, canvas["y"] + canvas["height"] / 2
        for _ in range(2):
            box = handle.bounding_box()
            assert box
            here = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
            self.page.mouse.move(*wanted)
            self.page.mouse.wheel(here[0] - wanted[0], here[1] - wanted[1])
            self.page.evaluate("() => new Promise(requestAnimationFrame)")
        return here

    def add(self, parent: str, exit_: str, kind: str) -> str:
        self._see(parent)
        grip = self._middle(parent, exit_)
        free = self.page.evaluate(FREE)
        assert free
        self.page.mouse.move(*grip)
        self.page.mouse.down()
        self.page.mouse.move(free[0] - 8, free[1] - 8, steps=2)
        self.page.mouse.move(*free)
        self.page.mouse.up()
        self.page.get_by_role("dialog").get_by_role("option", name=self.words(f"kind.{kind}")).first.click()
        return chosen(self.page)

    def join(self, parent: str, exit_: str, target: str) -> None:
        self.open_form(parent)
        if exit_ == "+":
            self.page.get_by_role("button", name=self.words("addKey")).click()
        else:
            line = [way for way in self.page.evaluate(WAYS, parent) if way != "+"].index(exit_)
            self.page.locator(".flow-way-line").nth(line).get_by_role("button").click()
        there = self.page.locator("dialog .group-there")
        there.filter(has=self.page.locator("small").get_by_text(target, exact=True)).click()
        expect(self.page.locator("dialog")).to_have_count(0)

    def open_form(self, name: str) -> None:
        self._see(name)

    def _field(self, label: str) -> Locator:
        return self.page.locator(".flow-side").get_by_label(label, exact=True).last

    def choose(self, label: str, value: str) -> None:
        self._field(label).select_option(value)

    def fill(self, label: str, text: str) -> None:
        self._field(label).click()
        self._field(label).fill(text)

    def tick(self, label: str, on: bool) -> None:
        self.page.locator(".flow-side").get_by_role("checkbox", name=label).set_checked(on)

    def button(self, label: str) -> None:
        self.page.get_by_role("button", name=label, exact=True).last.click()

    def moment(self, label: str, at: str) -> None:
        self._field(label).fill(at)

    def dial(self, key: str) -> None:
        self.page.locator(".try-pad").get_by_role("button", name=key, exact=True).click()

    def add_case(self) -> None:
        self.page.locator(".flow-side").get_by_role("button", name=self.words("addCase")).click()

    def add_line(self, key_label: str, key: str, value_label: str, value: str) -> None:
        self.fill(key_label, key)
        self.page.locator(".map-line button:enabled", has_text=self.words("addLine")).click()
        self.fill(f"{key}: {value_label}", value)


class KeyboardHand:
    """Presses keys and nothing else; looks at the page as a screen reader would."""

    def __init__(self, page: Page, words: Words) -> None:
        self.page, self.words = page, words
        self._ways: dict[str, list[tuple[str, str]]] = {}
        """Node → the way to it from the start: nodes and exits."""

    def _go(self, name: str) -> None:
        """With the arrows: back by the way that one came, else from the start of the flow."""
        if not self.page.evaluate("() => document.activeElement.matches('.flow-view [data-node]')"):
            self.page.keyboard.press("Escape")
        for _ in range(2):
            if chosen(self.page) == name:
                return
            self.page.keyboard.press("ArrowLeft")
        self.page.keyboard.press("Home")
        for at, exit_ in self._ways.get(name, []):
            self._point(at, exit_)
            self.page.keyboard.press("ArrowRight")
        assert chosen(self.page) == name

    def _point(self, at: str, exit_: str) -> None:
        """Onto a way out of the node on which the focus is."""
        self.page.keyboard.press("Escape")
        for _ in range(self.page.evaluate(WAYS, at).index(exit_) + 1):
            self.page.keyboard.press("ArrowDown")

    def _palette(self, parent: str, exit_: str, wanted: str, there: str = "") -> None:
        self._go(parent)
        self._point(parent, exit_)
        self.page.keyboard.press("/")
        expect(self.page.get_by_role("combobox").and_(self.page.locator(":focus"))).to_have_count(1)
        self.page.keyboard.type(wanted)
        for _ in range(self.page.evaluate(BEFORE, there) if there else 0):
            self.page.keyboard.press("ArrowDown")
        self.page.keyboard.press("Enter")
        expect(self.page.locator("dialog")).to_have_count(0)

    def add(self, parent: str, exit_: str, kind: str) -> str:
        before = self.page.evaluate(WAYS, parent)
        self._palette(parent, exit_, self.words(f"kind.{kind}"))
        made = chosen(self.page)
        key = exit_ if exit_ != "+" else next(way for way in self.page.evaluate(WAYS, parent) if way not in before)
        self._ways[made] = [*self._ways.get(parent, []), (parent, key)]
        return made

    def join(self, parent: str, exit_: str, target: str) -> None:
        self._palette(parent, exit_, target, there=target)

    def open_form(self, name: str) -> None:
        self._go(name)
        self.page.keyboard.press("Enter")

    def _tab_to(self, label: str, key: str = "Tab") -> None:
        for _ in range(150):
            if self.page.evaluate(FOCUSED) == label:
                return
            self.page.keyboard.press(key)
        raise AssertionError(f"{label} cannot be reached with Tab")

    def choose(self, label: str, value: str) -> None:
        self._tab_to(label)
        now, wanted = self.page.locator(":focus").evaluate(PLACES, value)
        assert wanted >= 0, f"{value} is no choice of {label}"
        if self.page.locator(":focus").evaluate("(one) => one.matches('.speech-add')"):
            self.page.keyboard.press("ArrowDown")  # opens the list: what it chooses is added at once
            for _ in range(wanted - now):
                self.page.keyboard.press("ArrowDown")
            self.page.keyboard.press("Enter")
            return
        for _ in range(abs(wanted - now)):
            self.page.keyboard.press("ArrowDown" if wanted > now else "ArrowUp")

    def fill(self, label: str, text: str) -> None:
        self._tab_to(label)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def tick(self, label: str, on: bool) -> None:
        self._tab_to(label)
        if self.page.locator(":focus").is_checked() is not on:
            self.page.keyboard.press(" ")

    def button(self, label: str) -> None:
        self._tab_to(label, "Shift+Tab")
        self.page.keyboard.press("Enter")

    def moment(self, label: str, at: str) -> None:
        """Part after part, as the browser (whose own language is English) asks for them."""
        self._tab_to(label)
        year, month, day, hour, minute = re.split(r"\D", at)
        self.page.keyboard.type(month + day + year)
        self.page.keyboard.press("ArrowRight")
        self.page.keyboard.type(f"{hour}{minute}AM")

    def dial(self, key: str) -> None:
        self._tab_to("1")
        self.page.keyboard.press(key)

    def add_case(self) -> None:
        self._tab_to(self.words("addCase"))
        self.page.keyboard.press("Enter")
        self._tab_to(self.words("testKind"), "Shift+Tab")

    def add_line(self, key_label: str, key: str, value_label: str, value: str) -> None:
        self.fill(key_label, key)
        self.page.keyboard.press("Enter")
        for _ in range(2):  # back over the button that takes the line away
            self.page.keyboard.press("Shift+Tab")
        assert self.page.evaluate(FOCUSED) == f"{key}: {value_label}"
        self.page.keyboard.type(value)


def chosen(page: Page) -> str:
    """The node on which the focus is."""
    expect(page.locator("dialog")).to_have_count(0)
    expect(page.locator(".flow-view [data-node]:focus")).to_have_count(1)
    return str(page.locator(".flow-view [data-node]:focus").get_attribute("data-node"))


def build(hand: Hand, document: Mapping[str, Any], first: str) -> None:
    """Draw this flow, each way to its end; its first node stands already, as `first`."""
    made = {document["start"]: first}

    def draw(name: str) -> None:
        wanted = document["nodes"][name]
        settle(hand, made[name], wanted)
        for exit_, to in wanted.get("exits", {}).items():
            drawn = "+" if exit_.isdigit() else exit_
            if to in made:
                hand.join(made[name], drawn, made[to])
            else:
                made[to] = hand.add(made[name], drawn, document["nodes"][to]["kind"])
                draw(to)

    draw(document["start"])


def settle(hand: Hand, name: str, wanted: Mapping[str, Any]) -> None:
    """Fill in the form of a node, from top to bottom."""
    order = next(kind for kind in catalogue() if kind.kind == wanted["kind"]).settings
    plain = [setting.name for setting in order if setting.name in wanted]
    if not plain:
        return
    hand.open_form(name)
    for key in plain:
        _set(hand, key, wanted[key])


def _set(hand: Hand, key: str, value: Any) -> None:
    words = hand.words
    label = words("setting." + key)
    if key == "speech":
        hand.choose(words("addPartTo", setting=label), "prompt")
        hand.choose(words("say.prompt"), value[0]["prompt"])
    elif key == "keys":
        for digit, language in value.items():
            hand.choose(words(f"language.{language}"), digit)
    elif key == "cases":
        _cases(hand, value)
    elif key in ("data", "answer"):
        kind = {"data": "template", "answer": "answerPlace"}[key]
        for field, one in value.items():
            hand.add_line(words("mapKey.field"), field, words(f"mapValue.{kind}"), one)
    elif isinstance(value, bool):
        hand.tick(label, value)
    elif key.endswith("_seconds"):
        hand.fill(f"{label} ({words('seconds')})", f"{value:g}")
    elif key in ("queue", "calendar", "switch", "survey", "flow"):
        hand.choose(label, value)
    else:
        hand.fill(label, str(value))


def _cases(hand: Hand, cases: list[dict[str, Any]]) -> None:
    words = hand.words
    for number, case in enumerate(cases):
        if number:
            hand.add_case()
        (test,) = case["when"]
        hand.choose(words("testKind"), test["ask"])
        if test["ask"] == "list":
            hand.choose(words("test.list"), test["list"])
        elif test["ask"] == "tier":
            hand.fill(words("test.tier"), ", ".join(test["any"]))
        else:
            hand.fill(words("mapKey.field"), test["name"])
            hand.choose(words("compare"), test["is"])
            hand.fill(words("value"), test["value"])


def named_by_place(document: Mapping[str, Any]) -> list[Any]:
    """A flow with its nodes in the order in which callers meet them, so that their names do not matter."""
    order, found = [document["start"]], []
    for name in order:
        order += [to for _, to in sorted(document["nodes"][name].get("exits", {}).items()) if to not in order]
    for name in order:
        one = {key: value for key, value in document["nodes"][name].items() if key not in ("exits", "label")}
        exits = {exit_: order.index(to) for exit_, to in document["nodes"][name].get("exits", {}).items()}
        found.append((one, exits))
    return found
