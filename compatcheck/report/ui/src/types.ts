// The shapes of html/view.py's data. Boxes are [x, y, width, height] in CSS px of the whole page.

export type Verdict = "match" | "flagged" | "invalid" | "failed";
export type Axis = "layout" | "content" | "paint";
export type Box = [number, number, number, number];

export interface Page {
  id: string;
  url: string;
  link: string;
}

export interface Device {
  id: string;
  browser: string;
  engine: string;
  driver: string;
  width: number;
  height: number;
  ratio: number;
  class: "desktop" | "tablet" | "phone";
  touch: boolean;
  preset: string;
  inApp: string;
  group: string;
  reference: boolean;
}

export interface Metric {
  name: string;
  direction: "higher" | "lower";
}

export interface Waiver {
  id: string;
  page: string;
  device: string;
  selector: string;
  kind: string;
  reason: string;
  owner: string;
  expires: string | null;
  maxSeverity: number;
  used?: boolean;
  expired?: boolean;
}

export interface Thresholds {
  sensitivity: string;
  kinds: Record<string, number>;
  scores: Record<string, number>;
}

export type RawRow = [
  page: number,
  device: number,
  verdict: number,
  severity: number,
  findings: number[],
  family: number,
  reason: number,
  scores: (number | null)[],
  severities: number[],
];

export interface Index {
  version: number;
  tool: string;
  run: {
    id: string;
    startedAt: string;
    finishedAt: string;
    seconds: number;
    interrupted: boolean;
    exitCode: number;
    command: string;
  };
  summary: Record<Verdict | "total", number>;
  versions: Record<string, string>;
  thresholds: Thresholds & {
    devices: Record<string, Thresholds>;
    pages: Record<string, Thresholds>;
    pairs: Record<string, Thresholds>;
    severities: Record<string, number>;
  };
  metrics: Metric[];
  kinds: [string, Axis][];
  pages: Page[];
  devices: Device[];
  findings: [page: number, kind: number, selector: string, message: string, id: string][];
  selectors: Record<string, string>;
  reasons: string[];
  rows: RawRow[];
  families: number[][];
  phones: { phone: string; rows: number[]; browsers: number }[];
  waivers: Waiver[];
  previous: { id: string; startedAt: string } | null;
  gone: { page: string; device: string; kind: string; selector: string }[];
  history: { id: string; startedAt: string; devices: Record<string, [number, number, number]> }[];
  chunks: number;
  forms: string[];
  waiversFile: { path: string; lines: number; tail: string[]; newline: boolean };
  served?: { token: string; owner: string };
}

export interface Picture {
  src: string;
  width: number;
  height: number;
  ratio: number;
}

export interface Divergence {
  id: string;
  kind: string;
  axis: Axis;
  severity: number;
  flags: boolean;
  shared: boolean;
  new: boolean;
  selector: string;
  path: string;
  message: string;
  cause: string;
  consequences: number;
  waivedBy: string | null;
  reference: Box | null;
  candidate: Box | null;
  widths: [from: number, to: number][];
  images: { reference: Picture | null; candidate: Picture | null } | null; // where they are not the outcome's
  computed: [property: string, reference: string, candidate: string][];
  extra: Record<string, string>;
}

export type Mask = [x: number, y: number, width: number, height: number, mode: "ignore" | "layout", source: string];

export interface Facts {
  viewport: [number, number];
  ratio: number;
  document: [number, number] | null;
  browser: string;
  driver: string;
  platform: string;
  userAgent: string;
  url: string;
  title: string;
  status: number | null;
  console: [level: string, text: string, source: string][];
  failedRequests: string[];
  timings: Record<string, number>;
  settle: Record<string, string>[];
  settled: boolean;
  notes: string[];
  fonts: [family: string, there: boolean][];
  noise: { looks: number; areas: number; share: number } | null;
  extra: Record<string, string>;
}

export interface Detail {
  reference: string;
  twin: boolean;
  reason: string;
  divergences: Divergence[];
  regions: [number, number, number, number, number][];
  masks: Mask[];
  images: { reference: Picture | null; candidate: Picture | null; direct: Picture | null };
  maps: Record<string, string>;
  scores: [name: string, value: number | null, direct: number | null, direction: "higher" | "lower", note: string][];
  facts: Facts | null;
  referenceFacts: Facts | null;
  timings: Record<string, number>;
  fit: string;
  notes: string[];
}

// A row unpacked for use.
export interface Finding {
  page: Page;
  kind: string;
  axis: Axis;
  selector: string;
  rawSelector: string;
  message: string;
  id: string;
}

export interface Mark {
  finding: Finding;
  severity: number;
  flags: boolean;
  waived: boolean;
  new: boolean;
  shared: boolean;
}

export interface Row {
  place: number;
  page: Page;
  device: Device;
  verdict: Verdict;
  severity: number;
  marks: Mark[];
  family: number;
  reason: string;
  scores: (number | null)[];
  new: boolean;
  text: string;
}
