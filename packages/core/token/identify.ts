import type { ApduSession } from "../command/apdu_session.ts";
import type { Session } from "../command/open_session.ts";
import { defineCommand } from "../command/define_command.ts";
import { TokenError } from "../errors/token_error.ts";
import { decodeHex } from "../bytes/hex.ts";
import type { DriverContext, TokenDriver } from "./driver.ts";
import type { Token, TokenIdentity } from "./token.ts";

const select = defineCommand({
  name: "select application",
  effect: "none",
  repeatable: true,
  encode: (application: Uint8Array) => ({
    cla: 0x00,
    ins: 0xa4,
    p1: 0x04,
    p2: 0x00,
    data: application,
  }),
  decode: () => undefined,
  refusals: {},
  secrets: [],
});

/** Applications whose presence says "security key": asked for after every driver has said no. */
const SECURITY_KEYS: readonly { readonly application: string; readonly name: string }[] = [
  { application: "A0000006472F0001", name: "FIDO" },
  { application: "A0000005272101", name: "YubiKey OATH" },
];

/**
 * Finds out what lies on a reader or is plugged in: asks each driver that speaks over this kind of link in
 * turn with read-only commands. One that knows the model goes before one that can only read the token.
 * Then (where APDUs are spoken) asks for the applications of security keys, so that a key held up by
 * mistake is called by its name. Authentication is never used to find out what a token is: failed tries
 * may lock it for good.
 *
 * @throws {LinkError} If the conversation failed.
 * @throws {TokenError} `unsupported` if it is not a token that any driver knows.
 *
 * @example Nothing that is known
 * ```ts
 * import { ApduSession, createApduLink, identifyToken, systemTime } from "@otpsmith/core";
 *
 * const link = createApduLink({
 *   label: "example", medium: "simulated", limits: { command: 261, response: 258 },
 *   exchange: () => Promise.resolve(Uint8Array.of(0x6d, 0x00)), release: () => Promise.resolve(),
 * });
 * const unknown = await identifyToken(new ApduSession(link), { drivers: [], time: systemTime })
 *   .catch((error) => error.code);
 * if (unknown !== "token/unsupported") throw new Error("unexpected");
 * ```
 */
export async function identifyToken(
  session: Session,
  context: DriverContext & {
    readonly drivers: readonly TokenDriver[];
    /** Only this application is asked for, of keys that have several. */
    readonly application?: string | undefined;
  },
): Promise<Token> {
  const { application } = context;
  let readable: Token | undefined;
  for (const driver of context.drivers) {
    if (driver.kind !== session.link.kind) continue;
    if (application !== undefined && driver.application !== application) continue;
    const found = await driver.identify(session, context);
    if (!found.identity) continue;
    if (found.traits) return found;
    readable ??= found;
  }
  if (readable) return readable;
  if (application !== undefined) throw noSuchApplication(application);
  const apdu = session.link.kind === "apdu";
  if (apdu) await refuseSecurityKeys(session as ApduSession, context);
  const place = apdu ? "lies on the reader" : "is plugged in";
  throw new TokenError("unsupported", `Cannot use what ${place}: no driver knows it`, {
    command: "identify token",
    next: "Check that it is a programmable token of a supported family; nothing was written to it.",
  });
}

function noSuchApplication(application: string): TokenError {
  return new TokenError(
    "unsupported",
    `Cannot use application ${application}: it does not answer`,
    {
      command: "identify token",
      next: "Look which applications the token has, and whether they are switched on.",
    },
  );
}

/**
 * Asks every driver that speaks to one application of several, and gives all that answer. What was
 * recognised before must be recognised anew before it is used again, for another application is selected.
 *
 * @throws {LinkError} If the conversation failed.
 *
 * @example A card that no driver is asked about
 * ```ts
 * import { ApduSession, createApduLink, listApplications, systemTime } from "@otpsmith/core";
 *
 * const link = createApduLink({
 *   label: "example", medium: "simulated", limits: { command: 261, response: 258 },
 *   exchange: () => Promise.resolve(Uint8Array.of(0x6d, 0x00)), release: () => Promise.resolve(),
 * });
 * const found = await listApplications(new ApduSession(link), { drivers: [], time: systemTime });
 * if (found.length !== 0) throw new Error("unexpected");
 * ```
 */
export async function listApplications(
  session: Session,
  context: DriverContext & { readonly drivers: readonly TokenDriver[] },
): Promise<readonly TokenIdentity[]> {
  const found: TokenIdentity[] = [];
  for (const driver of context.drivers) {
    if (driver.kind !== session.link.kind || driver.application === undefined) continue;
    const { identity } = await driver.identify(session, context);
    if (identity) found.push(identity);
  }
  return found;
}

async function refuseSecurityKeys(
  session: ApduSession,
  { signal, timeoutMs }: DriverContext,
): Promise<void> {
  for (const { application, name } of SECURITY_KEYS) {
    const answered = await session.send(select, decodeHex(application), { signal, timeoutMs })
      .then(() => true, (error: unknown) => {
        if (error instanceof TokenError) return false;
        throw error;
      });
    if (answered) {
      throw new TokenError(
        "unsupported",
        `Cannot use what lies on the reader: it is a security key (${name}), not a programmable token`,
        {
          command: select.name,
          next: "Take the key away and place a programmable token on the reader.",
        },
      );
    }
  }
}
