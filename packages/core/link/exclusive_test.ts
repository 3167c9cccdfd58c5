import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ExclusiveGate } from "./exclusive.ts";

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe("ExclusiveGate", () => {
  test("tasks run one at a time, in the order of asking, whatever becomes of them", async () => {
    const task = fc.record({ turns: fc.nat(3), end: fc.constantFrom("ok", "reject", "throw") });
    await fc.assert(fc.asyncProperty(fc.array(task, { maxLength: 10 }), async (script) => {
      const gate = new ExclusiveGate();
      const seen: string[] = [];
      const results = await Promise.allSettled(script.map(({ turns, end }, i) =>
        gate.run(() => {
          seen.push(`+${i}`);
          if (end === "throw") {
            seen.push(`-${i}`);
            throw new Error(String(i));
          }
          return (async () => {
            for (let n = 0; n < turns; n++) await turn();
            seen.push(`-${i}`);
            if (end === "reject") throw new Error(String(i));
            return i;
          })();
        })
      ));
      expect(seen).toEqual(script.flatMap((_, i) => [`+${i}`, `-${i}`]));
      results.forEach((result, i) => {
        if (script[i]!.end === "ok") expect(result).toEqual({ status: "fulfilled", value: i });
        else expect(result).toMatchObject({ reason: { message: String(i) } });
      });
    }));
  });

  test("a signal takes a waiting task out at once; the others keep their order", async () => {
    const gate = new ExclusiveGate();
    const stop = new AbortController();
    const seen: string[] = [];
    let open = (): void => {};
    const first = gate.run(() => new Promise<void>((resolve) => open = resolve));
    const second = gate.run(() => Promise.resolve(void seen.push("second")), stop.signal);
    const third = gate.run(() => Promise.resolve(void seen.push("third")));
    stop.abort("enough");
    await expect(second).rejects.toBe("enough"); // while the first is still running
    open();
    await Promise.all([first, third]);
    expect(seen).toEqual(["third"]);
  });

  test("a signal that has fired before: the task never runs", async () => {
    const gate = new ExclusiveGate();
    let ran = false;
    const run = gate.run(() => Promise.resolve(void (ran = true)), AbortSignal.abort("before"));
    await expect(run).rejects.toBe("before");
    await gate.idle();
    expect(ran).toBe(false);
  });

  test("a signal that fires while the task runs is the task's own business", async () => {
    const gate = new ExclusiveGate();
    const stop = new AbortController();
    let finish = (_: number): void => {};
    const run = gate.run(() => new Promise<number>((resolve) => finish = resolve), stop.signal);
    await turn();
    stop.abort();
    finish(42);
    await expect(run).resolves.toBe(42);
  });

  test("nor does a signal touch the queue that fires when its task has come out of it", async () => {
    const gate = new ExclusiveGate();
    const stop = new AbortController();
    const seen: string[] = [];
    let finish = (): void => {};
    const first = gate.run(turn);
    const second = gate.run(() => new Promise<void>((resolve) => finish = resolve), stop.signal);
    const third = gate.run(() => Promise.resolve(void seen.push("third")));
    await first;
    stop.abort();
    finish();
    await Promise.all([second, third]);
    expect(seen).toEqual(["third"]);
  });

  test("a task that asks for another one, even as its very first act, does not let it in", async () => {
    const gate = new ExclusiveGate();
    const seen: string[] = [];
    let inner: Promise<void> | undefined;
    await gate.run(async () => {
      inner = gate.run(() => Promise.resolve(void seen.push("inner")));
      await turn();
      seen.push("outer");
    });
    await inner;
    expect(seen).toEqual(["outer", "inner"]);
  });

  test("idle() resolves when what is queued has settled, failures included", async () => {
    const gate = new ExclusiveGate();
    let finish = (): void => {};
    let idle = false;
    const failed = gate.run(() => Promise.reject(new Error("no")));
    const run = gate.run(() => new Promise<void>((resolve) => finish = resolve));
    const waiting = gate.idle().then(() => idle = true);
    await expect(failed).rejects.toThrow("no");
    await turn();
    expect(idle).toBe(false);
    finish();
    await Promise.all([run, waiting]);
    await new ExclusiveGate().idle();
  });
});
