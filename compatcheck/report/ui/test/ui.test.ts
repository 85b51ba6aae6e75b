// The parts of the interface that decide something, without a browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { commandOf, covers, patchOf, shellQuote, waiversOf, yamlOf } from "../src/decide/model";
import { applyFilter } from "../src/filter";
import { en } from "../src/i18n/en";
import { zh } from "../src/i18n/zh";
import { domainOf, linesOf, noiseBand, quantile, ticksOf } from "../src/plots/numbers";
import { formatHash, NO_FILTER, parseHash, type Route } from "../src/route";
import type { Report } from "../src/data";
import type { Device, Mark, Row, Verdict, Waiver } from "../src/types";

const page = (id: string) => ({ id, url: `https://x.example/${id}`, link: "" });
const device = (id: string): Device => ({
  id, browser: "firefox", engine: "gecko", driver: "selenium", width: 320, height: 240, ratio: 1,
  class: "desktop", touch: false, preset: "", inApp: "", group: "", reference: false,
});
const PAGES = { home: page("home"), form: page("form") };
const DEVICES = { d1: device("d1"), d2: device("d2") };

function mark(kind: string, selector: string, severity: number, where = PAGES.home): Mark {
  return {
    finding: { page: where, kind, axis: "layout", selector, rawSelector: selector, message: "", id: `${kind}${selector}` },
    severity, flags: true, waived: false, new: false, shared: false,
  };
}

function row(place: number, where: keyof typeof PAGES, who: keyof typeof DEVICES, verdict: Verdict, marks: Mark[], scores: number[] = []): Row {
  const severity = Math.max(0, ...marks.map((each) => each.severity));
  return { place, page: PAGES[where], device: DEVICES[who], verdict, severity, marks, family: 0, reason: "", scores, new: false, text: `${where}\n${who}` };
}

const ROWS = [
  row(0, "home", "d1", "flagged", [mark("moved", "#buy", 0.8)]),
  row(1, "home", "d2", "flagged", [mark("moved", "#buy", 0.9)]),
  row(2, "form", "d1", "flagged", [mark("moved", "#buy", 0.3, PAGES.form)]),
  row(3, "form", "d2", "failed", []),
];
const REPORT = { rows: ROWS, families: [[ROWS[0], ROWS[1]]] } as unknown as Report;
const DECISION = { page: "home", device: "d1", finding: "moved#buy", scope: "finding", reason: "it's ok", owner: "", expires: "" } as const;

test("a route survives its address, whatever is in it", () => {
  const route: Route = {
    pair: { page: "a/b?c#d&e=f %", device: "é 中" },
    view: "matrix",
    filter: { ...NO_FILTER, verdict: ["failed", "flagged"], q: "#id > a & b", severity: 0.25, sort: "page" },
    mode: "diff", against: "direct", metric: "ms_ssim", finding: "0123456789", layers: ["regions"], zoom: 1.75,
    split: 0, opacity: 100, off: ["lock", "blinking"],
  };
  assert.deepEqual(parseHash(formatHash(route)), route);
  assert.deepEqual(parseHash(""), parseHash("#/"));
  assert.equal(formatHash(parseHash("#/")), "#/");
});

test("nonsense in the address falls back instead of breaking", () => {
  const route = parseHash("#/pair/%E0%A4%A/x?mode=evil&view=nothing&severity=9&against=%00&zoom=1e9&show=evil&split=101&opacity=-1&off=evil");
  assert.equal(route.mode, "side");
  assert.equal(route.view, "families");
  assert.equal(route.filter.severity, 0);
  assert.equal(route.zoom, null);
  assert.deepEqual(route.layers, []);
  assert.deepEqual([route.split, route.opacity, route.off], [null, null, []]);
  assert.equal(route.pair?.page, "%E0%A4%A");
});

test("filters combine, and the worst comes first", () => {
  const places = (change: object) => applyFilter(ROWS, { ...NO_FILTER, ...change }).map((each) => each.place);
  assert.deepEqual(places({}), [1, 0, 2, 3]);
  assert.deepEqual(places({ page: ["form"], verdict: ["flagged"] }), [2]);
  assert.deepEqual(places({ kind: ["moved"], severity: 0.5 }), [1, 0]);
  assert.deepEqual(places({ q: "home d2" }), [1]);
  assert.deepEqual(places({ sort: "device" }), [0, 2, 1, 3]);
});

