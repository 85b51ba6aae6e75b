import { useMemo } from "preact/hooks";
import type { Report } from "../data";
import { useTexts } from "../i18n";
import type { Navigate } from "../app";
import { pairHash } from "../overview/links";
import { formatHash, NO_FILTER, type Route } from "../route";
import type { Row } from "../types";
import { domainOf, linesOf, noiseBand, ticksOf } from "./numbers";

const WIDTH = 620;
const ROW = 26;
const TOP = 8;
const MOST_LINKS = 1500; // dots that can each be a link without holding up the page

export function Plots({ report, rows, route, navigate }: { report: Report; rows: Row[]; route: Route; navigate: Navigate }) {
  const t = useTexts();
  const { metrics } = report.index;
  const place = Math.max(0, metrics.findIndex((metric) => metric.name === route.metric));
  return (
    <div class="plots">
      {metrics.length > 0 && (
        <section>
          <div class="bar">
            <h2>{t("distribution")}</h2>
            <select aria-label={t("metric")} value={place} onChange={(event) => navigate({ metric: metrics[Number(event.currentTarget.value)]!.name }, true)}>
              {metrics.map((metric, number) => (
                <option key={metric.name} value={number}>
                  {metric.name}
                </option>
              ))}
            </select>
            <span class="meta">{t(metrics[place]!.direction === "higher" ? "higherBetter" : "lowerBetter")}</span>
          </div>
          <Distribution report={report} rows={rows} route={route} metric={place} />
        </section>
      )}
      {report.index.history.length > 0 && <History report={report} route={route} />}
    </div>
  );
}

function deviceLink(route: Route, device: string): string {
  return formatHash({ ...route, view: "list", filter: { ...NO_FILTER, device: [device] } });
}

function Distribution({ report, rows, route, metric }: { report: Report; rows: Row[]; route: Route; metric: number }) {
  const t = useTexts();
  const { name, direction } = report.index.metrics[metric]!;
  const limit = report.index.thresholds.scores[name];
  const { lines, band, domain } = useMemo(() => {
    const lines = linesOf(rows, metric, direction);
    const band = noiseBand(report.rows, metric);
    const extra = [...(band ? [band.low, band.high] : []), ...(limit === undefined ? [] : [limit])];
    return { lines, band, domain: domainOf(lines, extra) };
  }, [rows, metric, limit]);
  if (lines.length === 0) return <p class="empty">{t("notComputed")}</p>;
  const x = (value: number) => ((value - domain[0]) / (domain[1] - domain[0])) * WIDTH;
  const height = lines.length * ROW;
  return (
    <figure>
      <div class="scroller" tabIndex={0} role="region" aria-label={t("distribution")}>
        <div class="plot">
          <ul class="labels" style={{ paddingTop: `${TOP}px` }}>
            {lines.map((line) => (
              <li key={line.device}>
                <a href={deviceLink(route, line.device)}>{line.device}</a>
              </li>
            ))}
          </ul>
          <svg width={WIDTH + 20} height={height + TOP + 24} role={rows.length <= MOST_LINKS ? "group" : "img"} aria-label={`${name}: ${t("distribution")}`}>
            <g transform={`translate(10 ${TOP})`}>
              {band && <rect class="noise" x={x(band.low)} width={Math.max(1, x(band.high) - x(band.low))} y={0} height={height} />}
              {ticksOf(domain).map((tick) => (
                <g key={tick} transform={`translate(${x(tick)} 0)`}>
                  <line class="grid" y2={height} />
                  <text y={height + 16} text-anchor="middle">
                    {tick}
                  </text>
                </g>
              ))}
              {limit !== undefined && <line class="limit" x1={x(limit)} x2={x(limit)} y2={height} />}
              {rows.length <= MOST_LINKS
                ? lines.flatMap((line, number) =>
                    line.rows.map((row) => (
                      <a key={row.place} href={pairHash(route, row)} aria-label={`${row.page.id}, ${row.device.id}: ${row.scores[metric]}`}>
                        <circle class={row.verdict === "flagged" ? "dot broken" : "dot"} cx={x(row.scores[metric]!)} cy={number * ROW + ROW / 2} r={5}>
                          <title>{`${row.page.id} · ${row.device.id}: ${row.scores[metric]} (${t(row.verdict)})`}</title>
                        </circle>
                      </a>
                    )),
                  )
                : lines.map((line, number) => (
                <path
                  key={line.device}
                  class="dots"
                  d={line.values.map((value) => `M${x(value).toFixed(1)} ${number * ROW + ROW / 2}h0`).join("")}
                >
                  <title>{`${line.device}: ${line.values.length} × ${name}, ${line.worst}`}</title>
                </path>
                  ))}
            </g>
          </svg>
        </div>
      </div>
      <figcaption>
        {t("dotIs")} {rows.length <= MOST_LINKS && t("ringIs")} {band && t("bandIs")} {limit !== undefined && t("limitIs", { value: limit })}
      </figcaption>
    </figure>
  );
}

function History({ report, route }: { report: Report; route: Route }) {
  const t = useTexts();
  const runs = useMemo(() => {
    const devices: Record<string, [number, number, number]> = {};
    for (const row of report.rows) {
      const entry = (devices[row.device.id] ??= [0, 0, 0]);
      entry[0] += 1;
      if (row.verdict !== "match") entry[1] += 1;
      entry[2] = Math.max(entry[2], row.severity);
    }
    return [...report.index.history, { id: report.index.run.id, startedAt: report.index.run.startedAt, devices }];
  }, [report]);
  const bar = 16;
  const width = runs.length * bar;
  return (
    <section>
      <h2>{t("history")}</h2>
      <p class="meta">{t("historyIs")}</p>
      <div class="scroller" tabIndex={0} role="region" aria-label={t("history")}>
        <table class="history">
          <tbody>
            {report.index.devices.map((device) => (
              <tr key={device.id}>
                <th scope="row">
                  <a href={deviceLink(route, device.id)}>{device.id}</a>
                </th>
                <td>
                  <svg width={width} height={24} role="img" aria-label={runs.map((run) => share(run.devices[device.id])).join(", ")}>
                    {runs.map((run, place) => {
                      const entry = run.devices[device.id];
                      if (!entry) return null;
                      const broken = (entry[1] / entry[0]) * 22;
                      return (
                        <g key={run.id} transform={`translate(${place * bar} 0)`}>
                          <title>{`${run.startedAt}: ${share(entry)}`}</title>
                          <rect class="whole" width={bar - 3} height={22} y={1} />
                          <rect class="broken" width={bar - 3} height={broken} y={23 - broken} />
                        </g>
                      );
                    })}
                  </svg>
                </td>
                <td class="number">{share(runs.at(-1)!.devices[device.id])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function share(entry: [number, number, number] | undefined): string {
  return entry ? `${entry[1]}/${entry[0]}` : "–";
}
