import type { Secret } from "../secret/mod.ts";
import { systemTime, type TimeSource } from "../time/mod.ts";
import type { SlotState, Token, TokenCallOptions } from "../token/mod.ts";
import type { BurnPlan, PlanEntry } from "./burn_plan.ts";
import { type Proof, proveByDisplay } from "./proof.ts";

/** Options of {@linkcode proveByToken}. */
export interface TokenProofOptions extends TokenCallOptions {
  /** The clock that codes are computed for. */
  readonly time?: TimeSource | undefined;
}

/**
 * Asks the token itself what it can say about each entry of a burn that was carried out, in the same
 * session: a code that it computes (`computed`), or that the slot holds a seed with the settings that
 * were written (`presence`, which does not say that the seed is the right one). `none` where it can say
 * neither: then only a look at its display tells.
 *
 * @throws {LinkError} If the conversation failed: the burn was done all the same.
 * @throws {TokenError} If the token refused, or nobody touched it.
 *
 * @example Over an open connection
 * ```ts
 * import { type BurnPlan, type Proof, proveByToken, type Token } from "@otpsmith/core";
 *
 * async function weakest(token: Token, plan: BurnPlan): Promise<Proof["level"]> {
 *   const proofs = await proveByToken(token, plan);
 *   return proofs.find(({ match }) => !match)?.level ?? proofs[0]!.level;
 * }
 * if (typeof weakest !== "function") throw new Error("unexpected");
 * ```
 */
export async function proveByToken(
  token: Pick<Token, "codes" | "slots">,
  plan: BurnPlan,
  options: TokenProofOptions = {},
): Promise<readonly Proof[]> {
  const proofs: Proof[] = [];
  for (const entry of plan.entries) proofs.push(await proveEntry(token, entry, options));
  return proofs;
}

async function proveEntry(
  { codes, slots }: Pick<Token, "codes" | "slots">,
  entry: PlanEntry,
  { time = systemTime, ...call }: TokenProofOptions,
): Promise<Proof> {
  const { slot = 0, title, parameters, seed } = entry;
  if (codes && seed) {
    const now = time.now();
    const seconds = Math.floor(now / 1000);
    const code = await codes.compute({ slot, title, settings: parameters }, { ...call, seconds });
    return computedProof(seed, { code, entry, now });
  }
  if (slots && entry.slot !== undefined) {
    return presenceProof(await slots.read({ slot, title }, call), entry);
  }
  return { level: "none", match: false };
}

function computedProof(
  seed: Secret,
  { code, entry, now }: {
    readonly code: string;
    readonly entry: PlanEntry;
    readonly now: number;
  },
): Proof {
  return {
    ...proveByDisplay(seed, { parameters: entry.parameters, code, now }),
    level: "computed",
  };
}

/** What the token does not tell is not held against it. */
function presenceProof(state: SlotState, { title, parameters }: PlanEntry): Proof {
  const { algorithm, digits, period } = parameters;
  const told = { algorithm, digits, period, ...state.settings };
  const match = state.occupied &&
    (title === undefined || state.title === undefined || state.title === title) &&
    told.algorithm === algorithm && told.digits === digits && told.period === period;
  return { level: "presence", match };
}
