import type { ComponentChildren } from "preact";
import { Untrusted } from "../common";
import { useTexts } from "../i18n";
import type { Detail, Facts, Row } from "../types";

export function FactsPanel({ row, detail }: { row: Row; detail: Detail }) {
  const t = useTexts();
  const both = [detail.facts, detail.referenceFacts] as const;
  const same = detail.images.reference?.src === detail.images.candidate?.src;
  const sides = same ? ([detail.facts] as const) : both;
  const extras = [...new Set(sides.flatMap((facts) => Object.keys(facts?.extra ?? {})))];
  const line = (label: string, value: (facts: Facts) => ComponentChildren) => (
    <tr key={label}>
      <th scope="row">{label}</th>
      {sides.map((facts, place) => (
        <td key={place}>{facts ? (value(facts) ?? "–") : "–"}</td>
      ))}
    </tr>
  );
  return (
    <section>
      <h3>{t("facts")}</h3>
      <p>
        {row.page.link ? (
          <a class="address" href={row.page.link} rel="noreferrer noopener" target="_blank">
            <Untrusted text={row.page.url} />
          </a>
        ) : (
          <Untrusted text={row.page.url} />
        )}
      </p>
      {(detail.facts || detail.referenceFacts) && (
        <div class="scroller" tabIndex={0} role="region" aria-label={t("facts")}>
          <table class="facts">
            <thead>
              <tr>
                <td />
                <th scope="col">{t("here")}</th>
                {!same && <th scope="col">{t("there")}</th>}
              </tr>
            </thead>
            <tbody>
              {line(t("browser"), (facts) => facts.browser)}
              {line(t("viewport"), (facts) => facts.viewport.join(" × "))}
              {line(t("ratio"), (facts) => facts.ratio)}
              {line(t("document"), (facts) => facts.document?.join(" × "))}
              {line(t("pageTitle"), (facts) => <Untrusted text={facts.title} />)}
              {line(t("url"), (facts) => <Untrusted text={facts.url} />)}
              {line(t("status"), (facts) => facts.status)}
              {line(t("userAgent"), (facts) => <Untrusted text={facts.userAgent} />)}
              {line(t("platform"), (facts) => facts.platform)}
              {line(t("driver"), (facts) => facts.driver)}
              {sides.some((facts) => facts && facts.fonts.length > 0) && line(t("fonts"), (facts) => <Fonts fonts={facts.fonts} />)}
              {extras.map((name) => line(name, (facts) => <Untrusted text={facts.extra[name] ?? "–"} />))}
            </tbody>
          </table>
        </div>
      )}
      <Lines title={t("notes")} lines={[...detail.notes, ...(detail.facts?.notes ?? [])]} />
      <Lines
        title={t("console")}
        lines={(detail.facts?.console ?? []).map(([level, text, source]) => `${level}: ${text}${source && ` (${source})`}`)}
      />
      <Lines title={t("failedRequests")} lines={detail.facts?.failedRequests ?? []} />
      <Lines
        title={detail.facts && !detail.facts.settled ? `${t("settle")}: ${t("notSettled")}` : t("settle")}
        lines={(detail.facts?.settle ?? []).map((step) =>
          Object.entries(step).map(([name, value]) => `${name} ${value}`).join(", "),
        )}
      />
      <Lines
        title={t("timings")}
        lines={Object.entries({ ...detail.timings, ...detail.facts?.timings }).map(([name, value]) => `${name} ${value} s`)}
      />
      {detail.fit !== "none" && (
        <p class="meta">
          {t("fitRule")} {detail.fit}
        </p>
      )}
    </section>
  );
}

// What the page asks for, in its order; what the device does not have is struck out.
function Fonts({ fonts }: { fonts: Facts["fonts"] }) {
  const t = useTexts();
  return (
    <>
      {fonts.map(([family, there], place) => (
        <span key={family}>
          {place > 0 && ", "}
          {there ? (
            <Untrusted text={family} />
          ) : (
            <s title={t("fontAbsent")}>
              <Untrusted text={family} />
            </s>
          )}
        </span>
      ))}
    </>
  );
}

function Lines({ title, lines }: { title: string; lines: string[] }) {
  if (lines.length === 0) return null;
  return (
    <details>
      <summary>
        {title} <span class="meta">{lines.length}</span>
      </summary>
      <ul class="lines">
        {lines.map((text, place) => (
          <li key={place} dir="auto">
            {text}
          </li>
        ))}
      </ul>
    </details>
  );
}
