import { severityStep } from "../common";
import type { Box, Divergence } from "../types";

interface Props {
  order: Divergence[];
  side: "reference" | "candidate";
  boxOf: (divergence: Divergence) => Box | null;
  scale: number;
  selected: Divergence | null;
  onSelect: (id: string) => void;
  passive: boolean;
}

// Findings that do not count are drawn only when they are the one being looked at: else they would bury the others.
export function Boxes({ order, side, boxOf, scale, selected, onSelect, passive }: Props) {
  return (
    <>
      {order.map((each, place) => {
        const box = boxOf(each);
        const chosen = each === selected;
        if (!box || (!each.flags && !chosen)) return null;
        const [x, y, width, height] = box;
        return (
          <button
            key={each.id + place}
            type="button"
            tabIndex={-1}
            data-finding={each.id}
            class={`box s${severityStep(each.severity)} ${side}${chosen ? " chosen" : ""}${each.flags ? "" : " quiet"}${passive ? " passive" : ""}${y * scale < 20 ? " low" : ""}`}
            aria-label={`${place + 1}: ${each.kind}`}
            title={`${place + 1}: ${each.kind}`}
            style={{ left: `${x * scale}px`, top: `${y * scale}px`, width: `${width * scale}px`, height: `${height * scale}px` }}
            onClick={() => onSelect(each.id)}
          >
            <span aria-hidden="true">{place + 1}</span>
          </button>
        );
      })}
    </>
  );
}
