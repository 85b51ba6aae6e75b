// What became of the findings since the run before: new, still there, gone.
import { useMemo } from "preact/hooks";
import type { Report } from "../data";
import { useTexts } from "../i18n";
import { type Filter, NO_FILTER } from "../route";

export function Since({ report, filter, onChange }: { report: Report; filter: Filter; onChange: (filter: Filter) => void }) {
  const t = useTexts();
  const { previous, gone } = report.index;
  const [fresh, still] = useMemo(() => {
    let [fresh, still] = [0, 0];
    for (const row of report.rows) for (const mark of row.marks) if (mark.flags) mark.new ? fresh++ : still++;
    return [fresh, still];
  }, [report]);
  if (!previous) return null;
  const part = (change: string, count: number, text: string) => (
    <button
      type="button"
      class={change === "new" && count > 0 ? "small fresh" : "small"}
      disabled={count === 0}
      aria-pressed={filter.change.includes(change)}
      onClick={() => onChange(filter.change.includes(change) ? { ...filter, change: [] } : { ...NO_FILTER, change: [change] })}
    >
      <b>{count}</b> {text}
    </button>
  );
  return (
    <p class="since">
      <span class="meta" title={previous.id}>
        {t("sinceRun", { when: previous.startedAt.slice(0, 16).replace("T", " ") })}
      </span>{" "}
      {part("new", fresh, t("new"))} {part("still", still, t("still"))} <span class="meta">{t("goneCount", { n: gone.length })}</span>
    </p>
  );
}
