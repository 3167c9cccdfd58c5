import { expect, test } from "vitest";
import { decodeHex, encodeHex } from "../bytes/mod.ts";
import { createApduLink } from "../link/mod.ts";
import { safeProbe } from "./safe_probe.ts";

test("asks what changes nothing, and shows no serial number, title or id", async () => {
  const sent: string[] = [];
  const answers = [
    `9519020F${"383236363538373131373633373330"}1104${"6A36B66D"}9000`,
    `951F701D20${"476F6F676C65".padEnd(32, "0")}${"65535353".repeat(2)}011E06019000`,
    "6A82",
    "7903050403710811223344556677889000",
  ];
  const link = createApduLink({
    label: "test",
    medium: "simulated",
    limits: { command: 261, response: 258 },
    exchange: (bytes) => {
      sent.push(encodeHex(bytes));
      return Promise.resolve(decodeHex(answers[sent.length - 1]!));
    },
    release: () => Promise.resolve(),
  });
  const said = await safeProbe(link);
  expect(sent).toEqual(said.map(({ command }) => command));
  expect(sent.map((command) => command.slice(0, 4))).toEqual(["8041", "8041", "00A4", "00A4"]);
  expect(said.map(({ answer, status }) => `${answer} ${status}`)).toEqual([
    `9519020F38323636353837${"XX".repeat(8)}11046A36B66D 9000`,
    `951F701D20${"XX".repeat(16)}${"65535353".repeat(2)}011E0601 9000`,
    " 6A82",
    `${"XX".repeat(15)} 9000`,
  ]);
});
