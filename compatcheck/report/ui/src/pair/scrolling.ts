// Two panes that move together. Movements are passed on, not positions: after a jump each side keeps its own offset.
import { useRef } from "preact/hooks";
import type { RefObject } from "preact";

export type PaneRef = RefObject<HTMLDivElement | null>;

export interface LockedScroll {
  onScroll: (which: 0 | 1) => void;
  jumped: () => void; // to be called after the panes were moved by us: their scroll events then say nothing new
}

export function useLockedScroll(panes: readonly [PaneRef, PaneRef], lock: boolean): LockedScroll {
  const last = useRef<[number, number][]>([[0, 0], [0, 0]]);
  const onScroll = (which: 0 | 1) => {
    const pane = panes[which].current;
    const other = panes[which === 0 ? 1 : 0].current;
    if (!pane) return;
    const [x, y] = last.current[which]!;
    const [dx, dy] = [pane.scrollLeft - x, pane.scrollTop - y];
    last.current[which] = [pane.scrollLeft, pane.scrollTop];
    if (!lock || !other || (dx === 0 && dy === 0)) return;
    other.scrollBy(dx, dy);
    last.current[which === 0 ? 1 : 0] = [other.scrollLeft, other.scrollTop];
  };
  const jumped = () => {
    last.current = panes.map(({ current: pane }) => (pane ? [pane.scrollLeft, pane.scrollTop] : [0, 0]));
  };
  return { onScroll, jumped };
}
