// Two panes that move together. Movements are passed on, not positions: after a jump each side keeps its own offset.
import { useRef } from "preact/hooks";
import type { RefObject } from "preact";

const SETTLING_MS = 80;

export type PaneRef = RefObject<HTMLDivElement | null>;

export interface LockedScroll {
  onScroll: (which: 0 | 1) => void;
  quiet: () => void; // what scrolls in the next moments is a jump of ours
}

export function useLockedScroll(panes: readonly [PaneRef, PaneRef], lock: boolean): LockedScroll {
  const last = useRef<[number, number][]>([[0, 0], [0, 0]]);
  const until = useRef(0);
  const onScroll = (which: 0 | 1) => {
    const pane = panes[which].current;
    const other = panes[which === 0 ? 1 : 0].current;
    if (!pane) return;
    const [x, y] = last.current[which]!;
    const [dx, dy] = [pane.scrollLeft - x, pane.scrollTop - y];
    last.current[which] = [pane.scrollLeft, pane.scrollTop];
    if (!lock || !other || (dx === 0 && dy === 0) || performance.now() < until.current) return;
    other.scrollBy(dx, dy);
    last.current[which === 0 ? 1 : 0] = [other.scrollLeft, other.scrollTop];
  };
  return { onScroll, quiet: () => (until.current = performance.now() + SETTLING_MS) };
}
