import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { transformSync } from "rolldown/utils";

/** Node's module hook: hands TypeScript over as JavaScript, with its types taken out. */
export async function load(url, context, nextLoad) {
  if (!url.endsWith(".ts")) return await nextLoad(url, context);
  const source = await readFile(new URL(url), "utf8");
  const { code, errors } = transformSync(fileURLToPath(url), source, { target: "es2022" });
  if (errors.length > 0) throw errors[0];
  return { format: "module", source: code, shortCircuit: true };
}
