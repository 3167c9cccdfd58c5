import type { Token, TokenTraits } from "../token/mod.ts";
import type { BurnPolicy, BurnRequest } from "./request.ts";

/** Why something is refused before anything has been sent. */
export interface Refused {
  /** Stable identifier, such as `burn/seed-too-long`. */
  readonly code: `burn/${string}`;
  /** One plain sentence: "Cannot burn seed: …". */
  readonly message: string;
  /** What the person can do about it. */
  readonly next: string;
}

/** Something that the person should know and that stops nothing. */
export interface Note {
  /** Stable identifier, such as `burn/short-seed`. */
  readonly code: `burn/${string}`;
  /** One plain sentence. */
  readonly message: string;
}

/** What a rule looks at. */
export interface RuleInput {
  /** What the model can do. */
  readonly traits: TokenTraits;
  /** Who the token is and what its clock said. */
  readonly token: Pick<Token, "identity" | "clock" | "access">;
  /** What is wanted, without the seed. */
  readonly request: Omit<BurnRequest, "seed">;
  /** What is allowed. */
  readonly policy: BurnPolicy;
}

/** One thing that may stand in the way. */
export type Rule = (input: RuleInput) => Refused | undefined;

/** A day: no working token is further off, a computer's clock that was never set is. */
export const CLOCKS_DISAGREE_SECONDS = 86_400;
/**
 * Times that a computer's clock can say, in milliseconds: from when this program came to be, to where the
 * 32-bit clocks of the tokens end in February 2106.
 */
export const PLAUSIBLE_TIME: { readonly from: number; readonly to: number } = {
  from: Date.UTC(2026, 0, 1),
  to: 0xffff_ffff * 1000,
};

/**
 * The rules for everything that is written to a token, in the order in which a person can best do
 * something about them. The length of a seed is checked by the planner, which folds it.
 */
export const burnRules: readonly Rule[] = [
  ({ token, request }) => {
    if (request.serial === undefined || request.serial === token.identity.serial) return;
    return {
      code: "burn/other-token",
      message:
        `Cannot write to token: the token on the reader is ${token.identity.serial}, not ${request.serial}`,
      next: "Place the token with the serial number you named, or name this one.",
    };
  },
  ({ policy }) => {
    if (policy.now >= PLAUSIBLE_TIME.from && policy.now <= PLAUSIBLE_TIME.to) return;
    const year = new Date(policy.now).getUTCFullYear();
    return {
      code: "burn/host-clock",
      message: `Cannot write to token: this computer's clock says ${year}`,
      next: "Set the computer's date and time first: the token gets its clock from it.",
    };
  },
  ({ token, policy }) => {
    const drift = token.clock?.seen.driftSeconds ?? 0;
    if (policy.hostClockChecked || Math.abs(drift) <= CLOCKS_DISAGREE_SECONDS) return;
    const days = Math.round(Math.abs(drift) / 86_400);
    return {
      code: "burn/clocks-disagree",
      message:
        `Cannot write to token: the token's clock and this computer's are ${days} days apart, one of them is wrong`,
      next:
        "Compare the computer's clock with another one. If the computer is right, confirm that it was checked.",
    };
  },
  ({ traits, request }) => {
    if (traits.algorithms.includes(request.algorithm)) return;
    return {
      code: "burn/algorithm",
      message:
        `Cannot write to token: the service computes with ${request.algorithm}, this model knows ${
          list(traits.algorithms)
        }`,
      next: "Ask the service for another hash function, or use another model.",
    };
  },
  ({ traits, request }) => {
    if (traits.digits.includes(request.digits)) return;
    return {
      code: "burn/digits",
      message:
        `Cannot write to token: the service wants codes of ${request.digits} digits, this model shows ${
          list(traits.digits)
        }`,
      next: "Ask the service for another code length, or use another model.",
    };
  },
  ({ traits, request }) => {
    if (traits.periods.includes(request.period)) return;
    return {
      code: "burn/period",
      message:
        `Cannot write to token: the service changes codes every ${request.period} s, this model knows ${
          list(traits.periods)
        } s`,
      next: "Ask the service for another time step, or use another model.",
    };
  },
  ({ traits, request }) => {
    const { displayOffSeconds: wanted } = request;
    if (wanted === undefined || traits.displayOffSeconds.includes(wanted)) return;
    return {
      code: "burn/display-off",
      message:
        `Cannot write to token: the display cannot be set to go off after ${wanted} s, this model knows ${
          list(traits.displayOffSeconds)
        } s`,
      next: "Choose one of these times.",
    };
  },
  ({ traits, request }) => {
    const { titleBytes, titleHoldsPeriod } = traits.slots;
    const before = titleHoldsPeriod && request.period !== 30 ? `${request.period}/` : "";
    const bytes = new TextEncoder().encode(before + (request.title ?? "")).length;
    if (titleBytes === 0 || bytes <= titleBytes) return;
    return {
      code: "burn/title",
      message:
        `Cannot write to token: the title has ${bytes} bytes, this model keeps at most ${titleBytes}`,
      next: "Give a shorter one; letters with accents count as two bytes or more.",
    };
  },
  ({ traits, request: { title = "" } }) => {
    const { titleParts, titleCharacters } = traits.slots;
    if (titleCharacters === "ascii" && /[^ -~]/.test(title)) {
      return {
        code: "burn/title",
        message: "Cannot write to token: the title has other characters than plain letters",
        next: "Give one without accents and other signs that are not ASCII.",
      };
    }
    if (!titleParts || title === "") return;
    const colon = title.indexOf(":");
    const bytes = (text: string): number => new TextEncoder().encode(text).length;
    const [before, behind] = [title.slice(0, Math.max(0, colon)), title.slice(colon + 1)].map(
      bytes,
    );
    if (behind! > 0 && Math.max(before!, behind!) <= titleParts.bytes) return;
    return {
      code: "burn/title",
      message:
        `Cannot write to token: the title has ${before} bytes before its colon and ${behind} behind it, this ` +
        `model keeps at most ${titleParts.bytes} of each, and one at least behind it`,
      next: "Give a shorter issuer or account; both stand in the title, as issuer:account.",
    };
  },
  ({ traits, request }) => {
    if (!request.touch || traits.touch) return;
    return {
      code: "burn/touch",
      message: "Cannot write to token: this model cannot be told to want a touch for each code",
      next: "Leave the touch out.",
    };
  },
  ({ token, policy }) => {
    const secret = token.access?.secret;
    if (!secret?.required || policy.secretGiven) return;
    const left = secret.attemptsLeft === undefined ? "" : `; ${triesLeft(secret.attemptsLeft)}`;
    return {
      code: "burn/needs-secret",
      message: `Cannot write to token: it wants its ${SECRET_NAMES[secret.kind]}${left}`,
      next: "Give it through a prompt, a file descriptor or the environment.",
    };
  },
];

const SECRET_NAMES = { "customer-key": "customer key", "password": "password", "pin": "PIN" };

/** "1 try is left", "7 tries are left". */
function triesLeft(count: number): string {
  return count === 1 ? "1 try is left" : `${count} tries are left`;
}

/**
 * Asks every rule.
 *
 * @internal
 */
export function applyRules(input: RuleInput): Refused[] {
  return burnRules.map((rule) => rule(input)).filter((refused) => refused !== undefined);
}

function list(values: readonly (string | number)[]): string {
  return values.length > 1
    ? `${values.slice(0, -1).join(", ")} and ${values.at(-1)}`
    : String(values[0] ?? "none");
}
