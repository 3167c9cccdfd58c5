import { declareSuite } from "./suite.ts";

/** The parts of Deno that are used. */
declare const Deno: {
  test: {
    (name: string, body: () => Promise<void>): void;
    ignore(name: string, body: () => Promise<void>): void;
  };
};

declareSuite({
  describe: (_, body) => body(),
  it: Object.assign((name: string, body: () => Promise<void>) => Deno.test(name, body), {
    skip: (name: string, body: () => Promise<void>) => Deno.test.ignore(name, body),
  }),
});
