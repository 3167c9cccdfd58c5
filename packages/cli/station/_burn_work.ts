import {
  type BurnEvent,
  type BurnJournal,
  type BurnOutcome,
  type BurnPlan,
  type Proof,
  proveByToken,
  runPlan,
  type Secret,
  type TokenConnection,
} from "@otpsmith/core";
import type { StationBurn } from "../station_api/mod.ts";
import { burnBegins, burnEnds } from "./_views.ts";

/** What a burn needs besides its plan. */
export interface BurnWork {
  readonly secret: Secret | undefined;
  readonly journal: BurnJournal;
  /** Told how it goes. */
  readonly onBurn: (burn: StationBurn) => void;
}

/** What a burn came to. */
export interface Burned {
  readonly burn: StationBurn;
  readonly outcome: BurnOutcome;
  /** What the token itself can say of its codes. */
  readonly proof: Proof;
}

const NOBODY_LOOKED: Proof = { level: "none", match: false };

/** A burn that goes on: it can be stopped, and told of touches that the token cannot tell of. */
export class RunningBurn {
  readonly #stop = new AbortController();
  readonly #abandon = new AbortController();
  #touched: () => void = () => undefined;

  /** Stops where that does no harm. */
  stop(): void {
    this.#stop.abort();
    this.#touched();
  }

  /** Stops at once, whatever the token then holds. */
  abandon(): void {
    this.#abandon.abort();
    this.stop();
  }

  /** The touch that was waited for is done. */
  touched(): void {
    this.#touched();
  }

  /** Carries a plan out and asks the token what it can say about it. */
  async run(connection: TokenConnection, plan: BurnPlan, work: BurnWork): Promise<Burned> {
    const { secret, journal, onBurn } = work;
    let burn = burnBegins(plan);
    const show = (change: Partial<StationBurn>): void => onBurn(burn = { ...burn, ...change });
    show({});
    const outcome = await runPlan(connection, plan, {
      signal: this.#stop.signal,
      abandon: this.#abandon.signal,
      secret,
      journal,
      onEvent: (event) => show(changeOf(event, { burn, plan })),
    });
    const proof = outcome.status === "done"
      ? await this.#askToken(connection, plan, show).catch(() => NOBODY_LOOKED)
      : NOBODY_LOOKED;
    return { burn: burnEnds(burn, outcome), outcome, proof };
  }

  async #askToken(
    { token }: TokenConnection,
    plan: BurnPlan,
    show: (change: Partial<StationBurn>) => void,
  ): Promise<Proof> {
    const [proof] = await proveByToken(token, plan, {
      onTouch: async ({ says, tells }) => {
        show({ wants: says, wantsWord: !tells });
        if (!tells) await new Promise<void>((resolve) => this.#touched = resolve);
        show({ wantsWord: false });
      },
    });
    return proof!;
  }
}

function changeOf(
  event: BurnEvent,
  { burn, plan }: { readonly burn: StationBurn; readonly plan: BurnPlan },
): Partial<StationBurn> {
  if (event.type === "wants-token") {
    return { wants: `Switch token ${event.serial} on and place it on the reader again.` };
  }
  if (event.type === "wants-touch") return { wants: event.wanted.says };
  if (event.type === "settling") {
    return { wants: `${event.error.message}. Finding out what the token holds.` };
  }
  const at = plan.steps.indexOf(event.step);
  const state = event.state === "begins" ? "runs" : "done";
  return {
    wants: null,
    steps: burn.steps.map((step, index) => index === at ? { ...step, state } : step),
  };
}
