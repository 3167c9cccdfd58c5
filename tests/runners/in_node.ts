import { describe, it } from "node:test";
import { declareSuite } from "./suite.ts";

declareSuite({
  describe: (name, body) => void describe(name, body),
  it: Object.assign((name: string, body: () => Promise<void>) => void it(name, body), {
    skip: (name: string, body: () => Promise<void>) => void it.skip(name, body),
  }),
});
