import { decodeHex } from "@otpsmith/core/bytes";
import { Secret } from "@otpsmith/core/secret";
import { ManualTime } from "@otpsmith/core/time";
import { repeatingRandom, tokensUnderTest } from "@otpsmith/simulator";
import { golden } from "../../../tests/golden/mod.ts";
import { nitrokeyNotes } from "./hid_notes.ts";
import type { ModelSetup } from "../model/setup.ts";
import type { TokenUnderTest } from "../token/mod.ts";
import { notes } from "./token2_single.ts";

/** A setup in which everything is right. */
export function modelSetup(): Promise<ModelSetup> {
  const tokens = tokensUnderTest({
    model: "token2-single:C302-i",
    time: new ManualTime(golden.time * 1000),
    random: repeatingRandom(decodeHex(golden.challenge)),
  });
  return Promise.resolve({ tokens, notes });
}

/** One that speaks in reports, in which everything is right. */
export function reportModelSetup(): Promise<ModelSetup> {
  return Promise.resolve({
    tokens: tokensUnderTest({ model: "nitrokey:pro", way: "hid" }),
    notes: nitrokeyNotes,
  });
}

/** A model that breaks a promise, and the cases that have to notice. */
export interface BrokenModel {
  readonly name: string;
  readonly noticedBy: readonly string[];
  readonly setup: () => Promise<ModelSetup>;
}

type Process = TokenUnderTest["card"]["process"];

function broken(
  name: string,
  noticedBy: readonly string[],
  change: (whole: TokenUnderTest) => Partial<TokenUnderTest>,
  whole: () => Promise<ModelSetup> = modelSetup,
): BrokenModel {
  return {
    name,
    noticedBy,
    setup: async () => {
      const { tokens, notes } = await whole();
      return {
        notes,
        tokens: async (wanted) => {
          const made = await tokens(wanted);
          return { ...made, tokens: made.tokens.map((one) => ({ ...one, ...change(one) })) };
        },
      };
    },
  };
}

/** A token that answers in another way. */
function answers(
  name: string,
  noticedBy: readonly string[],
  change: (process: Process, whole: TokenUnderTest) => Process,
  setup: () => Promise<ModelSetup> = modelSetup,
): BrokenModel {
  return broken(name, noticedBy, (whole) => {
    const process = change((command) => whole.card.process(command), whole);
    return { card: { process, power: (event) => whole.card.power(event) } };
  }, setup);
}

const is = (command: Uint8Array, cla: number, ins?: number): boolean =>
  command[0] === cla && (ins === undefined || command[1] === ins);
const OK = Uint8Array.of(0x90, 0x00);
let common = 0;

/** Each breaks what somebody who writes a model may well break. */
export const brokenModels: readonly BrokenModel[] = [
  answers("looks at no class byte", ["model/refuses/unknown-class"], (process) => (command) => {
    const own = command.slice();
    own[0] = 0x80;
    return process(is(command, 0x00) ? own : command);
  }),
  answers(
    "says yes to what it does not know",
    ["model/refuses/unknown-instruction"],
    (process) => (command) => is(command, 0x80, 0x10) ? Promise.resolve(OK) : process(command),
  ),
  answers(
    "fills up commands that are too short",
    ["model/refuses/wrong-length"],
    (process) => (command) =>
      process(command.length < 4 ? Uint8Array.of(...command, 0, 0, 0).slice(0, 5) : command),
  ),
  answers(
    "takes answers to a challenge from before",
    ["model/refuses/wrong-order"],
    (process) => async (command) => {
      if (is(command, 0x80, 0xce)) await process(decodeHex("804B08000100"));
      return await process(command);
    },
  ),
  answers(
    "takes writes from anybody",
    ["model/refuses/not-authenticated"],
    (process) => async (command) => {
      if (is(command, 0x84)) {
        await process(decodeHex("804B08000100"));
        await process(decodeHex(golden.token2single.answer));
      }
      return await process(command);
    },
  ),
  answers(
    "throws at bytes that it did not expect",
    ["model/any-bytes"],
    (process) => (command) =>
      command.length === 0 ? Promise.reject(new RangeError("no byte 0")) : process(command),
  ),
  broken("sets its clock when it is read", ["model/hello"], (whole) => ({
    truth: () => ({ ...whole.truth(), clock: `read ${whole.faults.exchanges} times` }),
  })),
  answers(
    "answers with another byte than the real one",
    ["model/golden"],
    (process) => async (command) => {
      const answer = await process(command);
      if (is(command, 0x80, 0x4b)) answer[0]! ^= 1;
      return answer;
    },
  ),
  broken("stays authenticated without power", ["model/power"], (whole) => ({
    card: { process: (command) => whole.card.process(command), power: () => undefined },
  })),
  broken("writes a torn seed half", ["model/torn-write"], (whole) => ({
    truth: () => {
      const truth = whole.truth();
      const torn = whole.faults.struck.length > 0;
      return torn ? { ...truth, seed: Secret.take(Uint8Array.of(1, 2, 3)) } : truth;
    },
  })),
  broken("shows a code without a seed", ["model/display"], () => ({ display: () => "123456" })),
  broken("shares its storage with its twin", ["model/apart"], (whole) => ({
    card: {
      process: (command) => {
        if (is(command, 0x84)) common++;
        return whole.card.process(command);
      },
      power: (event) => whole.card.power(event),
    },
    truth: () => ({ ...whole.truth(), settings: String(common) }),
  })),
  broken("has faults that never strike", ["model/faults", "model/hang"], (whole) => ({
    faults: { exchanges: 0, struck: [], schedule: () => undefined, release: () => undefined },
    serial: whole.serial,
  })),
  answers(
    "takes reports that are too short",
    ["model/refuses/wrong-length"],
    (process) => (command) =>
      process(command.length === 63 ? decodeHex(nitrokeyNotes.hello) : command),
    reportModelSetup,
  ),
  answers(
    "throws at a report of zeros and more",
    ["model/any-bytes"],
    (process) => (command) =>
      command[5] === 0 ? process(command) : Promise.reject(new RangeError("no such command")),
    reportModelSetup,
  ),
  answers(
    "names another command in its answer",
    ["model/hello", "model/golden", "model/faults"],
    (process) => async (command) => {
      const answer = await process(command);
      if (answer.length > 64) answer[65]! ^= 1;
      return answer;
    },
    reportModelSetup,
  ),
  broken("keeps its session without power, in reports", ["model/power"], (whole) => ({
    card: { process: (command) => whole.card.process(command), power: () => undefined },
  }), reportModelSetup),
  broken("counts no reports", ["model/hello", "model/faults"], (whole) => ({
    faults: { exchanges: 0, struck: [], schedule: () => undefined, release: () => undefined },
    serial: whole.serial,
  }), reportModelSetup),
];
