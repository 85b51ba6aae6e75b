// Reading the data that html/pack.py put into the page.
import type { Detail, Finding, Index, Row, Verdict } from "./types";

export const VERDICTS: readonly Verdict[] = ["match", "flagged", "invalid", "failed"];
const CHUNK = 32;

export interface Report {
  index: Index;
  rows: Row[];
  byPlace: Map<string, Row>;
  families: Row[][];
  previousExists: boolean;
}

export function placeKey(page: string, device: string): string {
  return `${page}\n${device}`;
}

export function readReport(index: Index): Report {
  const findings = index.findings.map(([page, kind, selector, message, id], place): Finding => {
    const [name, axis] = index.kinds[kind]!;
    return { page: index.pages[page]!, kind: name, axis, selector, rawSelector: index.selectors[place] ?? selector, message, id };
  });
  const rows = index.rows.map((raw, place): Row => {
    const [page, device, verdict, severity, refs, family, reason, scores, severities] = raw;
    const marks = refs.map((ref, which) => ({
      finding: findings[ref >> 4]!,
      severity: (severities[which] ?? 0) / 1000,
      flags: (ref & 1) !== 0,
      waived: (ref & 2) !== 0,
      new: (ref & 4) !== 0,
      shared: (ref & 8) !== 0,
    }));
    return {
      place,
      page: index.pages[page]!,
      device: index.devices[device]!,
      verdict: VERDICTS[verdict]!,
      severity,
      marks,
      family,
      reason: index.reasons[reason] ?? "",
      scores,
      new: marks.some((mark) => mark.new && mark.flags),
      text: "",
    };
  });
  for (const row of rows) {
    const words = [row.page.id, row.page.url, row.device.id, row.device.preset, row.device.inApp, row.reason];
    for (const { finding } of row.marks) words.push(finding.kind, finding.selector, finding.message);
    row.text = words.join("\n").toLowerCase();
  }
  return {
    index,
    rows,
    byPlace: new Map(rows.map((row) => [placeKey(row.page.id, row.device.id), row])),
    families: index.families.map((members) => members.map((place) => rows[place]!)),
    previousExists: index.previous !== null,
  };
}

export function readJson<T>(id: string): T | null {
  const block = document.getElementById(id);
  return block?.textContent ? (JSON.parse(block.textContent) as T) : null;
}

async function unpack(base64: string): Promise<Detail[]> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return (await new Response(stream).json()) as Detail[];
}

const waiting = new Map<number, (packed: string) => void>();
const chunks = new Map<number, Promise<Detail[]>>();

type Globals = Window & { compatcheckChunk?: (number: number, packed: string) => void };
(window as Globals).compatcheckChunk = (number, packed) => waiting.get(number)?.(packed);

const policy = (
  window as unknown as {
    trustedTypes?: { createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string } };
  }
).trustedTypes?.createPolicy("compatcheck", {
  createScriptURL(url: string): string {
    if (!/^data\/\d+\.js$/.test(url)) throw new Error(`not a chunk: ${url}`);
    return url;
  },
});

function loadChunk(number: number): Promise<Detail[]> {
  const inline = document.getElementById(`chunk-${number}`);
  if (inline?.textContent) return unpack(inline.textContent.trim());
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    const url = `data/${number}.js`;
    waiting.set(number, (packed) => resolve(unpack(packed)));
    script.onerror = () => {
      chunks.delete(number);
      reject(new Error(`${url} is missing beside index.html`));
    };
    script.onload = () => script.remove();
    script.src = policy ? policy.createScriptURL(url) : url;
    document.head.append(script);
  });
}

export async function loadDetail(place: number): Promise<Detail> {
  const number = Math.floor(place / CHUNK);
  let chunk = chunks.get(number);
  if (!chunk) {
    chunk = loadChunk(number);
    chunks.set(number, chunk);
  }
  return (await chunk)[place % CHUNK]!;
}

// In a single-file report the pictures are data URLs, by their relative URL.
let pictures: Record<string, string> | null | undefined;
export function pictureUrl(src: string): string {
  if (pictures === undefined) pictures = readJson<Record<string, string>>("report-pictures");
  return pictures?.[src] ?? src;
}
