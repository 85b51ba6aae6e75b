import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Navigate } from "../app";
import { ChangeBadge, Untrusted, VerdictBadge } from "../common";
import { loadDetail, type Report } from "../data";
import { Drawer } from "../decide/drawer";
import { useTexts } from "../i18n";
import { formatHash, MODES, type Route } from "../route";
import type { Detail, Row } from "../types";
import { pairHash } from "../overview/links";
import { Switcher } from "./switcher";
import { FactsPanel } from "./facts";
import { Findings } from "./findings";
import { ScoresPanel } from "./scores";
import { Stage } from "./stage";

interface Props {
  report: Report;
  row: Row;
  rows: Row[];
  route: Route;
  navigate: Navigate;
}

type Loaded = { detail: Detail } | { error: string } | null;

export function Viewer({ report, row, rows, route, navigate }: Props) {
  const t = useTexts();
  const [loaded, setLoaded] = useState<Loaded>(null);
  const [accepting, setAccepting] = useState(false);
  const [zoom, setZoom] = useState(route.zoom);
  useEffect(() => setZoom(route.zoom), [route.zoom]);
  // Wheels and pinches zoom many times a second; browsers refuse that many changes of the address.
  useEffect(() => {
    const timer = setTimeout(() => navigate({ zoom }, true), 300);
    return () => clearTimeout(timer);
  }, [zoom]);
  useEffect(() => {
    let current = true;
    loadDetail(row.place).then(
      (detail) => current && setLoaded({ detail }),
      (error: unknown) => current && setLoaded({ error: error instanceof Error ? error.message : String(error) }),
    );
    return () => {
      current = false;
    };
  }, [row.place]);
  const detail = loaded && "detail" in loaded ? loaded.detail : null;

  const place = rows.indexOf(row);
  const previous = rows[place - 1];
  const next = place >= 0 ? rows[place + 1] : rows[0];
  // The pictures of the next pair are fetched while this one is looked at.
  useEffect(() => {
    if (next) void loadDetail(next.place).catch(() => undefined);
  }, [next]);

  const order = useMemo(() => {
    if (!detail) return [];
    const counting = detail.divergences.filter((each) => each.flags);
    return [...counting, ...detail.divergences.filter((each) => !each.flags)];
  }, [detail]);
  const selected = order.find((each) => each.id === route.finding) ?? null;
  const select = (id: string) => {
    setAccepting(false);
    navigate({ finding: id }, true);
  };
  const step = (by: number) => {
    if (order.length === 0) return;
    const here = selected ? order.indexOf(selected) : by > 0 ? -1 : order.length;
    const target = order[here + by];
    if (target) select(target.id);
    else if (by > 0 && next) location.hash = pairHash(route, next);
    else if (by < 0 && previous) location.hash = pairHash(route, previous);
  };

  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const target = event.target;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (target instanceof HTMLElement && target.closest("textarea, select, input:not([type=range]):not([type=checkbox]), dialog")) return;
      const mode = MODES[Number(event.key) - 1];
      if (mode && detail) navigate({ mode }, true);
      else if (event.key === "j" || event.key === "n") step(1);
      else if (event.key === "k" || event.key === "p") step(-1);
      else if ((event.key === "J" || event.key === "]") && next) location.hash = pairHash(route, next);
      else if ((event.key === "K" || event.key === "[") && previous) location.hash = pairHash(route, previous);
      else if (event.key === "b") {
        const { layers } = route;
        navigate({ layers: layers.includes("boxes") ? layers.filter((each) => each !== "boxes") : [...layers, "boxes"] }, true);
      }
      else if (event.key === "a" && (selected ?? order[0])?.flags) {
        if (!selected && order[0]) select(order[0].id);
        setAccepting(true);
      }
      else if (event.key === "t" && detail?.images.direct) navigate({ against: route.against === "direct" ? "baseline" : "direct" }, true);
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  });

  return (
    <article class="pair">
      <div class="pairbar">
        <a class="button" href={formatHash({ ...route, pair: null })}>
          ← {t("back")}
        </a>
        <h2>
          <VerdictBadge verdict={row.verdict} severity={row.severity} /> <ChangeBadge row={row} />{" "}
          <span class="away">
            <Untrusted text={row.page.id} /> · {row.device.id}
          </span>
        </h2>
        <Switcher report={report} row={row} route={route} />
        <nav class="group" aria-label={`${t("previous")} / ${t("next")}`}>
          <Go to={previous} route={route} title={`${t("previous")} (K)`}>
            ‹ {t("previous")}
          </Go>
          <span class="meta">
            {place + 1}/{rows.length}
          </span>
          <Go to={next} route={route} title={`${t("next")} (J)`}>
            {t("next")} ›
          </Go>
        </nav>
      </div>
      <Drawer report={report} />
      {loaded === null && <p class="empty">{t("loading")}</p>}
      {loaded && "error" in loaded && <p class="empty warn">{t("loadFailed", { reason: loaded.error })}</p>}
      {detail && (
        <div class="pairgrid">
          <Stage
            detail={detail}
            row={row}
            route={route}
            navigate={navigate}
            order={order}
            selected={selected}
            zoom={zoom}
            onZoom={setZoom}
            onSelect={select}
          />
          <aside class="side">
            {detail.reason && row.verdict !== "match" && !order.some((each) => each.flags) && (
              <p class="reason" dir="auto">
                {detail.reason}
              </p>
            )}
            <Findings row={row} accepting={accepting} onAccepting={setAccepting} detail={detail} order={order} selected={selected} onSelect={select} onStep={step} />
            <ScoresPanel report={report} row={row} detail={detail} />
            <FactsPanel row={row} detail={detail} />
          </aside>
        </div>
      )}
    </article>
  );
}

function Go({ to, route, title, children }: { to: Row | undefined; route: Route; title: string; children: ComponentChildren }) {
  return to ? (
    <a class="button" href={pairHash(route, to)} title={title}>
      {children}
    </a>
  ) : (
    <span class="button off">{children}</span>
  );
}
