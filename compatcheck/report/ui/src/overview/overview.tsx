import type { Navigate } from "../app";
import { Toggle } from "../common";
import type { Report } from "../data";
import { isActive } from "../filter";
import { Drawer } from "../decide/drawer";
import { Waivers } from "../decide/waivers";
import { useTexts } from "../i18n";
import { Since } from "./since";
import { Plots } from "../plots/plots";
import { type ListView, NO_FILTER, type Route } from "../route";
import type { Row } from "../types";
import { Families } from "./families";
import { Filters } from "./filters";
import { List } from "./list";
import { Matrix } from "./matrix";
import { Phones } from "./phones";

const VIEWS: ListView[] = ["families", "matrix", "list", "phones", "plots"];

interface Props {
  report: Report;
  rows: Row[];
  route: Route;
  navigate: Navigate;
}

export function Overview({ report, rows, route, navigate }: Props) {
  const t = useTexts();
  const filtered = isActive(route.filter);
  return (
    <>
      <Drawer report={report} />
      <Filters report={report} filter={route.filter} onChange={(filter, replace) => navigate({ filter }, replace)} />
      <div class="bar overview-bar">
        <div role="group" class="group">
          {VIEWS.filter((view) => view !== "phones" || report.index.phones.length > 0).map((view) => (
            <Toggle key={view} pressed={route.view === view} onClick={() => navigate({ view })}>
              {t(view)}
            </Toggle>
          ))}
        </div>
        <p class="shown" role="status">
          {t("shownOf", { n: rows.length, total: report.rows.length })}
        </p>
        {filtered && (
          <button type="button" onClick={() => navigate({ filter: NO_FILTER })}>
            {t("clear")}
          </button>
        )}
        <Since report={report} filter={route.filter} onChange={(filter) => navigate({ filter })} />
      </div>
      {rows.length === 0 ? (
        <p class="empty">{t("nothing")}</p>
      ) : route.view === "matrix" ? (
        <Matrix report={report} rows={rows} route={route} navigate={navigate} />
      ) : route.view === "list" ? (
        <List rows={rows} route={route} navigate={navigate} />
      ) : route.view === "phones" ? (
        <Phones report={report} rows={rows} route={route} />
      ) : route.view === "plots" ? (
        <Plots report={report} rows={rows} route={route} navigate={navigate} />
      ) : (
        <Families report={report} rows={rows} route={route} navigate={navigate} />
      )}
      {route.view !== "plots" && <Waivers report={report} />}
    </>
  );
}
