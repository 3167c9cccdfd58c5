import type { ActionInput, StationOptions, StationState } from "../station_api/mod.ts";

/** What is told after each change. */
export type Listener = (state: StationState) => void;

/** What changes; revision and allowed actions follow from it. */
export type Facts = Omit<StationState, "revision" | "actions">;

/** How a seed is burned unless the person says otherwise. */
export const USUAL_OPTIONS: StationOptions = {
  syncClock: true,
  slot: null,
  title: null,
  hostClockChecked: false,
  replace: [],
};

/** The options that a change names. */
export function givenOf(change: ActionInput<"set-options">): Partial<StationOptions> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

/** A station that has seen nothing yet. */
export function firstFacts(version: string): Facts {
  return {
    version,
    obstacles: [],
    readers: null,
    reader: null,
    account: null,
    token: null,
    tokenProblem: null,
    options: USUAL_OPTIONS,
    plan: null,
    burn: null,
    proof: null,
    busy: null,
    simulator: null,
    records: [],
  };
}

/** Keeps the state and tells whoever listens. */
export class StateStore {
  readonly #listeners = new Set<Listener>();
  readonly #actions: (facts: Facts) => StationState["actions"];
  #facts: Facts;
  #revision = 0;

  /** Begins with these facts; `actions` says what they allow. */
  constructor(facts: Facts, actions: (facts: Facts) => StationState["actions"]) {
    this.#facts = facts;
    this.#actions = actions;
  }

  /** The state as the page sees it. */
  get state(): StationState {
    return {
      revision: this.#revision,
      ...this.#facts,
      actions: this.#actions(this.#facts),
    };
  }

  /** Changes facts. Nobody is told where nothing is different. */
  set(change: Partial<Facts>): void {
    const next = { ...this.#facts, ...change };
    if (JSON.stringify(next) === JSON.stringify(this.#facts)) return;
    this.#facts = next;
    this.#revision++;
    const { state } = this;
    for (const listener of [...this.#listeners]) listener(state);
  }

  /** Calls back after each change, until the function that it returns is called. */
  subscribe(listener: Listener): () => void {
    const own: Listener = (state) => listener(state);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }
}
