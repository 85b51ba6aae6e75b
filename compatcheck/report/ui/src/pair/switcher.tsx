// Another page or another candidate, in the same view: the way from one device to the next without going back.
import { useMemo } from "preact/hooks";
import { SIGN } from "../common";
import type { Report } from "../data";
import { useTexts } from "../i18n";
import { pairHash } from "../overview/links";
import type { Route } from "../route";
import type { Row } from "../types";

export function Switcher({ report, row, route }: { report: Report; row: Row; route: Route }) {
  const t = useTexts();
  const [pages, devices] = useMemo(
    () => [report.rows.filter((other) => other.device === row.device), report.rows.filter((other) => other.page === row.page)] as const,
    [report, row],
  );
  const choice = (label: string, rows: readonly Row[], word: (row: Row) => string) => (
    <label>
      <span class="away">{label}</span>
      <select
        value={String(row.place)}
        title={label}
        onChange={(event) => {
          const chosen = report.rows[Number(event.currentTarget.value)];
          if (chosen) location.hash = pairHash(route, chosen);
        }}
      >
        {rows.map((other) => (
          <option key={other.place} value={String(other.place)}>
            {SIGN[other.verdict]} {word(other)}
            {other.verdict === "flagged" ? ` ${other.severity.toFixed(2)}` : ""}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <div class="switcher">
      {choice(t("page"), pages, (other) => other.page.id)}
      {choice(t("candidate"), devices, (other) => `${other.device.id}${other.device.reference ? " ★" : ""}`)}
      <span class="meta">
        {row.device.browser} {row.device.width}×{row.device.height} @{row.device.ratio}
      </span>
    </div>
  );
}
