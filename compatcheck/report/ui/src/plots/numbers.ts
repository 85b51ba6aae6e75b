// What the plots show, computed apart from how they are drawn.
import type { Metric, Row } from "../types";

export interface Band {
  low: number;
  high: number;
}

export function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const low = Math.floor(place);
  return sorted[low]! + ((sorted[low + 1] ?? sorted[low]!) - sorted[low]!) * (place - low);
}

// Engine noise: where the scores of matching outcomes lie, without the outer 5 % on either side. Fewer than five say nothing.
export function noiseBand(rows: readonly Row[], metric: number): Band | null {
  const values = rows
    .filter((row) => row.verdict === "match" && !row.device.reference)
    .map((row) => row.scores[metric])
    .filter((value): value is number => typeof value === "number")
    .sort((one, other) => one - other);
  return values.length < 5 ? null : { low: quantile(values, 0.05), high: quantile(values, 0.95) };
}

export interface Line {
  device: string;
  values: number[];
  rows: Row[];
  worst: number;
}

export function linesOf(rows: readonly Row[], metric: number, direction: Metric["direction"]): Line[] {
  const byDevice = new Map<string, { values: number[]; rows: Row[] }>();
  for (const row of rows) {
    const value = row.scores[metric];
    if (typeof value !== "number") continue;
    const known = byDevice.get(row.device.id);
    if (!known) byDevice.set(row.device.id, { values: [value], rows: [row] });
    else {
      known.values.push(value);
      known.rows.push(row);
    }
  }
  const worse = direction === "higher" ? Math.min : Math.max;
  const sign = direction === "higher" ? 1 : -1;
  return [...byDevice]
    .map(([device, { values, rows }]) => ({ device, values, rows, worst: values.reduce((one, other) => worse(one, other)) }))
    .sort((one, other) => sign * (one.worst - other.worst));
}

export function domainOf(lines: readonly Line[], extra: readonly number[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of [...lines.flatMap((line) => line.values), ...extra]) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low === Infinity) return [0, 1];
  const margin = (high - low || Math.abs(high) || 1) * 0.04;
  return [low - margin, high + margin];
}

// Three to six round numbers inside the range.
export function ticksOf([low, high]: readonly [number, number]): number[] {
  const raw = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= raw) ?? raw;
  const ticks: number[] = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step * 1e-9; tick += step) ticks.push(Number(tick.toPrecision(12)));
  return ticks;
}
