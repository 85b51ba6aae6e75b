// The decisions of this reader: written by the review server where there is one, else kept in the browser to be handed on.
import type { Report } from "../data";
import { placeKey } from "../data";
import type { Mark, Row, Waiver } from "../types";
import { covers, type Decision, waiversOf } from "./model";

export interface Step {
  decision: Decision;
  ids: string[];
}

export interface Decisions {
  served: boolean;
  steps: Step[];
  waivers: Waiver[];
  error: string;
}

type Listener = () => void;

export class DecisionStore {
  readonly served: { token: string; owner: string } | null;
  private listeners = new Set<Listener>();
  state: Decisions;

  constructor(private report: Report) {
    this.served = report.index.served ?? null;
    this.state = { served: this.served !== null, steps: this.served ? [] : this.recall(), waivers: [], error: "" };
    if (this.served) void this.ask("GET", "/api/waivers");
    else this.rebuild();
  }

  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async accept(decisions: Decision[]): Promise<boolean> {
    for (const decision of decisions) {
      if (this.served) {
        const changed = await this.ask("POST", "/api/waive", decision);
        if (!changed) return false;
        this.set({ steps: [...this.state.steps, { decision, ids: changed }] });
      } else {
        this.set({ steps: [...this.state.steps.filter((step) => !sameDecision(step.decision, decision)), { decision, ids: [] }] });
      }
    }
    this.remember();
    return true;
  }

  async undo(step?: Step): Promise<void> {
    const target = step ?? this.state.steps.at(-1);
    if (!target) return;
    if (this.served && !(await this.ask("POST", "/api/undo", { ids: target.ids }))) return;
    this.set({ steps: this.state.steps.filter((each) => each !== target) });
    this.remember();
  }

  async remove(waiver: Waiver): Promise<void> {
    await this.ask("POST", "/api/undo", { ids: [waiver.id] });
  }

  // The waiver that will cover this finding in the next run, if it is one that this run did not know.
  coveredBy(row: Row, mark: Mark): Waiver | null {
    const today = new Date().toISOString().slice(0, 10);
    return this.state.waivers.find((waiver) => covers(waiver, row, mark, today)) ?? null;
  }

  settled(row: Row): boolean {
    const counting = row.marks.filter((mark) => mark.flags);
    return row.verdict === "flagged" && counting.length > 0 && counting.every((mark) => this.coveredBy(row, mark) !== null);
  }

  pendingWaivers(): Waiver[] {
    return this.state.waivers;
  }

  private rebuild(): void {
    if (this.served) return;
    const waivers = this.state.steps.flatMap(({ decision }) => {
      const row = this.report.byPlace.get(placeKey(decision.page, decision.device));
      return row ? waiversOf(this.report, row, decision) : [];
    });
    const distinct = new Map(waivers.map((each) => [JSON.stringify([each.page, each.device, each.selector, each.kind]), each]));
    this.state = { ...this.state, waivers: [...distinct.values()] };
  }

  private set(change: Partial<Decisions>): void {
    this.state = { ...this.state, error: "", ...change };
    this.rebuild();
    for (const listener of this.listeners) listener();
  }

  private async ask(method: "GET" | "POST", path: string, body?: object): Promise<string[] | null> {
    try {
      const answer = await fetch(path, {
        method,
        headers: { "Content-Type": "application/json", "X-Compatcheck-Token": this.served?.token ?? "" },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      const content = (await answer.json()) as { error?: string; changed?: string[]; waivers?: Partial<Waiver>[] };
      if (!answer.ok) throw new Error(content.error ?? String(answer.status));
      this.set({ waivers: (content.waivers ?? []).map(wholeWaiver) });
      return content.changed ?? [];
    } catch (error) {
      this.set({ error: error instanceof Error ? error.message : String(error) });
      return null;
    }
  }

  private get key(): string {
    return `compatcheck.decisions.${this.report.index.run.id}`;
  }

  private recall(): Step[] {
    try {
      const kept: unknown = JSON.parse(localStorage.getItem(this.key) ?? "[]");
      if (!Array.isArray(kept)) return [];
      return kept.filter(isDecision).map((decision) => ({ decision, ids: [] }));
    } catch {
      return [];
    }
  }

  private remember(): void {
    if (this.served) return;
    try {
      localStorage.setItem(this.key, JSON.stringify(this.state.steps.map((step) => step.decision)));
    } catch {
      // They then last as long as the page is open.
    }
  }
}

function isDecision(value: unknown): value is Decision {
  const names: (keyof Decision)[] = ["page", "device", "finding", "scope", "reason", "owner", "expires"];
  return typeof value === "object" && value !== null && names.every((name) => typeof (value as Decision)[name] === "string");
}

function sameDecision(one: Decision, other: Decision): boolean {
  return one.page === other.page && one.device === other.device && one.finding === other.finding && one.scope === other.scope;
}

function wholeWaiver(given: Partial<Waiver>): Waiver {
  return {
    id: String(given.id ?? ""),
    page: String(given.page ?? "*"),
    device: String(given.device ?? "*"),
    selector: String(given.selector ?? "*"),
    kind: String(given.kind ?? "*"),
    reason: String(given.reason ?? ""),
    owner: String(given.owner ?? ""),
    expires: given.expires ? String(given.expires) : null,
    maxSeverity: Number(given.maxSeverity ?? 1),
  };
}
