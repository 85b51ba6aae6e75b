// Every state of the report is in the URL's hash: #/?q=… for the overview, #/pair/<page>/<device>?mode=… for a pair.

export type ListView = "families" | "matrix" | "list" | "phones" | "plots";
export type Mode = "side" | "swipe" | "onion" | "blink" | "heat" | "diff";
export type Against = "baseline" | "direct";
export type Layer = "boxes" | "regions" | "masks";
export type Switch = "lock" | "aligned" | "blinking";

export interface Filter {
  verdict: string[];
  kind: string[];
  axis: string[];
  engine: string[];
  size: string[];
  change: string[];
  page: string[];
  device: string[];
  severity: number;
  q: string;
  sort: string;
}

export interface Route {
  pair: { page: string; device: string } | null;
  view: ListView;
  filter: Filter;
  mode: Mode;
  against: Against;
  metric: string;
  finding: string;
  layers: Layer[];
  zoom: number | null; // null: as wide as fits, or as close as the finding asks for
  split: number | null; // where the swipe line stands, in percent; null: where the chosen finding is
  opacity: number | null; // of the upper picture, in percent; null: half
  off: Switch[]; // all are on unless they are named here
}

export const LISTS = ["verdict", "kind", "axis", "engine", "size", "change", "page", "device"] as const;
export const MODES: readonly Mode[] = ["side", "swipe", "onion", "blink", "heat", "diff"];
const VIEWS: readonly ListView[] = ["families", "matrix", "list", "phones", "plots"];
export const LAYERS: readonly Layer[] = ["boxes", "regions", "masks"];
export const SWITCHES: readonly Switch[] = ["lock", "aligned", "blinking"];
const USUAL_LAYERS = "boxes,masks";
export const SORTS = ["worst", "page", "device", "new"] as const;

export const NO_FILTER: Filter = {
  verdict: [],
  kind: [],
  axis: [],
  engine: [],
  size: [],
  change: [],
  page: [],
  device: [],
  severity: 0,
  q: "",
  sort: "worst",
};

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function parseHash(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#/, "").split("?", 2);
  const parts = path.split("/").filter(Boolean).map(decode);
  const params = new URLSearchParams(query);
  const filter: Filter = { ...NO_FILTER, q: params.get("q") ?? "", sort: params.get("sort") ?? "worst" };
  for (const name of LISTS) filter[name] = params.getAll(name);
  const severity = Number(params.get("severity"));
  filter.severity = severity > 0 && severity <= 1 ? severity : 0;
  const pick = <T extends string>(name: string, known: readonly T[], fallback: T): T => {
    const value = params.get(name) as T | null;
    return value !== null && known.includes(value) ? value : fallback;
  };
  return {
    pair: parts[0] === "pair" && parts[1] && parts[2] ? { page: parts[1], device: parts[2] } : null,
    view: pick("view", VIEWS, "families"),
    filter,
    mode: pick("mode", MODES, "side"),
    against: pick("against", ["baseline", "direct"] as const, "baseline"),
    metric: params.get("metric") ?? "",
    finding: params.get("finding") ?? "",
    layers: LAYERS.filter((layer) => (params.get("show") ?? USUAL_LAYERS).split(",").includes(layer)),
    zoom: parseZoom(params.get("zoom")),
    split: parsePercent(params.get("split")),
    opacity: parsePercent(params.get("opacity")),
    off: SWITCHES.filter((each) => (params.get("off") ?? "").split(",").includes(each)),
  };
}

function parseZoom(text: string | null): number | null {
  const percent = Number(text);
  return percent >= 5 && percent <= 800 ? percent / 100 : null;
}

function parsePercent(text: string | null): number | null {
  return text !== null && /^(\d{1,2}|100)$/.test(text) ? Number(text) : null;
}

export function formatHash(route: Route): string {
  const params = new URLSearchParams();
  const { filter } = route;
  for (const name of LISTS) for (const value of filter[name]) params.append(name, value);
  if (filter.severity > 0) params.set("severity", String(filter.severity));
  if (filter.q) params.set("q", filter.q);
  if (filter.sort !== "worst") params.set("sort", filter.sort);
  if (route.view !== "families") params.set("view", route.view);
  let path = "#/";
  if (route.pair) {
    path = `#/pair/${encodeURIComponent(route.pair.page)}/${encodeURIComponent(route.pair.device)}`;
    if (route.mode !== "side") params.set("mode", route.mode);
    if (route.against !== "baseline") params.set("against", route.against);
    if (route.finding) params.set("finding", route.finding);
    const layers = LAYERS.filter((layer) => route.layers.includes(layer)).join(",");
    if (layers !== USUAL_LAYERS) params.set("show", layers);
    if (route.zoom !== null) params.set("zoom", String(Math.round(route.zoom * 100)));
    if (route.split !== null) params.set("split", String(route.split));
    if (route.opacity !== null) params.set("opacity", String(route.opacity));
    if (route.off.length > 0) params.set("off", route.off.join(","));
  }
  if (route.metric) params.set("metric", route.metric);
  const query = params.toString();
  return query ? `${path}?${query}` : path;
}