test("a decision makes the waivers that report/decide.py makes", () => {
  const targets = (scope: string) =>
    waiversOf(REPORT, ROWS[0]!, { ...DECISION, scope } as never).map((each) => [each.page, each.device, each.maxSeverity]);
  assert.deepEqual(targets("finding"), [["home", "d1", 0.85]]);
  assert.deepEqual(targets("page"), [["home", "*", 0.95]]);
  assert.deepEqual(targets("device"), [["*", "d1", 0.85]]);
  assert.deepEqual(targets("family"), [["home", "d1", 0.95], ["home", "d2", 0.95]]);
  assert.deepEqual(targets("everywhere"), [["*", "*", 0.95]]);
});

test("a waiver covers what it names, and nothing worse, and not for ever", () => {
  const waiver: Waiver = { id: "", page: "h*", device: "d?", selector: "#buy", kind: "*", reason: "r", owner: "", expires: "2026-05-01", maxSeverity: 0.85 };
  const check = (change: Partial<Waiver>, today = "2026-05-01") => covers({ ...waiver, ...change }, ROWS[0]!, ROWS[0]!.marks[0]!, today);
  assert.equal(check({}), true);
  assert.equal(check({}, "2026-05-02"), false);
  assert.equal(check({ maxSeverity: 0.79 }), false);
  assert.equal(check({ page: "form" }), false);
  assert.equal(check({ selector: "#b.y" }), false);
  assert.equal(check({ selector: "*" }), true);
});

test("commands survive a shell", () => {
  assert.equal(shellQuote("plain/path-1.2"), "plain/path-1.2");
  assert.equal(shellQuote("it's; rm -rf $HOME `x`"), `'it'\\''s; rm -rf $HOME \`x\`'`);
  assert.equal(shellQuote(""), "''");
  assert.equal(commandOf("/r", DECISION), "compatcheck waive /r --page home --device d1 --finding moved#buy --reason 'it'\\''s ok'".replace("moved#buy", "'moved#buy'"));
});

test("a patch counts its lines rightly", () => {
  const waivers = waiversOf(REPORT, ROWS[0]!, DECISION);
  const lines = yamlOf(waivers[0]!).length;
  const fresh = patchOf({ path: "w.yaml", lines: 0, tail: [], newline: false }, waivers);
  assert.match(fresh, new RegExp(`^--- /dev/null\\n\\+\\+\\+ b/w.yaml\\n@@ -0,0 \\+1,${lines} @@\\n\\+- page: "home"`));
  const added = patchOf({ path: "w.yaml", lines: 9, tail: ["a", "b", "c"], newline: true }, waivers);
  assert.match(added, new RegExp(`@@ -7,3 \\+7,${3 + lines} @@\\n a\\n b\\n c\\n\\+- page`));
});

test("plots: quantiles, noise, lines and ticks", () => {
  assert.equal(quantile([0, 10], 0.25), 2.5);
  const matches = [0.9, 0.92, 0.94, 0.96, 0.98].map((value, place) => row(place, "home", "d1", "match", [], [value]));
  const band = noiseBand(matches, 0)!;
  assert.ok(band.low > 0.9 && band.low < 0.91 && band.high < 0.98 && band.high > 0.97);
  assert.equal(noiseBand(matches.slice(1), 0), null);
  const lines = linesOf([...matches, row(9, "form", "d2", "flagged", [], [0.5])], 0, "higher");
  assert.deepEqual(lines.map((line) => [line.device, line.worst]), [["d2", 0.5], ["d1", 0.9]]);
  const [low, high] = domainOf(lines, [0.4]);
  assert.ok(low < 0.4 && high > 0.98);
  assert.deepEqual(ticksOf([0.38, 1]), [0.4, 0.6, 0.8, 1]);
});

test("both languages say the same things", () => {
  assert.deepEqual(Object.keys(zh).sort(), Object.keys(en).sort());
  for (const key of Object.keys(en) as (keyof typeof en)[]) {
    const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
    assert.deepEqual(names(zh[key]), names(en[key]), key);
  }
});
