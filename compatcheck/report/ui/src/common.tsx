// Small parts that several views share. A verdict is never told by colour alone: it has a sign and a word too.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { type TextKey, useTexts } from "./i18n";
import type { Row, Verdict } from "./types";

export const SIGN: Record<Verdict, string> = { match: "✓", flagged: "!", invalid: "∅", failed: "✕" };

// Three steps are as many as people tell apart at a glance; the number itself stands beside them.
export function severityStep(severity: number): number {
  return severity >= 0.66 ? 3 : severity >= 0.33 ? 2 : 1;
}

export function verdictClass(verdict: Verdict, severity: number): string {
  return verdict === "flagged" ? `v-flagged s${severityStep(severity)}` : `v-${verdict}`;
}

export function VerdictBadge({ verdict, severity }: { verdict: Verdict; severity: number }) {
  const t = useTexts();
  return (
    <span class={`badge ${verdictClass(verdict, severity)}`}>
      <span aria-hidden="true">{SIGN[verdict]}</span> {t(verdict)}
      {verdict === "flagged" && <span class="number"> {severity.toFixed(2)}</span>}
    </span>
  );
}

export function ChangeBadge({ row }: { row: Row }) {
  const t = useTexts();
  return row.new ? <span class="badge new">{t("new")}</span> : null;
}

export function Untrusted({ text, code = false }: { text: string; code?: boolean }) {
  return code ? <code dir="ltr">{text}</code> : <bdi>{text}</bdi>;
}

export function Copy({ text }: { text: string }) {
  const t = useTexts();
  const [done, setDone] = useState(false);
  const copy = () => {
    const shown = () => {
      setDone(true);
      setTimeout(() => setDone(false), 1500);
    };
    navigator.clipboard?.writeText(text).then(shown, () => prompt(t("copy"), text));
    if (!navigator.clipboard) prompt(t("copy"), text);
  };
  return (
    <button type="button" class="small" onClick={copy} title={text}>
      {done ? t("copied") : t("copy")}
    </button>
  );
}

export function Toggle(props: { pressed: boolean; onClick: () => void; title?: string; children: ComponentChildren }) {
  return (
    <button type="button" aria-pressed={props.pressed} title={props.title} onClick={props.onClick}>
      {props.children}
    </button>
  );
}

// The kind's word in the reader's language; the tool's own word, which filters and waivers use, is in the title.
export function Kind({ kind }: { kind: string }) {
  const t = useTexts();
  return (
    <span class="kind" title={`${kind}: ${t(`about_${kind}` as TextKey)}`}>
      {t(`kind_${kind}` as TextKey)}
    </span>
  );
}

export function useKindWord(): (kind: string) => string {
  const t = useTexts();
  return (kind) => t(`kind_${kind}` as TextKey);
}
