import { useMemo } from "preact/hooks";
import type { Report } from "../data";
import { type TextKey, useTexts } from "../i18n";
import { noiseBand } from "../plots/numbers";
import type { Detail, Row } from "../types";

const MEANT = ["ssim", "ms_ssim", "iw_ssim", "lpips", "st_lpips", "psnr", "mse", "histogram"] as const;

function number(value: number | null): string {
  return value === null ? "–" : String(Number(value.toPrecision(3)));
}

export function ScoresPanel({ report, row, detail }: { report: Report; row: Row; detail: Detail }) {
  const t = useTexts();
  // Where this metric lies when a device matches: without it a score of 0.94 says nothing.
  const bands = useMemo(() => new Map(report.index.metrics.map(({ name }, place) => [name, noiseBand(report.rows, place)])), [report]);
  if (detail.scores.length === 0) return null;
  const { thresholds } = report.index;
  // A pair's own thresholds hold all of it, a device's what it says over the page's: as the judge takes them.
  const own = [thresholds.pages[row.page.id], thresholds.devices[row.device.id], thresholds.pairs[`${row.page.id}/${row.device.id}`]];
  const limits: Record<string, number> = Object.assign({}, thresholds.scores, ...own.map((each) => each?.scores));
  const direct = detail.scores.some(([, , value]) => value !== null);
  const usual = detail.scores.some(([name]) => bands.get(name));
  const limited = detail.scores.some(([name]) => limits[name] !== undefined);
  const columns = 2 + Number(direct) + Number(usual) + Number(limited);
  const noise = detail.facts?.noise;
  return (
    <section>
      <h3>{t("scores")}</h3>
      <div class="scroller" tabIndex={0} role="region" aria-label={t("scores")}>
        <table class="scores">
          <thead>
            <tr>
              <th scope="col">{t("metric")}</th>
              <th scope="col">{t("value")}</th>
              {usual && (
                <th scope="col" title={t("usualMeaning")}>
                  {t("usual")}
                </th>
              )}
              {limited && <th scope="col">{t("threshold")}</th>}
              {direct && (
                <th scope="col" title={t("directMeaning")}>
                  {t("direct")}
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {detail.scores.map(([name, value, directValue, direction, note]) => {
              const limit = limits[name];
              const band = bands.get(name);
              const worse = limit !== undefined && value !== null && (direction === "higher" ? value < limit : value > limit);
              return [
                <tr key={name}>
                  <th scope="row" title={meaning(name, t)}>
                    {name}{" "}
                    <span class="meta" title={t(direction === "higher" ? "higherBetter" : "lowerBetter")}>
                      {direction === "higher" ? "↑" : "↓"}
                    </span>
                  </th>
                  <td>
                    {value === null ? <span class="meta">{t("notComputed")}</span> : number(value)}
                    {worse && (
                      <>
                        {" "}
                        <span class="badge v-flagged s3" title={t("worseThanThreshold")}>
                          !
                        </span>
                      </>
                    )}
                  </td>
                  {usual && <td class="meta">{band ? `${number(band.low)} – ${number(band.high)}` : "–"}</td>}
                  {limited && <td>{limit === undefined ? t("noThreshold") : `${direction === "higher" ? "≥" : "≤"} ${limit}`}</td>}
                  {direct && <td>{number(directValue)}</td>}
                </tr>,
                note && (
                  <tr key={`${name} note`}>
                    <td class="meta" colSpan={columns} dir="auto">
                      {note}
                    </td>
                  </tr>
                ),
              ];
            })}
          </tbody>
        </table>
      </div>
      {noise && <p class="meta">{t("noiseIs", { looks: noise.looks, areas: noise.areas, share: (noise.share * 100).toFixed(2) })}</p>}
      <details>
        <summary>{t("whatTheyMean")}</summary>
        <dl class="meanings">
          {detail.scores.map(([name, , , direction]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                {meaning(name, t)} {t(direction === "higher" ? "higherBetter" : "lowerBetter")}.
              </dd>
            </div>
          ))}
          {usual && (
            <div>
              <dt>{t("usual")}</dt>
              <dd>{t("usualMeaning")}</dd>
            </div>
          )}
          {direct && (
            <div>
              <dt>{t("direct")}</dt>
              <dd>{t("directMeaning")}</dd>
            </div>
          )}
        </dl>
      </details>
    </section>
  );
}

function meaning(name: string, t: ReturnType<typeof useTexts>): string {
  const base = name.split(":")[0]!;
  return (MEANT as readonly string[]).includes(base) ? t(`metric_${base}` as TextKey) : "";
}
