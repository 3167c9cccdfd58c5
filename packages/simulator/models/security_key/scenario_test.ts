import { expect, test } from "vitest";
import { createBench } from "../../bench.ts";
import { loadScenario } from "../../scenario.ts";
import { say } from "../../testdata/host.ts";

const SELECT = "00A4040007A0000005272101";

test("keys lie on the readers of a scenario, with a person beside them who never presses", async () => {
  const text = JSON.stringify({
    schemaVersion: 1,
    tokens: [
      {
        model: "oath:yubikey5",
        reader: "One",
        serial: "12345678",
        personality: { presser: { never: true } },
      },
      { model: "oath:canokey", reader: "Two", faults: [{ kind: "refuse", at: 1, status: "6F00" }] },
    ],
  });
  const { readers, tokens: [yubikey] } = createBench(loadScenario(text, { source: "test" }));
  expect(readers.map(({ token }) => token?.model)).toEqual(["oath:yubikey5", "oath:canokey"]);
  expect(yubikey!.serial).toBe("12345678");
  expect(await say(readers[0]!.card!, SELECT)).toMatch(/^7903050403/);
  expect(await say(readers[1]!.card!, SELECT)).toBe("6F00");
  expect(await say(readers[1]!.card!, SELECT)).toMatch(/^7903060000/);
});

test("a serial number of another length is refused by its place", () => {
  const text = JSON.stringify({
    schemaVersion: 1,
    tokens: [{ model: "oath:yubikey5", serial: "86596320000001" }],
  });
  expect(() => loadScenario(text, { source: "test" })).toThrow(
    /tokens\[0\]\.serial.*8 digits are wanted/,
  );
});
