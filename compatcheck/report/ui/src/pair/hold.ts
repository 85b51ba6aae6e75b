// How the two pictures are held against each other: the sliders and the switches, all of them in the address.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Navigate } from "../app";
import { type Route, type Switch, SWITCHES } from "../route";

type Sliders = { split: number | null; opacity: number | null };
export type Hold = { split: number; opacity: number } & Record<Switch, boolean>;

const PAUSE_MS = 300; // dragging changes them many times a second; browsers refuse that many changes of the address

export function useHold(route: Route, navigate: Navigate, finding: string, split: number): { hold: Hold; onHold: (change: Partial<Hold>) => void } {
  const [sliders, setSliders] = useState<Sliders>({ split: route.split, opacity: route.opacity });
  useEffect(() => setSliders({ split: route.split, opacity: route.opacity }), [route.split, route.opacity]);
  useEffect(() => {
    const timer = setTimeout(() => navigate(sliders, true), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [sliders]);
  // Another finding is somewhere else; the one that the address names keeps the line that the address asks for.
  const before = useRef(finding);
  useEffect(() => {
    if (before.current !== finding) setSliders((old) => ({ ...old, split: null }));
    before.current = finding;
  }, [finding]);

  const is = (name: Switch) => !route.off.includes(name);
  const hold: Hold = { split: sliders.split ?? split, opacity: sliders.opacity ?? 50, lock: is("lock"), aligned: is("aligned"), blinking: is("blinking") };
  const onHold = (change: Partial<Hold>) => {
    if (change.split !== undefined || change.opacity !== undefined) setSliders((old) => ({ ...old, ...change }));
    const after = { ...hold, ...change };
    const off = SWITCHES.filter((name) => !after[name]);
    if (off.join() !== route.off.join()) navigate({ off }, true);
  };
  return { hold, onHold };
}
