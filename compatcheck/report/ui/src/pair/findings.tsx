import { useEffect, useRef } from "preact/hooks";
import { Copy, Kind, severityStep, Untrusted } from "../common";
import { useDecisions } from "../decide/context";
import { AcceptForm } from "../decide/form";
import { findMark } from "../decide/model";
import { useTexts } from "../i18n";
import type { Box, Detail, Divergence, Row } from "../types";

interface Props {
  row: Row;
  accepting: boolean;
  onAccepting: (open: boolean) => void;
  detail: Detail;
  order: Divergence[];
  selected: Divergence | null;
  onSelect: (id: string) => void;
  onStep: (by: number) => void;
}

export function Findings({ row, accepting, onAccepting, order, selected, onSelect, onStep }: Props) {
  const t = useTexts();
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    list.current?.querySelector("[aria-current=true]")?.scrollIntoView({ block: "nearest" });
  }, [selected?.id]);
  return (
    <section>
      <div class="bar">
        <h3>
          {t("findings")} <span class="meta">{order.filter((each) => each.flags).length}</span>
        </h3>
        {order.length > 0 && (
          <div class="group">
            <button type="button" title={`${t("previousFinding")} (k)`} aria-label={t("previousFinding")} onClick={() => onStep(-1)}>
              ↑
            </button>
            <button type="button" title={`${t("nextFinding")} (j)`} aria-label={t("nextFinding")} onClick={() => onStep(1)}>
              ↓
            </button>
          </div>
        )}
      </div>
      {order.length === 0 && <p class="meta">{t("noFindings")}</p>}
      <ol class="findings" ref={list}>
        {order.map((each, place) => (
          <li key={each.id + place} class={each.flags ? "" : "quiet"} aria-current={each === selected}>
            <button type="button" class="finding" onClick={() => onSelect(each.id)}>
              <span class={`dot s${each.flags ? severityStep(each.severity) : 0}`}>{place + 1}</span>
              <span dir="auto">
                <Kind kind={each.kind} /> {each.message}{" "}
                <span class="marks">
                  <span class="number">{each.severity.toFixed(2)}</span>
                  {each.new && <span class="badge new">{t("new")}</span>}
                  {each.shared && (
                    <span class="badge" title={t("sharedMeaning")}>
                      {t("shared")}
                    </span>
                  )}
                  <Accepted row={row} finding={each} />
                  {each.waivedBy ? (
                    <span class="badge">{t("waivedBy", { id: each.waivedBy })}</span>
                  ) : (
                    !each.flags && <span class="badge">{t("doesNotFlag")}</span>
                  )}
                </span>
              </span>
            </button>
            {each === selected && <More finding={each} />}
            {each === selected && each.flags && <Decide row={row} finding={each} open={accepting} onOpen={onAccepting} />}
          </li>
        ))}
      </ol>
    </section>
  );
}

// As style sheets write it: fontSize is font-size.
function cssName(property: string): string {
  return property.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function More({ finding }: { finding: Divergence }) {
  const t = useTexts();
  const box = (value: Box | null) =>
    value ? `x ${value[0]}, y ${value[1]}, ${value[2]} × ${value[3]}` : t("absentHere");
  return (
    <div class="more">
    <dl>
      <div>
        <dt>{t("selector")}</dt>
        <dd>
          <Untrusted text={finding.selector} code /> <Copy text={finding.selector} />
        </dd>
      </div>
      {finding.widths.length > 0 && (
        <div>
          <dt>{t("widths")}</dt>
          <dd>{finding.widths.map(([low, high]) => (low === high ? `${low} px` : `${low}–${high} px`)).join(", ")}</dd>
        </div>
      )}
      {finding.cause && (
        <div>
          <dt>{t("cause")}</dt>
          <dd dir="auto">{finding.cause}</dd>
        </div>
      )}
      {finding.consequences > 0 && (
        <div>
          <dt aria-hidden="true">→</dt>
          <dd>{t("consequences", { n: finding.consequences })}</dd>
        </div>
      )}
      <div>
        <dt>{t("there")}</dt>
        <dd>{!finding.reference && finding.shared ? t("sharedMeaning") : box(finding.reference)}</dd>
      </div>
      <div>
        <dt>{t("here")}</dt>
        <dd>{box(finding.candidate)}</dd>
      </div>
      {Object.entries(finding.extra).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd dir="auto">{value}</dd>
        </div>
      ))}
    </dl>
    {finding.computed.length > 0 && (
      <table class="computed">
        <caption>{t("computed")}</caption>
        <thead>
          <tr>
            <td />
            <th scope="col">{t("there")}</th>
            <th scope="col">{t("here")}</th>
          </tr>
        </thead>
        <tbody>
          {finding.computed.map(([property, reference, candidate]) => (
            <tr key={property}>
              <th scope="row">{cssName(property)}</th>
              <td>
                <Untrusted text={reference} />
              </td>
              <td>
                <Untrusted text={candidate} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
    </div>
  );
}

function Accepted({ row, finding }: { row: Row; finding: Divergence }) {
  const t = useTexts();
  const store = useDecisions();
  const mark = findMark(row, finding.id);
  const waiver = mark && finding.flags ? store.coveredBy(row, mark) : null;
  return waiver ? (
    <span class="badge accepted" title={t("acceptedMeaning", { reason: waiver.reason })}>
      {t("accepted")}
    </span>
  ) : null;
}

function Decide({ row, finding, open, onOpen }: { row: Row; finding: Divergence; open: boolean; onOpen: (open: boolean) => void }) {
  const t = useTexts();
  const store = useDecisions();
  const mark = findMark(row, finding.id);
  if (mark && store.coveredBy(row, mark)) return null;
  return (
    <div class="decide">
      {open ? (
        <AcceptForm findings={[{ page: row.page.id, device: row.device.id, finding: finding.id }]} onDone={() => onOpen(false)} />
      ) : (
        <button type="button" class="small" title="a" onClick={() => onOpen(true)}>
          {t("acceptFinding")}
        </button>
      )}
    </div>
  );
}
