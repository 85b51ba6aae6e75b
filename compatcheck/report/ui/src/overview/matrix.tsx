import { memo } from "./memo";
import { useMemo, useRef } from "preact/hooks";
import type { Navigate } from "../app";
import { SIGN, verdictClass } from "../common";
import type { Report } from "../data";
import { useTexts } from "../i18n";
import type { Route } from "../route";
import type { Row } from "../types";
import { pairHash } from "./links";
import { useWindowed } from "./windowed";

const HEIGHT = 30;
const ROOMY = 8; // columns that leave room for words

interface Props {
  report: Report;
  rows: Row[];
  route: Route;
  navigate: Navigate;
}

// The longer of pages and devices runs down, the shorter across, so that sixty devices stay in sight.
export function Matrix({ report, rows, route }: Props) {
  const t = useTexts();
  const body = useRef<HTMLTableSectionElement>(null);
  const { down, across, pagesAcross, cells } = useMemo(() => {
    const pages = report.index.pages.filter((page) => rows.some((row) => row.page === page));
    const devices = report.index.devices.filter((device) => rows.some((row) => row.device === device));
    const pagesAcross = devices.length > pages.length;
    const cells = new Map<object, Map<object, Row>>();
    for (const row of rows) {
      const [outer, inner] = pagesAcross ? [row.device, row.page] : [row.page, row.device];
      let line = cells.get(outer);
      if (!line) cells.set(outer, (line = new Map<object, Row>()));
      line.set(inner, row);
    }
    return { down: pagesAcross ? devices : pages, across: pagesAcross ? pages : devices, pagesAcross, cells };
  }, [report, rows]);
  const [first, end] = useWindowed(body, down.length, HEIGHT);
  return (
    <div class="scroller tall" tabIndex={0} role="region" aria-label={t("matrix")}>
      <table class={across.length <= ROOMY ? "matrix roomy" : "matrix"} aria-rowcount={down.length + 1}>
        <thead>
          <tr>
            <th scope="col" class="corner">
              {pagesAcross ? t("device") : t("page")}
            </th>
            {across.map((item) => (
              <th key={item.id} scope="col" class="turned">
                <span>
                  <bdi>{item.id}</bdi>
                  {"reference" in item && item.reference && " ★"}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {first > 0 && <tr aria-hidden="true" style={{ height: `${first * HEIGHT}px` }} />}
          {down.slice(first, end).map((item) => (
            <tr key={item.id}>
              <th scope="row">
                <bdi>{item.id}</bdi>
                {"reference" in item && item.reference && <abbr title={t("reference")}> ★</abbr>}
              </th>
              {across.map((other) => (
                <Cell key={other.id} row={cells.get(item)?.get(other)} route={route} />
              ))}
            </tr>
          ))}
          {end < down.length && <tr aria-hidden="true" style={{ height: `${(down.length - end) * HEIGHT}px` }} />}
        </tbody>
      </table>
    </div>
  );
}

const Cell = memo(function Cell({ row, route }: { row: Row | undefined; route: Route }) {
  const t = useTexts();
  if (!row) return <td class="none" />;
  const label = t("openPair", {
    page: row.page.id,
    device: row.device.id,
    verdict: t(row.verdict),
    severity: row.severity.toFixed(2),
  });
  const flagged = row.marks.filter((mark) => mark.flags).length;
  const sign = row.verdict === "flagged" && flagged > 0 ? String(flagged) : SIGN[row.verdict];
  const word = row.verdict === "flagged" ? row.severity.toFixed(2) : t(row.verdict);
  return (
    <td>
      <a class={`cell ${verdictClass(row.verdict, row.severity)}`} href={pairHash(route, row)} title={label} aria-label={`${sign} ${word}: ${label}`}>
        <b>{sign}</b>{" "}
        <span class="word">{word}</span>
        {row.new && <i aria-hidden="true" />}
      </a>
    </td>
  );
});
