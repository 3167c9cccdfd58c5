import { proveByDisplay } from "@otpsmith/core/burn";
import { Secret } from "@otpsmith/core/secret";
import { systemTime } from "@otpsmith/core/time";
import { check } from "../_check.ts";
import { finish, planWork } from "../token/work.ts";
import { withToken } from "./_read_token.ts";
import type { TokenToBurn, TransportCase, TransportSetup } from "./setup.ts";

/** A seed that nobody has: the token is a test's until its owner burns another one. */
function newSeed(): Secret {
  return Secret.take(crypto.getRandomValues(new Uint8Array(20)));
}

/** What has to be known to compare a display. */
interface Burned {
  readonly seed: Secret;
  readonly parameters: Parameters<typeof proveByDisplay>[1]["parameters"];
}

/** Burns a new seed into the token of that serial number; into any other nothing is written. */
function burn(setup: TransportSetup, token: TokenToBurn | undefined): Promise<Burned> {
  return withToken(setup, token, async ({ connection }) => {
    const { serial } = connection.token.identity;
    check(
      serial === token!.serial,
      `nothing was written: the token on "${token!.endpoint}" is ${serial}, not ${token!.serial}`,
    );
    const seed = newSeed();
    const { parameters } = await planWork("burn-sync", connection.token, { seed });
    await finish("burn-sync", connection, { seed });
    return { seed, parameters };
  });
}

/** The display has to show the code of that seed. */
async function checkDisplay(
  { display, serial }: Pick<TokenToBurn, "display" | "serial">,
  { seed, parameters }: Burned,
  whatToChange: string,
): Promise<void> {
  check(display !== undefined, "setup() has to give display() for this case");
  const code = await display();
  const proof = proveByDisplay(seed, { parameters, code, now: systemTime.now() });
  check(proof.match, `token ${serial} shows ${code}: ${whatToChange}`);
}

/** Tier 4: a real token, named by its serial number, whose seed is lost. */
export const burnCases: readonly TransportCase[] = [
  {
    id: "transport/burn/whole",
    tier: 4,
    title: "a whole burn goes through, and the token is the same afterwards",
    needs: ["burn"],
    run: async (setup) => {
      const { seed } = await burn(setup, setup.burn);
      seed.wipe();
      await withToken(setup, setup.burn, ({ connection }) => {
        const { serial } = connection.token.identity;
        check(serial === setup.burn!.serial, `after the burn the token says that it is ${serial}`);
        return Promise.resolve();
      });
      return `token ${setup.burn!.serial} holds a seed that nobody knows: burn its own again`;
    },
  },
  {
    id: "transport/burn/proof",
    tier: 4,
    title: "after a burn the display shows the code of that very seed",
    needs: ["burn", "display"],
    run: async (setup) => {
      const burned = await burn(setup, setup.burn);
      await checkDisplay(setup.burn!, burned, "every byte of a burn has to arrive");
    },
  },
  {
    id: "transport/burn/twin",
    tier: 4,
    title:
      "of two tokens on two equal readers the one that was named is written, and the other not touched",
    needs: ["burn", "display", "twin-token"],
    run: async (setup) => {
      const { drivers, twin } = setup.burn!;
      check(twin !== undefined, "setup() has to name burn.twin for this case");
      const kept = await burn(setup, { ...twin, drivers });
      const burned = await burn(setup, setup.burn);
      await checkDisplay(setup.burn!, burned, "the token that was named has to be written");
      await checkDisplay(twin, kept, "the other token must not be touched");
    },
  },
];
