/** Keys: how they are written, when they act, clashes, who acts, and the second press that hangs up. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ACTIONS, DEFAULTS, GUARD, Guard, Registry, actionOf, clash, keyOf, keymap, refusal, typing } from "../core/shortcuts.js";

test("a key is written in one way, whatever the keyboard's script", () => {
  assert.equal(keyOf({ key: "h", code: "KeyH" }), "H");
  assert.equal(keyOf({ key: "H", code: "KeyH", shiftKey: true }), "Shift+H");
  assert.equal(keyOf({ key: "?", code: "Slash", shiftKey: true }), "?");
  assert.equal(keyOf({ key: "р", code: "KeyH" }), "H", "Cyrillic");
  assert.equal(keyOf({ key: "˙", code: "KeyH", altKey: true }), "Alt+H", "what Alt makes of it on a Mac");
  assert.equal(keyOf({ key: "h", code: "KeyH", ctrlKey: true, altKey: true }), "Ctrl+Alt+H");
  assert.equal(keyOf({ key: "F2", shiftKey: true }), "Shift+F2");
  assert.equal(keyOf({ key: " " }), "Space");
});

test("a modifier alone and signs that an input method puts together are no keys", () => {
  for (const key of ["Shift", "Control", "Alt", "Meta", "Dead", "Process"]) assert.equal(keyOf({ key }), "");
  assert.equal(keyOf({ key: "h", isComposing: true }), "");
  assert.equal(keyOf({ key: "h", keyCode: 229 }), "");
});

test("where somebody types no key acts", () => {
  for (const target of [{ tagName: "INPUT" }, { tagName: "INPUT", type: "search" }, { tagName: "TEXTAREA" }, { tagName: "SELECT" }, { tagName: "DIV", isContentEditable: true }, { tagName: "INPUT", type: "tel" }]) assert.ok(typing(target));
  for (const target of [null, { tagName: "BODY" }, { tagName: "BUTTON" }, { tagName: "INPUT", type: "checkbox" }, { tagName: "INPUT", type: "radio" }]) assert.ok(!typing(target));
});

test("keys of the browser and of moving about cannot be chosen", () => {
  for (const key of ["Tab", "Enter", "Escape", "Space", "F5", "F12", "Ctrl+W", "Meta+C", "ArrowUp", "Delete", "Shift+Tab", "Ctrl+Shift+T"]) assert.equal(refusal(key), "reserved", key);
  for (const key of ["H", "?", "/", "F2", "Alt+H", "Ctrl+Alt+H", "Shift+H", "+", "Alt++", "é"]) assert.equal(refusal(key), "", key);
});

test("the defaults clash with nothing and are all allowed", () => {
  assert.equal(new Set(DEFAULTS.values()).size, ACTIONS.length);
  for (const [action, key] of ACTIONS) {
    assert.equal(refusal(key), "", action);
    assert.equal(clash(keymap({}), action, key), undefined);
    assert.equal(actionOf(keymap({}), key), action);
  }
});

test("one's own keys go before the defaults, also before one that came with a later version", () => {
  const keys = keymap({ hold: "J", mute: "", transfer: "H" });
  assert.equal(keys.get("hold"), "J");
  assert.equal(keys.get("mute"), "");
  assert.equal(actionOf(keys, "H"), "transfer");
  assert.equal(actionOf(keys, "M"), undefined);
  assert.equal(actionOf(keys, ""), undefined, "an action without a key is not called by no key");
  const later = keymap({ hold: "U" });
  assert.equal(later.get("help"), "", "U was taken before help came");
  assert.equal(actionOf(later, "U"), "hold");
  assert.equal(clash(keys, "answer", "J"), "hold");
  assert.equal(clash(keys, "hold", "J"), undefined);
  assert.equal(clash(keys, "answer", ""), undefined);
});

test("of several who could, the nearest who can acts; when nobody can, the nearest says why", () => {
  const registry = new Registry();
  assert.equal(registry.find("hold"), undefined);
  const held = { run: () => undefined, why: "", rank: 2 };
  const talking = { run: () => undefined, why: "", rank: 0 };
  const leave = [registry.enter("hold", held), registry.enter("hold", talking)];
  assert.equal(registry.find("hold"), talking);
  talking.why = "busy";
  assert.equal(registry.find("hold"), held);
  held.why = "waiting";
  assert.equal(registry.find("hold"), talking);
  leave.forEach((out) => out());
  assert.equal(registry.find("hold"), undefined);
  assert.equal(registry.has("hold"), false);
});

test("hang up wants a second press within a second, and a third begins anew", () => {
  const guard = new Guard();
  assert.equal(guard.press(0), false);
  assert.equal(guard.press(GUARD), true);
  assert.equal(guard.press(GUARD + 1), false, "the pair is used up");
  assert.equal(guard.press(3 * GUARD), false, "too late");
  assert.equal(guard.press(3 * GUARD + 10), true);
});
