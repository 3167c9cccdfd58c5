import { expect, test } from "vitest";
import type { CcidInterface } from "./descriptor.ts";
import { ANSWER, type CcidAnswer } from "./message.ts";
import type { SlotCommand } from "./reader.ts";
import { exchangeT0 } from "./t0_level.ts";

test("of what is sent no copy is left behind: the link overwrites the command", async () => {
  const sent: Uint8Array[] = [];
  const send = ({ data }: SlotCommand): Promise<CcidAnswer> => {
    sent.push(data!);
    const answer = { type: ANSWER.dataBlock, slot: 0, sequence: 0, error: 0, specific: 0 };
    return Promise.resolve({
      ...answer,
      card: "active",
      outcome: "ok",
      data: Uint8Array.of(0x90, 0),
    });
  };
  const { send: exchange } = exchangeT0(send, { longestMessage: 271 } as CcidInterface);
  for (const le of [[], [0]]) {
    const command = Uint8Array.of(0x80, 0xc5, 0, 0, 3, 7, 7, 7, ...le); // a seed, say
    await exchange(command);
    command.fill(0);
  }
  expect(sent.map((tpdu) => tpdu.join())).toEqual(["0,0,0,0,0,0,0,0", "0,0,0,0,0,0,0,0"]);
});
