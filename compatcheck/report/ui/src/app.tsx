import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { placeKey, type Report } from "./data";
import { DecisionContext } from "./decide/context";
import { DecisionStore } from "./decide/store";
import { applyFilter } from "./filter";
import { LanguageContext, type Language, preferredLanguage, translator } from "./i18n";
import { Footer } from "./footer";
import { Header, type Theme } from "./header";
import { Help } from "./help";
import { Overview } from "./overview/overview";
import { Viewer } from "./pair/viewer";
import { formatHash, NO_FILTER, parseHash, type Route } from "./route";
import { preference, remember } from "./store";

export type Navigate = (change: Partial<Route>, replace?: boolean) => void;

function useRoute(): [Route, Navigate] {
  const [route, setRoute] = useState(() => parseHash(location.hash));
  useEffect(() => {
    const listen = () => setRoute(parseHash(location.hash));
    addEventListener("hashchange", listen);
    addEventListener("popstate", listen);
    return () => {
      removeEventListener("hashchange", listen);
      removeEventListener("popstate", listen);
    };
  }, []);
  const navigate = useCallback<Navigate>((change, replace = false) => {
    const next = { ...parseHash(location.hash), ...change };
    const hash = formatHash(next);
    if (hash === location.hash) return;
    // Typing in the search box or dragging would otherwise fill the history with every letter.
    if (replace) history.replaceState(null, "", hash);
    else history.pushState(null, "", hash);
    setRoute(next);
  }, []);
  return [route, navigate];
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, select, textarea") !== null;
}

export function App({ report }: { report: Report }) {
  const [route, navigate] = useRoute();
  const [language, setLanguage] = useState<Language>(() => {
    const asked = preference("lang");
    return asked === "en" || asked === "zh" ? asked : preferredLanguage();
  });
  const [theme, setTheme] = useState<Theme>(() => {
    const asked = preference("theme");
    return asked === "light" || asked === "dark" ? asked : "auto";
  });
  const [help, setHelp] = useState(false);
  const decisions = useMemo(() => new DecisionStore(report), [report]);
  const t = useMemo(() => translator(language), [language]);
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
    document.documentElement.dataset["theme"] = theme;
  }, [language, theme]);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (event.key === "?") setHelp((shown) => !shown);
      else if (event.key === "/") {
        event.preventDefault();
        if (route.pair) navigate({ pair: null, finding: "" });
        requestAnimationFrame(() => document.getElementById("search")?.focus());
      } else if (event.key === "Escape" && help) setHelp(false);
      else if (event.key === "z") void decisions.undo();
      else if ((event.key === "Escape" || event.key === "u") && route.pair) navigate({ pair: null, finding: "" });
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, [route.pair, help, navigate, decisions]);

  const filterKey = formatHash({ ...route, pair: null, view: "families" });
  // The filter object is made anew on every navigation; its text says whether it changed.
  const shown = useMemo(() => applyFilter(report.rows, route.filter), [report, filterKey]);
  const row = route.pair ? report.byPlace.get(placeKey(route.pair.page, route.pair.device)) : undefined;
  useEffect(() => {
    document.title = row ? `${row.page.id} · ${row.device.id} · compatcheck` : `compatcheck ${report.index.run.id}`;
  }, [row, report]);
  useEffect(() => {
    document.body.dataset["view"] = route.pair ? "pair" : "overview";
    if (route.pair) scrollTo(0, 0);
  }, [route.pair === null, row]);

  return (
    <DecisionContext.Provider value={decisions}>
    <LanguageContext.Provider value={{ language, t }}>
      <a class="skip" href="#content" onClick={(event) => { event.preventDefault(); document.getElementById("content")?.focus(); }}>
        {t("skip")}
      </a>
      <Header
        report={report}
        theme={theme}
        compact={route.pair !== null}
        onTheme={(next) => { setTheme(next); remember("theme", next); }}
        onLanguage={() => { const next = language === "en" ? "zh" : "en"; setLanguage(next); remember("lang", next); }}
        onHelp={() => setHelp(true)}
        onVerdict={(verdict) => navigate({ pair: null, filter: { ...NO_FILTER, verdict: [verdict] }, view: "list" })}
      />
      <main id="content" tabIndex={-1}>
        {route.pair === null ? (
          <Overview report={report} rows={shown} route={route} navigate={navigate} />
        ) : row ? (
          <Viewer key={row.place} report={report} row={row} rows={shown} route={route} navigate={navigate} />
        ) : (
          <p class="empty">{t("notFound")}</p>
        )}
      </main>
      {route.pair === null && <Footer report={report} />}
      {help && <Help onClose={() => setHelp(false)} />}
    </LanguageContext.Provider>
    </DecisionContext.Provider>
  );
}
