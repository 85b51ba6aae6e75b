import { useRef } from "preact/hooks";
import type { Navigate } from "../app";
import { ChangeBadge, Kind, Untrusted, VerdictBadge } from "../common";
import { useTexts } from "../i18n";
import type { Route } from "../route";
import type { Row } from "../types";
import { pairHash } from "./links";
import { useWindowed } from "./windowed";

const HEIGHT = 44;

export function List({ rows, route }: { rows: Row[]; route: Route; navigate: Navigate }) {
  const t = useTexts();
  const body = useRef<HTMLTableSectionElement>(null);
  const [first, end] = useWindowed(body, rows.length, HEIGHT);
  return (
    <table class="list" aria-rowcount={rows.length + 1}>
      <thead>
        <tr>
          <th scope="col">{t("verdict")}</th>
          <th scope="col">{t("page")}</th>
          <th scope="col">{t("device")}</th>
          <th scope="col" class="wide">{t("findings")}</th>
        </tr>
      </thead>
      <tbody ref={body}>
        {first > 0 && <tr aria-hidden="true" style={{ height: `${first * HEIGHT}px` }} />}
        {rows.slice(first, end).map((row, offset) => (
          <tr key={row.place} class="item" aria-rowindex={first + offset + 2}>
            <td>
              <VerdictBadge verdict={row.verdict} severity={row.severity} /> <ChangeBadge row={row} />
            </td>
            <td>
              <a href={pairHash(route, row)}>
                <Untrusted text={row.page.id} />
              </a>
            </td>
            <td>
              <a href={pairHash(route, row)}>{row.device.id}</a>
            </td>
            <td class="wide">
              <Summary row={row} />
            </td>
          </tr>
        ))}
        {end < rows.length && <tr aria-hidden="true" style={{ height: `${(rows.length - end) * HEIGHT}px` }} />}
      </tbody>
    </table>
  );
}

function Summary({ row }: { row: Row }) {
  const t = useTexts();
  const counting = row.marks.filter((mark) => mark.flags);
  const worst = counting[0];
  if (row.verdict === "match") {
    const quiet = row.marks.length;
    return <span class="meta">{quiet > 0 ? t("quietFindings", { n: quiet }) : t("noFindings")}</span>;
  }
  if (row.verdict !== "flagged" || !worst) return <span dir="auto">{row.reason}</span>;
  return (
    <span dir="auto">
      {counting.length > 1 && <b>{counting.length} × </b>}
      <Kind kind={worst.finding.kind} /> {worst.finding.message}
    </span>
  );
}
