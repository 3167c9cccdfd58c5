import type {
  ActionInput,
  ActionName,
  StationProblem,
  StationRefusal,
  StationState,
} from "@otpsmith/cli/station_api";

/** A request that the server refused, with what to do. */
export class Refused extends Error {
  readonly problem: StationProblem;
  readonly status: number;

  constructor(problem: StationProblem, status: number) {
    super(problem.message);
    this.problem = problem;
    this.status = status;
  }
}

/** Where the key of the session is kept, so that a page that is loaded again goes on. */
const KEPT = "otpsmith-session";

/** How long to wait before the server is asked again, where it did not answer. */
const AGAIN_MS = 1000;

/** The page's way to the server. */
export class StationClient {
  readonly #key: string;

  private constructor(key: string) {
    this.#key = key;
  }

  /**
   * Opens the session: with the one-time key in the page's address, which is taken out of it, or with the
   * key that this tab had before it was loaded again.
   *
   * @throws {Refused} If there is neither, or the link was used before.
   */
  static async open(): Promise<StationClient> {
    const link = location.hash.slice(1);
    history.replaceState(null, "", location.pathname);
    const kept = sessionStorage.getItem(KEPT);
    if (link === "") return new StationClient(kept ?? "");
    const answer = await fetch("/api/session", {
      method: "POST",
      headers: { Authorization: `Bearer ${link}` },
    });
    if (!answer.ok && kept !== null) return new StationClient(kept);
    const { key } = await body<{ readonly key: string }>(answer);
    sessionStorage.setItem(KEPT, key);
    return new StationClient(key);
  }

  /** Does an action; the events tell what comes of it. */
  async act<N extends ActionName>(name: N, input: ActionInput<N>): Promise<void> {
    await body(
      await fetch(`/api/actions/${name}`, {
        method: "POST",
        headers: { ...this.#headers, "Content-Type": "application/json" },
        body: JSON.stringify(input),
      }),
    );
  }

  /**
   * Follows the state for ever. Where the server does not answer it is asked again: a computer that slept
   * goes on where it was.
   */
  async follow(
    { onState, onLost }: {
      readonly onState: (state: StationState) => void;
      /** Told why there is nothing to follow; `undefined` where it is asked again by itself. */
      readonly onLost: (problem: StationProblem | undefined) => void;
    },
  ): Promise<void> {
    for (;;) {
      try {
        const answer = await fetch("/api/events", { headers: this.#headers });
        if (!answer.ok) await body(answer);
        for await (const line of linesOf(answer.body!)) {
          if (line !== "") onState(JSON.parse(line) as StationState);
        }
        onLost(undefined);
      } catch (error) {
        if (error instanceof Refused && error.status === 401) return onLost(error.problem);
        onLost(undefined);
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }

  get #headers(): Readonly<Record<string, string>> {
    return { Authorization: `Bearer ${this.#key}` };
  }
}

async function body<T>(answer: Response): Promise<T> {
  const value = await answer.json() as T | StationRefusal;
  if (!answer.ok) throw new Refused((value as StationRefusal).error, answer.status);
  return value as T;
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = stream.pipeThrough(
    new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>,
  ).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
