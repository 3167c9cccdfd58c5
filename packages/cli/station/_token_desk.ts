import {
  type BurnPlan,
  type BurnRequest,
  type Endpoint,
  LinkError,
  planBurnAll,
  readSlots,
  type RefusedPlan,
  type Secret,
  type SlotState,
  type Station,
  systemTime,
  type Token,
  type TokenConnection,
} from "@otpsmith/core";
import type { OtpAccount } from "@otpsmith/formats";
import { requestFor } from "../token/burn_request.ts";
import type { StationOptions } from "../station_api/mod.ts";

/** What is burned, and how. */
export interface Wish {
  readonly account: OtpAccount;
  readonly options: StationOptions;
  /** What the owner shows the token. */
  readonly secret: Secret | undefined;
}

/** Options of everything that talks to the token. */
export interface DeskCall {
  readonly signal: AbortSignal;
}

/**
 * Talks to the token on one reader. It is opened for each piece of work and given back afterwards, so
 * that a person can take it away at any time, and other programs can use the reader.
 */
export class TokenDesk {
  readonly #station: Station;

  constructor(station: Station) {
    this.#station = station;
  }

  /** Opens the token, lends it, and gives it back whatever happens. */
  async open<T>(
    endpoint: Endpoint,
    use: (connection: TokenConnection) => Promise<T>,
    { signal }: DeskCall,
  ): Promise<T> {
    const connection = await this.#station.connect(endpoint, { signal });
    try {
      return await use(connection);
    } finally {
      await connection[Symbol.asyncDispose]();
    }
  }

  /** Reads who the token is and what its clock says. */
  async read(endpoint: Endpoint, call: DeskCall): Promise<Token> {
    return await this.open(endpoint, ({ token }) => Promise.resolve(token), call);
  }

  /** Opens the token that was shown. Another one in its place is refused. */
  async openSame<T>(
    endpoint: Endpoint,
    serial: string,
    use: (connection: TokenConnection) => Promise<T>,
    call: DeskCall,
  ): Promise<T> {
    return await this.open(endpoint, async (connection) => {
      const found = connection.token.identity.serial;
      if (found !== serial) throw otherToken(serial, found);
      return await use(connection);
    }, call);
  }

  /** Lists the slots of a token. */
  async listSlots(
    endpoint: Endpoint,
    { serial, secret }: { readonly serial: string; readonly secret: Secret | undefined },
    call: DeskCall,
  ): Promise<readonly SlotState[]> {
    return await this.openSame(endpoint, serial, async ({ token }) => {
      await unlock(token, secret, call);
      return await token.slots?.list(call) ?? [];
    }, call);
  }
}

/** Shows the secret to a token that tells nothing without it. */
async function unlock(token: Token, secret: Secret | undefined, call: DeskCall): Promise<void> {
  if (token.access?.secret?.required && secret) {
    await token.access.authenticate({ secret, ...call });
  }
}

/** What the wish asks of the token. */
function requestOf(token: Token, { account, options }: Wish): BurnRequest {
  const { syncClock, slot, title } = options;
  return requestFor(account, {
    index: 0,
    token,
    options: {
      sync: syncClock,
      serial: token.identity.serial,
      ...(slot === null ? {} : { slot }),
      ...(title === null ? {} : { title }),
    },
  });
}

/** Whether a plan for this wish can be made without asking the token about its slots. */
export function plansWithoutSlots(token: Token, { options }: Wish): boolean {
  if (!token.slots || !token.traits) return true;
  return token.traits.slots.foundBy !== "title" && options.slot === null;
}

/** Plans what is wished, over an open token where its slots have to be read. Wipe the plan. */
export async function planWish(
  token: Token,
  wish: Wish,
  call: DeskCall | undefined,
): Promise<BurnPlan | RefusedPlan> {
  const request = requestOf(token, wish);
  const { secret, options } = wish;
  if (call) await unlock(token, secret, call);
  const slots = call ? await readSlots(token, [request], call) : [];
  return planBurnAll({
    token,
    requests: [request],
    slots,
    policy: {
      now: systemTime.now(),
      hostClockChecked: options.hostClockChecked,
      replace: options.replace,
      secretGiven: secret !== undefined,
    },
  });
}

function otherToken(wanted: string, found: string): LinkError {
  return new LinkError(
    "absent",
    `Cannot go on: the token on the reader is ${found}, not ${wanted} that was shown`,
    { delivery: "not-sent", next: `Place token ${wanted} on the reader, or read this one.` },
  );
}
