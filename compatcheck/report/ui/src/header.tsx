import type { Report } from "./data";
import { VERDICTS } from "./data";
import { SIGN } from "./common";
import { useTexts, type TextKey } from "./i18n";
import type { Verdict } from "./types";

export type Theme = "auto" | "light" | "dark";
const NEXT: Record<Theme, Theme> = { auto: "light", light: "dark", dark: "auto" };
const WORD: Record<Theme, TextKey> = { auto: "themeAuto", light: "themeLight", dark: "themeDark" };

interface Props {
  report: Report;
  theme: Theme;
  compact: boolean;
  onTheme: (theme: Theme) => void;
  onLanguage: () => void;
  onHelp: () => void;
  onVerdict: (verdict: Verdict) => void;
}

export function Header({ report, theme, compact, onTheme, onLanguage, onHelp, onVerdict }: Props) {
  const t = useTexts();
  const { run, summary } = report.index;
  return (
    <header class={compact ? "top compact" : "top"}>
      <div class="brand">
        <h1>
          <a href="#/">{t("title")}</a>
        </h1>
        <p class="meta">
          {t("run")} <code>{run.id}</code> · {t("started")}{" "}
          <time dateTime={run.startedAt}>{run.startedAt.replace("T", " ").replace(/(\.\d+)?(Z|\+00:00)$/, " UTC")}</time>
          {" · "}
          {t("took")} {t("seconds", { n: run.seconds.toFixed(run.seconds < 10 ? 1 : 0) })}
          {run.interrupted && <strong class="warn"> {t("interrupted")}</strong>}
        </p>
      </div>
      <ul class="counts" aria-label={t("verdict")}>
        {VERDICTS.toReversed().map((verdict) => (
          <li key={verdict}>
            <button
              type="button"
              class={`count v-${verdict} s3`}
              disabled={summary[verdict] === 0}
              title={t(`${verdict}Meaning`)}
              onClick={() => onVerdict(verdict)}
            >
              <span aria-hidden="true">{SIGN[verdict]}</span> <b>{summary[verdict]}</b> {t(verdict)}
            </button>
          </li>
        ))}
      </ul>
      <div class="tools">
        <button type="button" onClick={() => onTheme(NEXT[theme])}>
          {t("theme")}: {t(WORD[theme])}
        </button>
        <button type="button" onClick={onLanguage} lang={t("language") === "语言" ? "zh" : "en"}>
          {t("language") === "语言" ? "中文" : "English"}
        </button>
        <button type="button" onClick={onHelp} aria-label={t("help")} title={`${t("help")} (?)`}>
          ?
        </button>
      </div>
    </header>
  );
}
