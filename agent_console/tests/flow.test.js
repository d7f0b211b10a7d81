/** What the editor of the flows does with a document, and where its nodes stand. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ONE_MORE, addNode, begin, change, comingFrom, connect, copy, exitsOf, freeId, freeKey, paste, promptsOf, reachable, redo, removeNodes, renameNode, same, setNode, undo } from "../core/flow_edit.js";
import { draw, fit, shapeOf } from "../core/flow_layout.js";
import { outline } from "../core/flow_outline.js";
import { base64, wav } from "../core/wav.js";

const exit = (name, needed = true, otherwise = null) => ({ name, needed, otherwise });
const kind = (name, exits, per = null, settings = []) => ({ kind: name, group: "ask", settings, exits, per, waits: false });
const kinds = {
  play: kind("play", [exit("next")]),
  menu: kind("menu", [exit("timeout"), exit("invalid", false, "timeout")], "key"),
  condition: kind("condition", [exit("else")], "case", [{ name: "cases", form: "cases", needed: true, default: null, schema: { type: "array" } }]),
  queue: kind("queue", [exit("timeout", false), exit("after", false)], null, [{ name: "queue", form: "queue", needed: true, default: null, schema: { type: "string" } }]),
  hangup: kind("hangup", []),
};
const hotline = () => ({
  format: 1, title: "Hotline", languages: ["en"], start: "hello",
  nodes: {
    hello: { kind: "play", exits: { next: "menu" }, speech: [{ say: "prompt", prompt: "welcome" }] },
    menu: { kind: "menu", key_labels: { 2: "Sales" }, exits: { 1: "support", timeout: "hello" } },
    support: { kind: "queue", queue: "support", exits: {} },
    lonely: { kind: "hangup" },
  },
});

test("ways out: keys that are used, one more, then what always is there", () => {
  const doc = hotline();
  assert.deepEqual(exitsOf(kinds.menu, doc.nodes.menu).map((way) => [way.name, way.to]), [["1", "support"], ["2", null], [ONE_MORE, null], ["timeout", "hello"], ["invalid", null]]);
  assert.deepEqual(exitsOf(kinds.condition, { kind: "condition", cases: [{ name: "vip" }], exits: { vip: "a" } }).map((way) => way.name), ["vip", "else"]);
  assert.deepEqual(exitsOf(undefined, { kind: "strange", exits: { a: "b" } }).map((way) => way.name), ["a"]);
  assert.equal(freeKey(doc.nodes.menu), "3");
  assert.equal(freeKey({ kind: "menu", exits: Object.fromEntries([..."1234567890*#"].map((key) => [key, "a"])) }), null);
});

test("a node is put between, leads on, and begins a flow that is empty", () => {
  const { doc, id } = addNode(hotline(), kinds.play, { node: "hello", exit: "next" });
  assert.deepEqual([doc.nodes.hello.exits.next, doc.nodes[id].exits.next], [id, "menu"]);
  const more = addNode(doc, kinds.queue, { node: "menu", exit: ONE_MORE });
  assert.equal(more.doc.nodes.menu.exits[3], more.id);
  assert.equal(more.doc.nodes[more.id].queue, "");
  assert.equal(addNode({ ...hotline(), start: "", nodes: {} }, kinds.play, null).doc.start, "play");
  assert.equal(freeId(doc, "play"), "play2");
  assert.equal(freeId(doc, "欢迎 9"), "node");
});

test("every change can be taken back and done again; typing in one field is one step", () => {
  let history = begin(hotline());
  history = change(history, setNode(history.doc, "hello", { label: "H" }), "hello.label");
  history = change(history, setNode(history.doc, "hello", { label: "Hi" }), "hello.label");
  history = change(history, connect(history.doc, "menu", "2", "lonely"));
  assert.equal(history.past.length, 2);
  assert.equal(change(history, history.doc), history);
  history = undo(undo(history));
  assert.ok(same(history.doc, hotline()));
  assert.equal(undo(history), history);
  history = redo(redo(redo(history)));
  assert.deepEqual([history.doc.nodes.hello.label, history.doc.nodes.menu.exits[2]], ["Hi", "lonely"]);
  assert.ok(!same(history.doc, hotline()));
});

test("connecting nowhere, to what is not there, and taking a way off", () => {
  const doc = hotline();
  assert.equal(connect(doc, "menu", "1", "nobody"), doc);
  assert.equal(connect(doc, "menu", "1", "support"), doc);
  assert.deepEqual(connect(doc, "menu", "1", null).nodes.menu.exits, { timeout: "hello" });
});

test("what led to a node that goes leads on where there is one way, else nowhere", () => {
  const doc = hotline();
  const without = removeNodes(doc, ["hello"]);
  assert.equal(without.start, "menu");
  assert.deepEqual(without.nodes.menu.exits, { 1: "support" });
  assert.deepEqual(removeNodes(doc, ["menu"]).nodes.hello.exits, {});
  assert.deepEqual(Object.keys(removeNodes(doc, Object.keys(doc.nodes)).nodes), []);
});

test("renamed nodes and cases keep their ways", () => {
  const doc = renameNode(hotline(), "hello", "greeting");
  assert.deepEqual([doc.start, doc.nodes.menu.exits.timeout], ["greeting", "greeting"]);
  assert.equal(renameNode(doc, "menu", "support"), doc);
  assert.equal(renameNode(doc, "menu", "Bad name"), doc);
  const who = { ...doc, nodes: { ...doc.nodes, who: { kind: "condition", cases: [{ name: "vip" }, { name: "old" }], exits: { vip: "menu", old: "support" } } } };
  assert.deepEqual(setNode(who, "who", { cases: [{ name: "gold" }, { name: "old" }] }).nodes.who.exits, { gold: "menu", old: "support" });
  assert.deepEqual(setNode(who, "who", { cases: [{ name: "old" }] }).nodes.who.exits, { old: "support" });
  assert.ok(!("label" in setNode(setNode(doc, "menu", { label: "x" }), "menu", { label: undefined }).nodes.menu));
});

test("copied nodes keep the ways among them and get names of their own", () => {
  const doc = hotline();
  const pasted = paste(doc, copy(doc, ["hello", "menu"]), kinds, { node: "menu", exit: "2" });
  assert.deepEqual(pasted.ids, ["hello2", "menu2"]);
  assert.deepEqual(pasted.doc.nodes.hello2.exits, { next: "menu2" });
  assert.deepEqual(pasted.doc.nodes.menu2.exits, { timeout: "hello2" });
  assert.equal(pasted.doc.nodes.menu.exits[2], "hello2");
  for (const text of ["", "{}", "[1]", '{"cti_flow_nodes":1,"nodes":{"x":{"kind":"unknown"}}}']) assert.equal(paste(doc, text, kinds, null), null);
});

test("who comes from where, and who is never reached", () => {
  assert.deepEqual(comingFrom(hotline()).hello, [{ node: "menu", exit: "timeout" }]);
  assert.deepEqual([...reachable(hotline())].sort(), ["hello", "menu", "support"]);
  assert.deepEqual([...promptsOf(hotline())], ["welcome"]);
});

test("the outline: what follows stands below, what stands already is a jump", () => {
  const lines = outline(hotline(), kinds).map((line) => [line.depth, line.exit, line.node, line.jump, line.lost]);
  assert.deepEqual(lines, [
    [0, null, "hello", false, false], [0, "next", "menu", false, false], [1, "1", "support", false, false],
    [2, "timeout", null, false, false], [2, "after", null, false, false], [1, "2", null, false, false],
    [1, "timeout", "hello", true, false], [0, null, "lonely", false, true],
  ]);
});

test("nodes stand from left to right, none on another, and every way is drawn", () => {
  const picture = draw(hotline(), kinds);
  const { hello, menu, support } = picture.places;
  assert.ok(hello.x + hello.width < menu.x && menu.x + menu.width < support.x);
  assert.deepEqual(picture.wires.map((wire) => [wire.from, wire.exit, wire.back]), [["hello", "next", false], ["menu", "1", false], ["menu", "timeout", true]]);
  assert.equal(shapeOf(hotline(), kinds), shapeOf(setNode(hotline(), "hello", { label: "x" }), kinds));
  const seen = fit(picture, { width: 500, height: 300 });
  assert.ok(seen.scale < 1 && picture.width * seen.scale <= 500);
});

test("a flow of 200 nodes is laid out in a moment", () => {
  const nodes = {};
  for (let n = 0; n < 200; n += 1) nodes[`n${n}`] = n % 5 ? { kind: "play", exits: { next: `n${(n + 1) % 200}` } } : { kind: "menu", exits: { 1: `n${(n * 7 + 3) % 200}`, 2: `n${n + 1}`, timeout: `n${(n + 2) % 200}` } };
  const doc = { format: 1, title: "", languages: ["en"], start: "n0", nodes };
  draw(doc, kinds);
  const began = performance.now();
  const { places } = draw(doc, kinds);
  assert.ok(performance.now() - began < 3000);
  const all = Object.values(places);
  const meet = all.some((a, i) => all.some((b, j) => i < j && a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height));
  assert.equal(meet, false);
});

test("sound as a file", () => {
  const bytes = wav(new Float32Array([0, 1, -1, 2]), 48000);
  const view = new DataView(bytes.buffer);
  assert.equal(new TextDecoder().decode(bytes.subarray(0, 4)), "RIFF");
  assert.deepEqual([view.getUint32(24, true), view.getUint32(40, true), view.getInt16(46, true), view.getInt16(50, true)], [48000, 8, 32767, 32767]);
  assert.equal(base64(new Uint8Array([82, 73, 70, 70])), "UklGRg==");
});
