// The waivers that this run was judged with: which held something back, which have expired, which nothing needed.
import { Kind, Untrusted } from "../common";
import type { Report } from "../data";
import { useTexts } from "../i18n";
import { useDecisions } from "./context";

export function Waivers({ report }: { report: Report }) {
  const t = useTexts();
  const store = useDecisions();
  const { waivers } = report.index;
  if (waivers.length === 0) return null;
  const idle = waivers.filter((waiver) => waiver.expired || !waiver.used).length;
  const inFile = new Set(store.state.waivers.map((waiver) => waiver.id));
  return (
    <details class="gone">
      <summary>
        {t("waiversOfRun", { n: waivers.length })}
        {idle > 0 && <strong class="warn"> {t("waiversIdle", { n: idle })}</strong>}
      </summary>
      <ul>
        {waivers.map((waiver) => (
          <li key={waiver.id} class="bar">
            <span>
              <span class="badge">{t(waiver.expired ? "expired" : waiver.used ? "used" : "unused")}</span> <code>{waiver.id}</code>{" "}
              {waiver.kind === "*" ? "*" : <Kind kind={waiver.kind} />} <Untrusted text={waiver.selector} code /> · {waiver.page} · {waiver.device}:{" "}
              <Untrusted text={waiver.reason} />
              <span class="meta">
                {" "}
                {waiver.owner} {waiver.expires && `≤ ${waiver.expires}`}
              </span>
            </span>
            {store.served && inFile.has(waiver.id) && (
              <button type="button" class="small" onClick={() => void store.remove(waiver)}>
                {t("remove")}
              </button>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}
