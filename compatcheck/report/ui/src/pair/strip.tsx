// Severity over the page's height: where on a long page the findings are; a click goes there.
import { severityStep } from "../common";
import { useTexts } from "../i18n";
import type { Detail, Divergence } from "../types";

interface Props {
  detail: Detail;
  order: Divergence[];
  selected: Divergence | null;
  onSelect: (id: string) => void;
}

export function Strip({ detail, order, selected, onSelect }: Props) {
  const t = useTexts();
  const height = Math.max(detail.images.candidate?.height ?? 0, detail.images.reference?.height ?? 0);
  const placed = order.filter((each) => each.flags && (each.candidate ?? each.reference));
  if (height === 0 || placed.length === 0) return null;
  return (
    <svg class="strip" viewBox="0 0 24 1000" preserveAspectRatio="none" aria-hidden="true">
      <title>{t("severityWord")}</title>
      {placed.map((each, place) => {
        const box = (each.candidate ?? each.reference)!;
        const y = Math.min(996, (box[1] / height) * 1000);
        return (
          <rect
            key={each.id + place}
            class={`s${severityStep(each.severity)}${each === selected ? " chosen" : ""}`}
            x={0}
            y={y}
            width={4 + 20 * each.severity}
            height={Math.max(6, Math.min(1000 - y, (box[3] / height) * 1000))}
            onClick={() => onSelect(each.id)}
          />
        );
      })}
    </svg>
  );
}
