// @ts-check
/** The conformance cases, tiers 0 to 2, for one transport: the same in both lanes. */
import { runCases, transportCasesFor } from "@otpsmith/conformance";

/**
 * @typedef {import("@otpsmith/conformance").CaseResult} CaseResult
 * @typedef {import("@otpsmith/conformance").ChildProgram} ChildProgram
 * @typedef {{ echo: string, absent?: string | undefined, held?: string | undefined, twins: string }} Labels
 * What the endpoints are called; of the twins how it begins.
 * @typedef {{ plug: boolean, twin: boolean } | { card: boolean }} Wish What the host is asked to do.
 */

/** What does not exist for HID tokens, and why. */
export const OF_HID = {
  absent: "a HID token is there, or it is not listed",
  refuses: "nobody is denied a hidraw node here",
  exclusive: "Linux lets several programs open a hidraw node",
  card: "there is no card",
  silence: "nothing tells a HID device that is at work to stop",
};

/**
 * Runs them; the cases about two equal devices come last, with those two.
 *
 * @param {{
 *   kind: import("@otpsmith/core/link").LinkKind,
 *   labels: Labels,
 *   transport(): import("@otpsmith/core/link").Transport,
 *   child(program: ChildProgram): Promise<"ended" | "hung" | "failed">,
 *   ask(wish: Wish): Promise<void>,
 * }} options
 * @returns {AsyncGenerator<CaseResult>}
 */
export async function* runAllCases({ kind, labels, transport, child, ask }) {
  const { absent, held } = labels;
  const supports = kind === "apdu" ? {} : OF_HID;
  const cases = transportCasesFor(kind).filter(({ tier }) => tier <= 2);
  /** @type {import("@otpsmith/conformance").Tier[]} */
  const tiers = [0, 1, 2];
  /** @param {boolean} twin */
  const hands = (twin) => ({
    /** @param {boolean} present */
    plug: (present) => ask({ plug: present, twin }),
    /** @param {boolean} present */
    card: (present) => ask({ card: present }),
  });
  const ofOne = cases.filter(({ needs }) => !needs.includes("twin"));
  yield* runCases(ofOne, {
    tiers,
    supports,
    setup: () =>
      Promise.resolve({
        transport: transport(),
        echo: labels.echo,
        absent,
        refuses: held ? [held] : undefined,
        child,
        hands: hands(false),
      }),
  });
  const ofTwo = cases.filter(({ needs }) => needs.includes("twin"));
  yield* runCases(ofTwo, {
    tiers,
    supports,
    setup: async () => {
      const look = transport();
      // In the order in which they were plugged in: no case pulls the first one out before the last case.
      const [echo, twin] = (await look.list()).filter(({ label }) =>
        label.startsWith(labels.twins)
      );
      await look[Symbol.asyncDispose]();
      return { transport: transport(), echo: echo?.id, twin: twin?.id, hands: hands(true) };
    },
  });
}
