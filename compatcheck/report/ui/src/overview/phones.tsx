// The webview axis: one page in a phone's browser and in each app on the same phone, side by side at one scale.
import { useEffect, useRef, useState } from "preact/hooks";
import { Untrusted, VerdictBadge } from "../common";
import { loadDetail, pictureUrl, type Report } from "../data";
import { useTexts } from "../i18n";
import type { Route } from "../route";
import type { Picture, Row } from "../types";
import { pairHash } from "./links";

const STEP = 20;
const WIDTH = 240; // of the widest view, in px of the report
const NARROWEST = 150; // room for words under a narrow view
const HEIGHT = 420;

interface Props {
  report: Report;
  rows: Row[];
  route: Route;
}

export function Phones({ report, rows, route }: Props) {
  const t = useTexts();
  const [limit, setLimit] = useState(STEP);
  const shown = new Set(rows.map((row) => row.place));
  const groups = report.index.phones.filter((group) => group.rows.some((place) => shown.has(place)));
  return (
    <>
      <p class="meta">{t("phonesMeaning")}</p>
      {groups.length === 0 && <p class="empty">{t("nothing")}</p>}
      {groups.slice(0, limit).map((group) => {
        const members = group.rows.map((place) => report.rows[place]!);
        const scale = WIDTH / Math.max(...members.map((row) => row.device.width));
        return (
          <section class="phone" key={group.rows.join()}>
            <h2>
              <Untrusted text={members[0]!.page.id} /> {group.phone && <span class="meta">· {group.phone}</span>}
            </h2>
            <ul>
              {members.map((row, place) => (
                <Sight key={row.place} row={row} app={place >= group.browsers} scale={scale} href={pairHash(route, row)} />
              ))}
            </ul>
          </section>
        );
      })}
      {groups.length > limit && (
        <button type="button" onClick={() => setLimit(limit + STEP)}>
          {t("morePhones", { n: groups.length - limit })}
        </button>
      )}
    </>
  );
}

function Sight({ row, app, scale, href }: { row: Row; app: boolean; scale: number; href: string }) {
  const t = useTexts();
  const frame = useRef<HTMLLIElement>(null);
  const [picture, setPicture] = useState<Picture | null>(null);
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const watcher = new IntersectionObserver(
      (seen) => {
        if (!seen.some((entry) => entry.isIntersecting)) return;
        watcher.disconnect();
        loadDetail(row.place).then((detail) => setPicture(detail.images.candidate), () => undefined);
      },
      { rootMargin: "300px" },
    );
    watcher.observe(element);
    return () => watcher.disconnect();
  }, [row.place]);
  const worst = row.marks.find((mark) => mark.flags);
  return (
    <li ref={frame} style={{ width: `${Math.max(row.device.width * scale, NARROWEST)}px` }}>
      <h3>
        <a href={href}>{row.device.id}</a>
      </h3>
      <p>
        <span class="meta">{t(app ? "inAnApp" : "inTheBrowser")}</span> <VerdictBadge verdict={row.verdict} severity={row.severity} />
      </p>
      <div class="screen" style={{ width: `${row.device.width * scale}px`, height: `${HEIGHT}px` }}>
        {picture && (
          <img
            src={pictureUrl(picture.src)}
            alt={t("picturedOn", { device: row.device.id })}
            loading="lazy"
            decoding="async"
            style={{ width: `${(picture.width / picture.ratio) * scale}px`, height: `${(picture.height / picture.ratio) * scale}px` }}
          />
        )}
      </div>
      <p class="said" dir="auto">{worst ? worst.finding.message : row.reason}</p>
    </li>
  );
}
