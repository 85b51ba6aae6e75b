import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Navigate } from "../app";
import { ChangeBadge, Kind, Untrusted, VerdictBadge } from "../common";
import type { Report } from "../data";
import { useDecisions } from "../decide/context";
import { AcceptForm } from "../decide/form";
import { useTexts } from "../i18n";
import type { Route } from "../route";
import type { Row } from "../types";
import { pairHash } from "./links";
import { Matrix } from "./matrix";
import { Thumbs } from "./thumb";

const STEP = 30;
const SMALL = 600; // outcomes whose matrix does not hold up the page
const MOST_DEVICES = 12;
const MOST_FINDINGS = 4;

interface Props {
  report: Report;
  rows: Row[];
  route: Route;
  navigate: Navigate;
}

// One card per family: what broke, where, and on which devices. What passes the filter is shown, worst first.
export function Families({ report, rows, route, navigate }: Props) {
  const t = useTexts();
  const [limit, setLimit] = useState(STEP);
  const more = useRef<HTMLButtonElement>(null);
  const cards = useMemo(() => {
    const members = new Map<number, Row[]>();
    for (const row of rows) {
      if (row.family < 0) continue;
      const known = members.get(row.family);
      if (known) known.push(row);
      else members.set(row.family, [row]);
    }
    return [...members.values()];
  }, [rows]);
  useEffect(() => {
    if (!more.current) return;
    const watcher = new IntersectionObserver((seen) => seen[0]?.isIntersecting && setLimit((old) => old + STEP));
    watcher.observe(more.current);
    return () => watcher.disconnect();
  });
  return (
    <>
      {cards.length === 0 && <p class="allmatch">{t(rows.length === report.rows.length ? "allMatch" : "allShownMatch")}</p>}
      <ol class="families">
        {cards.slice(0, limit).map((family) => (
          <Card key={family[0]!.family} family={family} route={route} />
        ))}
      </ol>
      {cards.length > limit && (
        <button type="button" ref={more} onClick={() => setLimit(limit + STEP)}>
          {t("moreFamilies", { n: cards.length - limit })}
        </button>
      )}
      {(cards.length === 0 || rows.length <= SMALL) && (
        <section class="below">
          {cards.length > 0 && <h2>{t("matrix")}</h2>}
          <Matrix report={report} rows={rows} route={route} navigate={navigate} />
        </section>
      )}
      {report.index.gone.length > 0 && (
        <details class="gone">
          <summary>{t("goneSince", { n: report.index.gone.length })}</summary>
          <ul>
            {report.index.gone.map((item, place) => (
              <li key={place}>
                <Kind kind={item.kind} /> <Untrusted text={item.selector} code /> · <Untrusted text={item.page} /> · {item.device}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

interface Counted {
  id: string;
  kind: string;
  message: string;
  selector: string;
  devices: number;
  row: Row;
}

function Card({ family, route }: { family: Row[]; route: Route }) {
  const t = useTexts();
  const store = useDecisions();
  const [all, setAll] = useState(false);
  const [accepting, setAccepting] = useState(false);
  const worst = family[0]!;
  const findings = useMemo(() => {
    const counted = new Map<string, Counted>();
    for (const row of family) {
      for (const { finding, flags } of row.marks) {
        if (!flags) continue;
        const known = counted.get(finding.id);
        if (known) known.devices += 1;
        else counted.set(finding.id, { ...finding, row, devices: 1 });
      }
    }
    return [...counted.values()];
  }, [family]);
  const settled = family.every((row) => store.settled(row));
  const pages = [...new Set(family.map((row) => row.page.id))];
  return (
    <li class={settled ? "card settled" : "card"}>
      <Thumbs row={worst} />
      <div class="said">
      <h2>
        <VerdictBadge verdict={worst.verdict} severity={worst.severity} /> <ChangeBadge row={worst} /> {settled && <span class="badge">{t("accepted")}</span>}{" "}
        <a href={pairHash(route, worst)}>
          <Untrusted text={pages.length === 1 ? pages[0]! : `${pages[0]!} +${pages.length - 1}`} />
        </a>{" "}
        <span class="meta">{family.length === 1 ? t("onDevice") : t("onDevices", { n: new Set(family.map((row) => row.device.id)).size })}</span>
      </h2>
      {worst.verdict === "flagged" && findings.length > 0 ? (
        <ul class="what">
          {findings.slice(0, MOST_FINDINGS).map((finding) => (
            <li key={finding.selector + finding.kind} dir="auto">
              <Kind kind={finding.kind} /> {finding.message}
              {family.length > 1 && <span class="meta"> {finding.devices}/{family.length}</span>}
            </li>
          ))}
          {findings.length > MOST_FINDINGS && <li class="meta">+{findings.length - MOST_FINDINGS}</li>}
        </ul>
      ) : (
        <p dir="auto">{worst.reason}</p>
      )}
      <ul class="devices">
        {(all ? family : family.slice(0, MOST_DEVICES)).map((row) => (
          <li key={row.place}>
            <a class="chip" href={pairHash(route, row)}>
              {row.device.id}
              {pages.length > 1 && <span class="meta"> {row.page.id}</span>}
            </a>
          </li>
        ))}
        {family.length > MOST_DEVICES && !all && (
          <li>
            <button type="button" class="small" onClick={() => setAll(true)}>
              {t("moreDevices", { n: family.length - MOST_DEVICES })}
            </button>
          </li>
        )}
      </ul>
      {findings.length > 0 &&
        !settled &&
        (accepting ? (
          <AcceptForm
            findings={findings.map((finding) => ({ page: finding.row.page.id, device: finding.row.device.id, finding: finding.id }))}
            scopes={["family", "page", "everywhere"]}
            onDone={() => setAccepting(false)}
          />
        ) : (
          <button type="button" class="small" onClick={() => setAccepting(true)}>
            {t("acceptFamily")}
          </button>
        ))}
      </div>
    </li>
  );
}
