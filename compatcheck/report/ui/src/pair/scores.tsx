import type { Report } from "../data";
import { useTexts } from "../i18n";
import type { Detail, Row } from "../types";

function number(value: number | null): string {
  return value === null ? "–" : String(Number(value.toPrecision(4)));
}

export function ScoresPanel({ report, row, detail }: { report: Report; row: Row; detail: Detail }) {
  const t = useTexts();
  if (detail.scores.length === 0) return null;
  const { thresholds } = report.index;
  const limits = { ...thresholds.scores, ...thresholds.devices[row.device.id]?.scores };
  const direct = detail.scores.some(([, , value]) => value !== null);
  return (
    <section>
      <h3>{t("scores")}</h3>
      <div class="scroller" tabIndex={0} role="region" aria-label={t("scores")}>
        <table class="scores">
          <thead>
            <tr>
              <th scope="col">{t("metric")}</th>
              <th scope="col">{t("value")}</th>
              {direct && (
                <th scope="col" title={t("directMeaning")}>
                  {t("direct")}
                </th>
              )}
              <th scope="col">{t("threshold")}</th>
            </tr>
          </thead>
          <tbody>
            {detail.scores.map(([name, value, directValue, direction, note]) => {
              const limit = limits[name];
              const worse = limit !== undefined && value !== null && (direction === "higher" ? value < limit : value > limit);
              return (
                <tr key={name}>
                  <th scope="row">
                    {name}
                    <span class="meta" title={t(direction === "higher" ? "higherBetter" : "lowerBetter")}>
                      {" "}
                      {direction === "higher" ? "↑" : "↓"}
                    </span>
                  </th>
                  <td>
                    {value === null ? <span class="meta">{t("notComputed")}</span> : number(value)}
                    {worse && (
                      <span class="badge v-flagged s3" title={t("worseThanThreshold")}>
                        !
                      </span>
                    )}
                    {note && (
                      <span class="meta note" dir="auto">
                        {note}
                      </span>
                    )}
                  </td>
                  {direct && <td>{number(directValue)}</td>}
                  <td>{limit === undefined ? t("noThreshold") : `${direction === "higher" ? "≥" : "≤"} ${limit}`}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p class="meta">
        ↑ {t("higherBetter")}, ↓ {t("lowerBetter")}
        {direct && `; ${t("direct")}: ${t("directMeaning")}`}
      </p>
    </section>
  );
}
