// Node's module hook for TypeScript where Node does not strip types itself: before 22.18. It does the
// very same with the very same parser, so that a module is good on either.
import { readFile } from "node:fs/promises";
import type { LoadHook } from "node:module";
import { transformSync } from "@swc/wasm-typescript";

export const load: LoadHook = async (url, context, nextLoad) => {
  if (!/^file:.*\.m?ts$/.test(url) || url.includes("/node_modules/")) {
    return await nextLoad(url, context);
  }
  const { code } = transformSync(await readFile(new URL(url), "utf8"), {
    filename: url,
    mode: "strip-only",
    module: true,
  });
  return { format: "module", source: code, shortCircuit: true };
};
