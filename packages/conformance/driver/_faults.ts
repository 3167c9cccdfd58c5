import type { LinkKind } from "@otpsmith/core/link";
import type { TokenFault } from "../token/mod.ts";

/** A fault without the exchange that it strikes. */
type FaultAnywhere = TokenFault extends infer F ? F extends TokenFault ? Omit<F, "at"> : never
  : never;

/** Refusals that tokens are known to give, and one that says nothing. */
const STATUSES: readonly number[] = [
  0x6983,
  0x6982,
  0x6a80,
  0x6700,
  0x6d00,
  0x6e00,
  0x6f00,
  0x6581,
];

/** More steps than a write of any known token has. */
const TEAR_STEPS = 4;

/** What can go wrong with one exchange, whichever way it goes. */
const COMMON: readonly FaultAnywhere[] = [
  ...[true, false].flatMap((returns) => [
    { kind: "lose-before", returns } as const,
    { kind: "lose-after", returns } as const,
  ]),
  { kind: "garble" },
  ...[[0x90], [], [0x90, 0x00], [0x6f, 0x00]].map((answer) =>
    ({ kind: "garble", answer: Uint8Array.from(answer) }) as const
  ),
  { kind: "hang" },
  ...Array.from({ length: TEAR_STEPS + 1 }, (_, steps) => ({ kind: "torn-write", steps }) as const),
];

/** What besides can go wrong with one command of a card. */
const OF_COMMANDS: readonly FaultAnywhere[] = STATUSES.map((status) => ({
  kind: "refuse",
  status,
}));

/** What besides can go wrong with one report: a stall, and a report of zeros. */
const OF_REPORTS: readonly FaultAnywhere[] = [
  { kind: "refuse", status: 0 },
  { kind: "garble", answer: new Uint8Array(8) },
  { kind: "garble", answer: new Uint8Array(64) },
];

/** Every fault at every one of so many exchanges. */
export function allFaults(exchanges: number, kind: LinkKind): readonly TokenFault[] {
  const faults = [...COMMON, ...(kind === "apdu" ? OF_COMMANDS : OF_REPORTS)];
  return Array.from({ length: exchanges }, (_, index) => index + 1).flatMap((at) =>
    faults.map((fault) => ({ ...fault, at }) as TokenFault)
  );
}

/** A fault for a person: `garble at 3 (answer 90)`. */
export function describeFault({ kind, at, ...details }: TokenFault): string {
  const hex = (value: unknown): string =>
    typeof value === "number"
      ? value.toString(16)
      : value instanceof Uint8Array
      ? [...value].map((byte) => byte.toString(16).padStart(2, "0")).join("") || "empty"
      : String(value);
  const said = Object.entries(details).map(([name, value]) => `${name} ${hex(value)}`).join(", ");
  return `${kind} at exchange ${at}${said && ` (${said})`}`;
}
