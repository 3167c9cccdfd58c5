import type { Secret } from "../secret/mod.ts";
import type { PlannedToken } from "./burn_plan.ts";
import type { BurnPolicy, BurnRequest } from "./request.ts";
import type { Note } from "./rules.ts";

/** What a person should know about one seed. */
export function seedNotes(
  { seed, algorithm }: BurnRequest,
  { stored, folded }: { readonly stored: Secret; readonly folded: boolean },
): readonly Note[] {
  const found: Note[] = [];
  if (folded) {
    found.push({
      code: "burn/folded-seed",
      message:
        `The secret has ${seed.length} bytes, more than the token stores. Its ${algorithm} ` +
        `digest of ${stored.length} bytes is burned instead: the codes are exactly the same.`,
    });
  }
  if (seed.length < 16) {
    found.push({
      code: "burn/short-seed",
      message: `The seed has only ${seed.length} bytes; RFC 4226 wants at least 16.`,
    });
  }
  return found;
}

/** What a person should know about the token. */
export function tokenNotes(
  token: PlannedToken,
  { request, policy }: {
    readonly request: Pick<BurnRequest, "syncClock" | "period">;
    readonly policy: BurnPolicy;
  },
): readonly Note[] {
  const found: Note[] = [];
  const drift = token.clock?.seen.driftSeconds ?? 0;
  if (!request.syncClock && Math.abs(drift) > request.period) {
    found.push({
      code: "burn/unsynced-clock",
      message: `The token's clock is ${Math.abs(drift)} s ${
        drift > 0 ? "ahead" : "behind"
      } and is left so: the service may refuse its codes.`,
    });
  }
  if (!token.clock && token.traits?.clockWrite === "none") {
    found.push({
      code: "burn/no-clock",
      message:
        "The token has no clock: its codes follow the clock of the computer or phone that asks for them.",
    });
  }
  if (token.access?.secret?.kind === "customer-key" && !policy.secretGiven) {
    found.push({
      code: "burn/factory-key",
      message:
        "No key was given, so the factory key is shown. A token that takes it can be written by whoever knows " +
        "that key, and the maker's is published: give it a key of your own.",
    });
  }
  return found;
}
