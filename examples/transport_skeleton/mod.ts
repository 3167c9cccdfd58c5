import { readdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { LinkError, type LinkErrorReason } from "@otpsmith/core/errors";
import { createApduLink } from "@otpsmith/core/link";
import type { ApduLink, CallOptions, Endpoint, OpenOptions, Transport } from "@otpsmith/core/link";
import { systemTime } from "@otpsmith/core/time";
import { Wire } from "./wire.ts";

/** The contract that this is written for; otpsmith refuses what was written for another one. */
export const contract = 1;

/** Toy readers: each is a socket in a directory. Making it opens nothing and cannot fail. */
export default function toyReader(directory = process.env["TOY_READERS"] ?? "/run/toy"): Transport {
  const closing = new AbortController();
  const links = new Set<ApduLink>();

  async function list({ signal }: CallOptions = {}): Promise<readonly Endpoint<"apdu">[]> {
    if (signal?.aborted) throw refusal("list toy readers", "aborted");
    const names = await readdir(directory).catch(() => []); // no directory: no reader
    return names.filter((name) => name.endsWith(".sock")).sort().map((name) => {
      const label = `Toy ${name.replace(/\.sock$/, "")}`;
      const open = async (options?: OpenOptions): Promise<ApduLink> => {
        const link = await openReader(join(directory, name), label, options);
        links.add(link);
        link.closed.addEventListener("abort", () => links.delete(link), { once: true });
        return link;
      };
      return { id: `toy:${name}`, kind: "apdu", transport: "toy", label, facts: {}, open };
    });
  }

  return {
    name: "toy",
    kinds: ["apdu"],
    list,
    probe: async () => {
      if ((await list()).length > 0) return { usable: true };
      const message = `Cannot use toy readers: there is none in ${directory}`;
      return { usable: false, code: "no-reader", message, fix: "Switch the toy box on." };
    },
    watch: async function* ({ signal } = {}) {
      const until = AbortSignal.any([closing.signal, ...signal ? [signal] : []]);
      let last: string | undefined;
      while (!until.aborted) {
        const endpoints = await list();
        const seen = endpoints.map(({ id }) => id).join();
        if (seen !== last) yield endpoints;
        last = seen;
        await systemTime.sleep(250, until).catch(() => undefined); // ends when the signal fires
      }
    },
    [Symbol.asyncDispose]: async () => {
      closing.abort();
      await Promise.all([...links].map((link) => link[Symbol.asyncDispose]()));
    },
  };
}

/** Connects to a reader. Its greeting says whether a card lies on it; the card is told nothing. */
async function openReader(path: string, label: string, call: OpenOptions = {}): Promise<ApduLink> {
  if (call.signal?.aborted) throw refusal(`open "${label}"`, "aborted");
  const wire = new Wire(path);
  const greeting = await wire.receive(call.timeoutMs ?? 1_000, call.signal).catch(() => undefined);
  if (greeting?.[0] === 1) {
    return createApduLink({
      label,
      medium: "contactless",
      limits: { command: 261, response: 258 },
      gone: wire.closed,
      exchange: (command) => wire.send(command).receive(5_000), // no card may be silent for longer
      release: () => wire.close(),
    });
  }
  await wire.close();
  const why = !greeting ? "absent" : greeting[0] === 0 ? "empty" : "busy";
  throw refusal(`open "${label}"`, call.signal?.aborted ? "aborted" : why);
}

const REFUSALS: Readonly<Record<string, readonly [LinkErrorReason, state: string, next?: string]>> =
  {
    aborted: ["aborted", "the call was given up"],
    absent: ["absent", "nothing answers", "Plug the reader in, or switch it off and on."],
    empty: ["absent", "no card lies on it", "Lay the card on the reader."],
    busy: ["busy", "another program holds it", "Close the other program."],
  };

/** What a person reads, and that nothing has been sent to the card. */
function refusal(action: string, why: string): LinkError {
  const [reason, state, next] = REFUSALS[why]!;
  return new LinkError(reason, `Cannot ${action}: ${state}`, { delivery: "not-sent", next });
}
