import type { Token, TokenIdentity } from "@otpsmith/core";
import type { Output } from "../io/output.ts";

/** A token as it stands in results of `--json`. */
export function tokenFields({ serial, family, model, application }: TokenIdentity): {
  readonly serial: string;
  readonly family: string;
  readonly model: string | null;
  readonly application?: string;
} {
  const fields = { serial, family, model: model ?? null };
  return application === undefined ? fields : { ...fields, application };
}

/** A token's clock as it stands in results of `--json`. */
export function clockFields(token: Token): Readonly<Record<string, unknown>> | null {
  const seen = token.clock?.seen;
  if (!seen) return null;
  return {
    token: isoSeconds(seen.tokenSeconds * 1000),
    host: isoSeconds(seen.hostMilliseconds),
    driftSeconds: seen.driftSeconds,
  };
}

/** Shows who a token is and what its clock says. */
export function showToken(token: Token, out: Output): void {
  const { serial, family, model } = token.identity;
  out.field("Serial", out.style(serial, "bold"));
  out.field("Model", model ?? "unknown: it can be read and is never written");
  out.field("Family", family);
  const seen = token.clock?.seen;
  if (seen) {
    out.field("Clock", `${isoSeconds(seen.tokenSeconds * 1000)}, ${driftWords(seen.driftSeconds)}`);
  }
}

/** A drift in words. */
export function driftWords(seconds: number): string {
  if (seconds === 0) return "same as this computer's";
  return `${Math.abs(seconds)} s ${seconds > 0 ? "ahead of" : "behind"} this computer's`;
}

/** A time as people and programs read it, whole seconds in UTC. */
export function isoSeconds(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");
}
