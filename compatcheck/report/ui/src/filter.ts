// Which rows pass the filter, in which order. Pure: rows in, rows out.
import type { Device, Row, Verdict } from "./types";
import type { Filter } from "./route";

export function sizeClass(device: Device): string {
  return device.class;
}

const ORDER: Record<Verdict, number> = { flagged: 0, failed: 1, invalid: 2, match: 3 };

export function worstFirst(one: Row, other: Row): number {
  return ORDER[one.verdict] - ORDER[other.verdict] || other.severity - one.severity || one.place - other.place;
}

const SORTERS: Record<string, (one: Row, other: Row) => number> = {
  worst: worstFirst,
  page: (one, other) => one.page.id.localeCompare(other.page.id) || worstFirst(one, other),
  device: (one, other) => one.device.id.localeCompare(other.device.id) || worstFirst(one, other),
  new: (one, other) => Number(other.new) - Number(one.new) || worstFirst(one, other),
};

export function isActive(filter: Filter): boolean {
  const { verdict, kind, axis, engine, size, change, page, device, severity, q } = filter;
  return [verdict, kind, axis, engine, size, change, page, device].some((list) => list.length > 0) || severity > 0 || q !== "";
}

export function applyFilter(rows: readonly Row[], filter: Filter): Row[] {
  const sets = {
    verdict: new Set(filter.verdict),
    kind: new Set(filter.kind),
    axis: new Set(filter.axis),
    engine: new Set(filter.engine),
    size: new Set(filter.size),
    change: new Set(filter.change),
    page: new Set(filter.page),
    device: new Set(filter.device),
  };
  const words = filter.q.toLowerCase().split(/\s+/).filter(Boolean);
  const passes = (row: Row): boolean => {
    if (sets.verdict.size && !sets.verdict.has(row.verdict)) return false;
    if (sets.engine.size && !sets.engine.has(row.device.engine)) return false;
    if (sets.size.size && !sets.size.has(sizeClass(row.device))) return false;
    if (sets.page.size && !sets.page.has(row.page.id)) return false;
    if (sets.device.size && !sets.device.has(row.device.id)) return false;
    if (filter.severity && row.severity < filter.severity) return false;
    if (sets.kind.size && !row.marks.some((mark) => sets.kind.has(mark.finding.kind))) return false;
    if (sets.axis.size && !row.marks.some((mark) => sets.axis.has(mark.finding.axis))) return false;
    if (sets.change.size && !changes(row).some((change) => sets.change.has(change))) return false;
    return words.every((word) => row.text.includes(word));
  };
  return rows.filter(passes).sort(SORTERS[filter.sort] ?? worstFirst);
}

// "waived" stands here too: it is what became of a finding since somebody decided.
export function changes(row: Row): string[] {
  const flagged = row.marks.filter((mark) => mark.flags);
  const found: string[] = [];
  if (flagged.some((mark) => mark.new)) found.push("new");
  if (flagged.some((mark) => !mark.new)) found.push("still");
  if (row.marks.some((mark) => mark.waived)) found.push("waived");
  return found;
}
