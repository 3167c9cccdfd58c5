import { check } from "../_check.ts";
import { withToken } from "./_read_token.ts";
import type { TransportCase } from "./setup.ts";

/** So often a token is opened and read, one time after the other. */
const TIMES = 3;
/** What a token's clock may differ from the computer's between two readings, in seconds. */
const STEADY_SECONDS = 2;

/** Tier 3: a real token, which is read and never written. */
export const hardwareCases: readonly TransportCase[] = [
  {
    id: "transport/hardware/serial",
    tier: 3,
    title: "a token is recognised each time, with the same serial number",
    needs: ["token"],
    run: async (setup) => {
      const serials = new Set<string>();
      for (let times = 0; times < TIMES; times++) {
        await withToken(
          setup,
          setup.token,
          ({ connection }) => Promise.resolve(serials.add(connection.token.identity.serial)),
        );
      }
      const [serial] = serials;
      check(
        serials.size === 1,
        `one token has one serial number: ${[...serials].join(", ")} were read on one endpoint`,
      );
      return `serial number ${serial}`;
    },
  },
  {
    id: "transport/hardware/clock",
    tier: 3,
    title: "its clock goes on as the computer's does, over one link and over the next",
    needs: ["token", "clock"],
    run: async (setup) => {
      const drifts: number[] = [];
      const seconds: number[] = [];
      for (let times = 0; times < TIMES; times++) {
        await withToken(setup, setup.token, async ({ connection }) => {
          const { clock } = connection.token;
          check(clock !== undefined, "this token has no clock: say so in supports");
          for (const { driftSeconds, tokenSeconds } of [clock.seen, await clock.read()]) {
            drifts.push(driftSeconds);
            seconds.push(tokenSeconds);
          }
        });
      }
      const spread = Math.max(...drifts) - Math.min(...drifts);
      check(
        spread <= STEADY_SECONDS && seconds.every((s, i) => i === 0 || s >= seconds[i - 1]!),
        `answers must be those of the command that was sent: the clock was read as ${
          seconds.join(", ")
        }`,
      );
      return `drift ${drifts[0]} s`;
    },
  },
  {
    id: "transport/hardware/only-reads",
    tier: 3,
    title: "nothing goes to the token but commands that change nothing",
    needs: ["token"],
    run: (setup) =>
      withToken(setup, setup.token, async ({ connection, events, exchanges }) => {
        await connection.token.clock?.read();
        const sent = events.filter(({ what }) => what === "sent");
        const harmful = sent.find(({ effect }) => effect !== "none");
        check(
          harmful === undefined,
          `reading a token must not send "${harmful?.command}", which ${harmful?.effect}`,
        );
        const count = exchanges();
        check(
          count === undefined || count === sent.length,
          `${count} commands went to the token, and ${sent.length} are known: nothing may be sent past the session`,
        );
        return `${sent.length} commands, all of effect none`;
      }),
  },
];
