// What was decided in this session: undo each step; in a report from disk, the commands and the patch that make it stick.
import { Copy } from "../common";
import type { Report } from "../data";
import { useTexts } from "../i18n";
import { useDecisions } from "./context";
import { commandOf, patchOf } from "./model";

function runFolder(report: Report): string {
  if (location.protocol !== "file:") return report.index.run.id;
  return decodeURIComponent(location.pathname).replace(/\/[^/]*$/, "");
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/x-diff" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export function Drawer({ report }: { report: Report }) {
  const t = useTexts();
  const store = useDecisions();
  const { steps, error } = store.state;
  if (steps.length === 0) return error ? <p class="warn" role="alert">{error}</p> : null;
  const commands = steps.map((step) => commandOf(runFolder(report), step.decision)).join("\n");
  return (
    <details class="drawer">
      <summary>
        {t("decided", { n: steps.length })} {store.served ? t("writtenTo", { file: report.index.waiversFile.path }) : t("notYetWritten")}
      </summary>
      <ul>
        {steps.map((step) => (
          <li key={JSON.stringify(step.decision)} class="bar">
            <span dir="auto">
              {step.decision.page} · {step.decision.device} · {t(`scope_${step.decision.scope}`)}: {step.decision.reason}
            </span>
            <button type="button" class="small" onClick={() => void store.undo(step)}>
              {t("undo")}
            </button>
          </li>
        ))}
      </ul>
      {!store.served && (
        <>
          <p>{t("runThese")}</p>
          <pre class="commands" tabIndex={0}>
            {commands}
          </pre>
          <div class="bar">
            <Copy text={commands} />
            <button type="button" class="small" onClick={() => download("waivers.patch", patchOf(report.index.waiversFile, store.pendingWaivers()))}>
              {t("downloadPatch")}
            </button>
          </div>
        </>
      )}
    </details>
  );
}
