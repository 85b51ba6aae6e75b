// Rendering only the rows in sight: a table of ten thousand rows must filter within a frame or two.
import { useEffect, useState } from "preact/hooks";
import type { RefObject } from "preact";

const MARGIN = 12;

export function useWindowed(element: RefObject<HTMLElement | null>, count: number, height: number): [first: number, end: number] {
  const [range, setRange] = useState<[number, number]>([0, Math.min(count, 60)]);
  useEffect(() => {
    const update = () => {
      const box = element.current?.getBoundingClientRect();
      if (!box) return;
      const first = Math.max(0, Math.floor(-box.top / height) - MARGIN);
      const end = Math.min(count, Math.ceil((innerHeight - box.top) / height) + MARGIN);
      setRange((old) => (old[0] === first && old[1] === end ? old : [first, Math.max(first, end)]));
    };
    const all = () => setRange([0, count]); // paper does not scroll
    update();
    addEventListener("beforeprint", all);
    addEventListener("afterprint", update);
    addEventListener("scroll", update, { passive: true, capture: true }); // the matrix scrolls by itself
    addEventListener("resize", update);
    return () => {
      removeEventListener("beforeprint", all);
      removeEventListener("afterprint", update);
      removeEventListener("scroll", update, { capture: true });
      removeEventListener("resize", update);
    };
  }, [count, height, element]);
  return [Math.min(range[0], count), Math.min(range[1], count)];
}
