// What a decision means: which waivers it makes, and what a waiver covers. The same rules as report/decide.py and the judge.
import type { Report } from "../data";
import type { Mark, Row, Waiver } from "../types";

export type Scope = "finding" | "page" | "device" | "family" | "everywhere";
export const SCOPES: readonly Scope[] = ["finding", "family", "page", "device", "everywhere"];
const HEADROOM = 0.05;

export interface Decision {
  page: string;
  device: string;
  finding: string;
  scope: Scope;
  reason: string;
  owner: string;
  expires: string;
}

export function findMark(row: Row, finding: string): Mark | undefined {
  return row.marks.find((mark) => mark.finding.id === finding);
}

function isLike(mark: Mark, wanted: Mark): boolean {
  return mark.finding.kind === wanted.finding.kind && mark.finding.rawSelector === wanted.finding.rawSelector;
}

function reached(report: Report, row: Row, scope: Scope): Row[] {
  switch (scope) {
    case "finding":
      return [row];
    case "page":
      return report.rows.filter((other) => other.page === row.page);
    case "device":
      return report.rows.filter((other) => other.device === row.device);
    case "family":
      return report.families[row.family] ?? [row];
    case "everywhere":
      return report.rows;
  }
}

export function waiversOf(report: Report, row: Row, decision: Decision): Waiver[] {
  const wanted = findMark(row, decision.finding);
  if (!wanted) return [];
  const rows = reached(report, row, decision.scope).filter((other) => other.marks.some((mark) => isLike(mark, wanted)));
  const worst = Math.max(...rows.flatMap((other) => other.marks.filter((mark) => isLike(mark, wanted)).map((mark) => mark.severity)));
  const targets: [string, string][] =
    decision.scope === "finding"
      ? [[row.page.id, row.device.id]]
      : decision.scope === "page"
        ? [[row.page.id, "*"]]
        : decision.scope === "device"
          ? [["*", row.device.id]]
          : decision.scope === "everywhere"
            ? [["*", "*"]]
            : rows.map((other) => [other.page.id, other.device.id]);
  return targets.map(([page, device]) => ({
    id: "",
    page,
    device,
    selector: wanted.finding.rawSelector,
    kind: wanted.finding.kind,
    reason: decision.reason,
    owner: decision.owner,
    expires: decision.expires || null,
    maxSeverity: Math.min(1, Math.ceil((worst + HEADROOM) * 100 - 1e-9) / 100),
  }));
}

function glob(pattern: string): RegExp {
  const source = pattern.replace(/[.+^${}()|\\[\]]/g, "\\$&").replaceAll("*", "[^]*").replaceAll("?", "[^]");
  return new RegExp(`^${source}$`);
}

export function covers(waiver: Waiver, row: Row, mark: Mark, today: string): boolean {
  return (
    glob(waiver.page).test(row.page.id) &&
    glob(waiver.device).test(row.device.id) &&
    glob(waiver.kind).test(mark.finding.kind) &&
    (waiver.selector === mark.finding.rawSelector || glob(waiver.selector).test(mark.finding.rawSelector)) &&
    mark.severity <= waiver.maxSeverity + 1e-9 &&
    (!waiver.expires || waiver.expires.slice(0, 10) >= today)
  );
}

// Single quotes are the only quoting in which a POSIX shell changes nothing.
export function shellQuote(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export function commandOf(runFolder: string, decision: Decision): string {
  const words = ["compatcheck", "waive", runFolder, "--page", decision.page, "--device", decision.device, "--finding", decision.finding];
  if (decision.scope !== "finding") words.push("--scope", decision.scope);
  words.push("--reason", decision.reason);
  if (decision.owner) words.push("--owner", decision.owner);
  if (decision.expires) words.push("--expires", decision.expires);
  return words.map(shellQuote).join(" ");
}

// What JSON leaves as it is and YAML does not allow, or reads as a line's end.
function quoted(value: string | number | null): string {
  return JSON.stringify(value).replace(/[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g, (character) =>
    `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

export function yamlOf(waiver: Waiver): string[] {
  const pairs: [string, string | number | null][] = [
    ["page", waiver.page],
    ["device", waiver.device],
    ["selector", waiver.selector],
    ["kind", waiver.kind],
    ["reason", waiver.reason],
    ["owner", waiver.owner],
    ["expires", waiver.expires],
    ["maxSeverity", waiver.maxSeverity],
  ];
  return pairs
    .filter(([, value]) => value !== "" && value !== null)
    .map(([key, value], place) => `${place === 0 ? "- " : "  "}${key}: ${quoted(value)}`);
}

interface PatchedFile {
  path: string;
  lines: number;
  tail: string[];
  newline: boolean;
}

// A unified diff that appends to waivers.yaml, for `git apply` or `patch -p1`.
export function patchOf(file: PatchedFile, waivers: Waiver[]): string {
  const added = waivers.flatMap(yamlOf).map((line) => `+${line}`);
  if (file.lines === 0) {
    return [`--- /dev/null`, `+++ b/${file.path}`, `@@ -0,0 +1,${added.length} @@`, ...added, ""].join("\n");
  }
  const tail = file.tail;
  const last = tail.at(-1) ?? "";
  const empty = last.trim() === "[]";
  const kept = empty || !file.newline ? tail.slice(0, -1) : tail;
  const body = kept.map((line) => ` ${line}`);
  if (empty || !file.newline) {
    body.push(`-${last}`);
    if (!file.newline) body.push("\\ No newline at end of file");
    if (!empty) body.push(`+${last}`);
  }
  const start = file.lines - tail.length + 1;
  const after = added.length + tail.length - (empty ? 1 : 0);
  return [
    `--- a/${file.path}`,
    `+++ b/${file.path}`,
    `@@ -${start},${tail.length} +${start},${after} @@`,
    ...body,
    ...added,
    "",
  ].join("\n");
}
