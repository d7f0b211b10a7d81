/** The rules of the consoles' house: floors, languages, and text that reaches a page in one way only. */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, normalize, relative, resolve } from "node:path";
import { test } from "node:test";
import en from "../lang/en.js";
import zh from "../lang/zh-CN.js";

const ROOT = resolve(import.meta.dirname, "..");
const OURS = ["core", "ui", "rooms", "entries"];
const files = OURS.flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true }).map((name) => join(folder, String(name)))).filter((name) => name.endsWith(".js"));
const source = (/** @type {string} */ name) => readFileSync(join(ROOT, name), "utf8");
/** Comments may name what code may not. */
const code = (/** @type {string} */ name) => source(name).replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "");
const all = files.map((name) => [name, code(name)]);

/** What a floor may import. @type {Record<string, string[]>} */
const below = { core: ["core", "lang", "vendor"], ui: ["ui", "core", "vendor"], rooms: ["rooms", "ui", "core"], entries: ["rooms", "ui", "core"] };

test("imports run down the floors, and rooms do not import one another", () => {
  for (const [name, text] of all) {
    const parts = name.split("/");
    for (const [, target] of text.matchAll(/(?:^import[^"']*|^export[^"']*\bfrom\s*|\bimport\()["']([^"']+)["']/gm)) {
      assert.match(target, /^\.\.?\//, `${name} imports ${target}: only relative paths work without an import map`);
      const to = relative(ROOT, normalize(join(ROOT, dirname(name), target))).split("/");
      assert.ok(below[parts[0]].includes(to[0]), `${name} imports ${target}`);
      if (parts[0] === "rooms" && to[0] === "rooms") assert.equal(to[1], parts[1], `${name} reaches into the room ${to[1]}`);
    }
  }
});

test("core has no page: it runs under node", async () => {
  for (const [name, text] of all.filter(([name]) => name.startsWith("core/"))) {
    assert.doesNotMatch(text, /\b(document|window|localStorage|sessionStorage|navigator|location|WebSocket)\b/, name);
    await import(join(ROOT, name));
  }
});

test("text reaches a page through the escaping template only", () => {
  for (const [name, text] of all) assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|javascript:|srcdoc/i, name);
});

test("the pages hold no inline script, style or handler, and load only what is here", () => {
  for (const name of readdirSync(ROOT).filter((name) => name.endsWith(".html"))) {
    const text = source(name);
    assert.doesNotMatch(text, /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/i, name);
    assert.doesNotMatch(text, /https?:|\/\//, name);
    for (const [, target] of text.matchAll(/(?:href|src)="([^"]+)"/g)) readFileSync(join(ROOT, target));
  }
});

test("both languages have the same texts, none empty, the same blanks to fill", () => {
  const blanks = (/** @type {string} */ text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
  assert.deepEqual(Object.keys(zh).sort(), Object.keys(en).sort());
  for (const [key, text] of Object.entries(zh)) {
    assert.ok(text && en[key], key);
    assert.deepEqual(blanks(text), blanks(en[key]), key);
  }
});

test("Chinese is written with its own signs", () => {
  for (const [key, text] of Object.entries(zh)) {
    assert.doesNotMatch(text, /[\u4e00-\u9fff）”][,;:!?]/, key);
    assert.doesNotMatch(text, /\}[,;:!?][^\d]*[\u4e00-\u9fff]/, key);
    assert.doesNotMatch(text, /\([^()]*[\u4e00-\u9fff][^()]*\)|[\u4e00-\u9fff]\(/, key);
    assert.doesNotMatch(text, /座席/, `${key}: an agent is 坐席`);
  }
});

/** Keys that are put together at run time: the family and where its members come from. */
const families = ["admin", "erasureBlock", "erasurePart", "erasureRoom", "erasureState", "erasureStep", "forecast.fullOf", "audit", "callbackResult", "callState", "connection", "contact", "control.consultState", "control.tried", "decision",
  "direction", "error", "flowExit", "flowKind", "flows.calendarPart", "flows.choice", "flows.dayKindOf", "flows.dayPart", "flows.ended", "flows.exit", "flows.group",
  "flows.keyFor", "flows.keyOf", "flows.kind", "flows.kindHint", "flows.language", "flows.mapKey", "flows.mapValue", "flows.problem", "flows.result",
  "flows.say", "flows.setting", "flows.settingHint", "flows.tab", "flows.test", "flows.weekday", "formula", "interaction", "lane", "laneKind",
  "language", "links", "monitor.act", "monitor.end", "moves.did", "moves.kind", "moves.level", "moves.refused", "moves.state", "myRecording",
  "outcome", "overflowTo", "overflowWhen", "page", "phase", "phone.check", "phone.checkState", "phone.device", "phone.fix", "phone.quality",
  "popState", "prefer", "prompts.source", "qaAct", "qaBecause", "qaBy", "qaConsent", "qaForm", "qaKappa", "qaKind", "qaMeasure", "qaMeaning", "qaNews", "qaPurpose", "qaReport", "qaSaved",
  "qaState", "qaStratum", "qaTab", "qaText", "qaVerdict", "reason", "recording", "recordingConsent", "recordingMark", "recordingMode",
  "recordingNote", "recordingReason", "recordingScope", "recordingState", "recordingWhy", "recordings.trouble", "role", "roleHint", "segment", "segmentResult",
  "shortcut.action", "signIn.point", "staff", "state", "step", "strategy", "surveyBy", "surveyKind", "surveyLanguage", "tierBy", "transcriptLanguage", "transcriptReason", "valueTier", "view",
  "why"];

test("each text stands in the file of one room", () => {
  for (const [language, texts] of [["en", en], ["zh-CN", zh]]) {
    const keys = readdirSync(join(ROOT, "lang", String(language))).flatMap((name) => [...source(join("lang", String(language), name)).matchAll(/^ {2}"([^"]+)":/gm)].map(([, key]) => key));
    assert.deepEqual(keys.toSorted(), Object.keys(texts).toSorted(), String(language));
  }
});

test("every text that the code asks for exists", () => {
  for (const [name, text] of all) {
    for (const [, key] of text.matchAll(/\b(?:t|setTitle|fact|one|dayFigure)\(\s*"([a-z]\w*(?:\.[\w-]+)+)"/gi)) assert.ok(key in en, `${name}: ${key}`);
    for (const [, family] of [...text.matchAll(/\bt\(\s*`([\w.]+)\.\$\{/g), ...text.matchAll(/\bword\("(\w+)"/g)]) assert.ok(families.includes(family), `${name}: family ${family}`);
  }
});

test("every text is asked for somewhere", () => {
  const everything = all.map(([, text]) => text).join("\n");
  const unused = Object.keys(en).filter((key) => !everything.includes(`"${key}"`) && !families.some((family) => key.startsWith(`${family}.`)));
  assert.deepEqual(unused, []);
});

test("no page speaks a language by itself: Chinese and English stand in lang/", () => {
  for (const [name, text] of all) {
    const told = text.replace(/"中文"/g, "").replace(/\/\[.*?\]\//g, "");
    assert.doesNotMatch(told, /[\u4e00-\u9fff]/, name);
  }
});

test("files are short", () => {
  for (const name of files) assert.ok(source(name).split("\n").length <= 350, name);
});
