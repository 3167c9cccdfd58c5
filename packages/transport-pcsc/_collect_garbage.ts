import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: (() => void) | undefined;

/**
 * Collects garbage now: for native objects that give back what they hold in their destructor only. V8
 * does not know what they hold, sees a few bytes each, and would leave them for minutes.
 */
export function collectGarbage(): void {
  if (!collect) {
    setFlagsFromString("--expose-gc"); // new contexts have the function then; this one does not
    collect = runInNewContext("gc") as () => void;
  }
  collect();
}
