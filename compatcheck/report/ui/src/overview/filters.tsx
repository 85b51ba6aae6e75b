import { useMemo, useState } from "preact/hooks";
import { useKindWord } from "../common";
import type { Report } from "../data";
import { VERDICTS } from "../data";
import { isActive } from "../filter";
import { useTexts } from "../i18n";
import type { Texts } from "../i18n/en";
import { type Filter, LISTS, SORTS } from "../route";

interface Props {
  report: Report;
  filter: Filter;
  onChange: (filter: Filter, replace?: boolean) => void;
}

type List = (typeof LISTS)[number];

export function Filters({ report, filter, onChange }: Props) {
  const t = useTexts();
  const [open, setOpen] = useState(() => isActive({ ...filter, q: "" }) && matchMedia("(min-width: 700px)").matches);
  const options = useMemo((): Record<List, string[]> => {
    const kinds = new Set<string>();
    const axes = new Set<string>();
    for (const row of report.rows) for (const { finding } of row.marks) { kinds.add(finding.kind); axes.add(finding.axis); }
    return {
      verdict: VERDICTS.filter((verdict) => report.index.summary[verdict] > 0),
      kind: report.index.kinds.map(([kind]) => kind).filter((kind) => kinds.has(kind)),
      axis: ["layout", "content", "paint"].filter((axis) => axes.has(axis)),
      engine: [...new Set(report.index.devices.map((device) => device.engine))],
      size: ["desktop", "tablet", "phone"].filter((size) => report.index.devices.some((device) => device.class === size)),
      change: report.previousExists ? ["new", "still", "waived"] : ["waived"].filter(() => report.rows.some((row) => row.marks.some((mark) => mark.waived))),
      page: report.index.pages.map((page) => page.id),
      device: report.index.devices.map((device) => device.id),
    };
  }, [report]);
  const flip = (name: List, value: string) => {
    const chosen = filter[name];
    onChange({ ...filter, [name]: chosen.includes(value) ? chosen.filter((each) => each !== value) : [...chosen, value] });
  };
  const kindWord = useKindWord();
  const word = (name: List, value: string) => (name === "kind" ? kindWord(value) : value in WORDS ? t(WORDS[value]!) : value);
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <div class="bar">
        <input
          id="search"
          type="search"
          value={filter.q}
          placeholder={t("search")}
          aria-label={t("search")}
          maxLength={200}
          onInput={(event) => onChange({ ...filter, q: event.currentTarget.value }, true)}
        />
        <label>
          {t("sort")}{" "}
          <select value={filter.sort} onChange={(event) => onChange({ ...filter, sort: event.currentTarget.value })}>
            {SORTS.map((sort) => (
              <option key={sort} value={sort}>
                {t(`sort_${sort}`)}
              </option>
            ))}
          </select>
        </label>
        <button type="button" aria-expanded={open} aria-controls="filter-panel" onClick={() => setOpen(!open)}>
          {t("filters")} {open ? "▴" : "▾"}
        </button>
      </div>
      {open && (
        <div id="filter-panel" class="panel">
          {(["verdict", "axis", "kind", "engine", "size", "change"] as const).map(
            (name) =>
              options[name].length > 1 && (
                <fieldset key={name}>
                  <legend>{t(name)}</legend>
                  {options[name].map((value) => (
                    <label key={value} class="chip">
                      <input type="checkbox" checked={filter[name].includes(value)} onChange={() => flip(name, value)} />
                      {word(name, value)}
                    </label>
                  ))}
                </fieldset>
              ),
          )}
          <fieldset>
            <legend>{t("severity")}</legend>
            <input
              type="range"
              min={0}
              max={1}
              step={0.05}
              value={filter.severity}
              aria-label={t("severity")}
              onInput={(event) => onChange({ ...filter, severity: Number(event.currentTarget.value) }, true)}
            />{" "}
            <output>{filter.severity.toFixed(2)}</output>
          </fieldset>
          {(["page", "device"] as const).map((name) => (
            <label key={name}>
              {t(name)}{" "}
              <select
                value={filter[name][0] ?? ""}
                onChange={(event) => onChange({ ...filter, [name]: event.currentTarget.value ? [event.currentTarget.value] : [] })}
              >
                <option value="">{t("all")}</option>
                {options[name].map((value) => (
                  <option key={value} value={value}>
                    {value}
                  </option>
                ))}
              </select>
            </label>
          ))}
        </div>
      )}
    </form>
  );
}

const WORDS: Record<string, keyof Texts> = {
  match: "match", flagged: "flagged", invalid: "invalid", failed: "failed",
  layout: "layout", content: "content", paint: "paint",
  desktop: "desktop", tablet: "tablet", phone: "phone",
  new: "new", still: "still", waived: "waived",
};
