import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import type { DecisionStore } from "./store";

export const DecisionContext = createContext<DecisionStore | null>(null);

// The store, and a new rendering whenever it changes.
export function useDecisions(): DecisionStore {
  const store = useContext(DecisionContext);
  if (!store) throw new Error("no decisions here");
  const [, update] = useState(0);
  useEffect(() => store.listen(() => update((count) => count + 1)), [store]);
  return store;
}
