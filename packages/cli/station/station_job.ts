import {
  type BurnJournal,
  type Endpoint,
  isProjectError,
  type OtpParameters,
  proveByDisplay,
  systemTime,
  type TokenConnection,
  TokenError,
  type TokenIdentity,
  wipePlan,
} from "@otpsmith/core";
import type { ActionInput, ActionName, StationRecord, StationState } from "../station_api/mod.ts";
import type { Bench } from "../token/bench.ts";
import { type GivenAccount, readGiven, readSecret } from "./_account.ts";
import { allowedActions } from "./_allowed.ts";
import { type Burned, RunningBurn } from "./_burn_work.ts";
import {
  ActionRefused,
  DEFECT,
  noSuchReader,
  NOTHING_THERE,
  notNow,
  planChanged,
  UNPLUGGED,
} from "./_problems.ts";
import { ReaderLock } from "./_reader_lock.ts";
import { watchReaders } from "./_reader_watch.ts";
import { SimulatorView } from "./_simulator_view.ts";
import { firstFacts, givenOf, type Listener, StateStore, USUAL_OPTIONS } from "./_store.ts";
import { plansWithoutSlots, planWish, TokenDesk, type Wish } from "./_token_desk.ts";
import { TokenInSight } from "./_token_in_sight.ts";
import { obstacleOf, planOf, problemWithTries, proofOf, readerOf, seenPlan } from "./_views.ts";
import { WorkQueue } from "./_work_queue.ts";

/** What a station works with. */
export interface StationJobOptions {
  readonly bench: Bench;
  readonly journal: BurnJournal;
  readonly version: string;
  /** What the journal knows of a burn of this token that was cut off, in words; `null` if nothing. */
  readonly unfinished: (token: TokenIdentity) => Promise<string | null>;
}

/**
 * The whole job as a state and the actions on it: account, reader, token, plan, burn, proof. Knows
 * nothing of HTTP.
 */
export class StationJob implements AsyncDisposable {
  readonly #options: StationJobOptions;
  readonly #desk: TokenDesk;
  readonly #store: StateStore;
  readonly #queue: WorkQueue<"reading" | "planning" | "burning">;
  readonly #simulator: SimulatorView | undefined;
  readonly #lock = new ReaderLock();
  readonly #ended = new AbortController();
  #endpoints: readonly Endpoint[] = [];
  #given: GivenAccount | undefined;
  #token: TokenInSight | undefined;
  #running: RunningBurn | undefined;
  /** What the codes of the last burn are computed with, until it is proven. */
  #burnt: OtpParameters | undefined;

  /** Looks for readers at once, and until it is disposed of. */
  constructor(options: StationJobOptions) {
    this.#options = options;
    const { bench, version } = options;
    this.#desk = new TokenDesk(bench.station);
    this.#store = new StateStore(firstFacts(version), allowedActions);
    this.#queue = new WorkQueue((busy) => this.#set({ busy }), (error) => this.#fail(error));
    if (bench.simulated) {
      this.#simulator = new SimulatorView(bench.simulated, (simulator) => this.#set({ simulator }));
    }
    void watchReaders(bench, {
      signal: this.#ended.signal,
      onReaders: (endpoints) => this.#follow(endpoints),
      onTrouble: () => this.#probe(),
    });
    void this.#probe().catch(() => undefined);
  }

  /** What the page shows. */
  get state(): StationState {
    return this.#store.state;
  }

  /** Fires when the page has ended the station. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Calls back after each change. */
  subscribe(listener: Listener): () => void {
    return this.#store.subscribe(listener);
  }

  /**
   * Does an action. What takes time goes on after the answer: the state tells how.
   *
   * @throws {ActionRefused} If it cannot be done now.
   * @throws {ProjectError} If what was given cannot be used.
   */
  async act<N extends ActionName>(name: N, input: ActionInput<N>): Promise<void> {
    if (!this.state.actions.includes(name)) throw notNow(name);
    await this.#actions[name](input);
  }

  /** Stops a burn at once, whatever the token then holds. For a person who insists. */
  abandon(): void {
    this.#running?.abandon();
  }

  /** Stops what can be stopped without harm, waits for the rest, wipes every secret. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#running?.stop();
    this.#ended.abort();
    await this.#queue.close();
    this.#simulator?.close();
    this.#forgetToken();
    this.#forgetAccount();
    await this.#lock.release();
  }

  readonly #actions: {
    readonly [N in ActionName]: (input: ActionInput<N>) => void | Promise<void>;
  } = {
    "set-account": (input) => {
      const given = readGiven(input);
      this.#forgetAccount();
      this.#given = given;
      this.#set({ account: given.view, burn: null, proof: null });
      this.#replan(); // forgetting has taken the old plan out of sight
    },
    "clear-account": () => this.#forgetAccount(),
    "choose-reader": async ({ reader }) => {
      const endpoint = this.#endpoint(reader);
      if (reader !== null && !endpoint) throw noSuchReader();
      // A simulated token has a reader of its own in each station.
      await this.#lock.take(this.#options.bench.simulated ? undefined : endpoint?.label);
      this.#forgetToken();
      this.#set({ reader });
      if (endpoint) this.#look(endpoint);
    },
    "read-token": () => this.#read(),
    "unlock": ({ secret }) => {
      this.#token?.keep(readSecret(secret, this.#token.token));
      this.#set({ token: this.#token?.view() ?? null, tokenProblem: null });
      this.#replan();
    },
    "list-slots": () => this.#listSlots(),
    "set-options": (change) => {
      this.#set({ options: { ...this.state.options, ...givenOf(change) } });
      this.#replan();
    },
    "burn": ({ plan }) => this.#burn(plan),
    "stop": () => this.#running?.stop(),
    "touched": () => this.#running?.touched(),
    "prove": ({ code }) => this.#prove(code),
    "next": ({ keepAccount }) => {
      if (!keepAccount) this.#forgetAccount();
      this.#burnt = undefined;
      this.#forgetToken();
      const { syncClock } = this.state.options;
      this.#set({ burn: null, proof: null, options: { ...USUAL_OPTIONS, syncClock } });
      const endpoint = this.#endpoint();
      if (endpoint) this.#look(endpoint);
    },
    "simulate": (input) => this.#simulator?.move(input),
    "end": () => this.#ended.abort(),
  };

  #set(change: Parameters<StateStore["set"]>[0]): void {
    this.#store.set(change);
  }

  get #call(): { readonly signal: AbortSignal } {
    return { signal: this.#ended.signal };
  }

  #endpoint(id: string | null = this.state.reader): Endpoint | undefined {
    return this.#endpoints.find((endpoint) => endpoint.id === id);
  }

  async #probe(): Promise<void> {
    const states = await this.#options.bench.station.probe(this.#call);
    this.#set({ obstacles: states.flatMap(obstacleOf) });
  }

  /** What is plugged in has changed. */
  #follow(endpoints: readonly Endpoint[]): void {
    const before = this.#endpoint();
    this.#endpoints = endpoints;
    this.#set({ readers: endpoints.map(readerOf) });
    const { reader, busy } = this.state;
    if (busy === "burning") return; // the burn itself waits for its token, and says so
    if (reader === null) {
      // One reader is no choice. What lies on it is looked at; nothing is written without being asked.
      const [only] = endpoints;
      if (only && endpoints.length === 1) this.#chooseOnly(only);
      return;
    }
    const now = this.#endpoint();
    if (!now) {
      void this.#lock.release();
      this.#forgetToken();
      this.#set({ reader: null, tokenProblem: UNPLUGGED });
    } else if (before?.facts.card !== now.facts.card || !this.#token) this.#look(now);
  }

  #chooseOnly({ id }: Endpoint): void {
    this.act("choose-reader", { reader: id }).catch((error: unknown) => this.#fail(error));
  }

  /** Reads what lies on a reader; one that says that it is empty is believed. */
  #look({ facts }: Endpoint): void {
    if (facts.card !== "absent") this.#read();
    else {
      this.#forgetToken();
      this.#set({ tokenProblem: NOTHING_THERE });
    }
  }

  #fail(error: unknown): void {
    if (error instanceof ActionRefused) return this.#set({ tokenProblem: error.problem });
    if (!isProjectError(error)) return this.#set({ tokenProblem: DEFECT });
    if (error instanceof TokenError && (error.kind === "bad-key" || error.kind === "locked")) {
      this.#token?.keep(undefined); // a secret that the token did not take is never shown again
      this.#set({ token: this.#token?.view() ?? null });
    }
    this.#set({ tokenProblem: problemWithTries(error) });
  }

  #read(): void {
    this.#queue.add("reading", async () => {
      const endpoint = this.#endpoint();
      if (!endpoint) return;
      try {
        const token = await this.#desk.read(endpoint, this.#call);
        const unfinished = await this.#options.unfinished(token.identity);
        if (token.identity.serial !== this.#token?.serial) this.#forgetToken();
        this.#token = this.#token?.readAgain(token, unfinished) ??
          new TokenInSight(token, unfinished);
        this.#set({ token: this.#token.view(), tokenProblem: null });
      } catch (error) {
        this.#forgetToken();
        throw error;
      }
    });
    this.#replan();
  }

  #listSlots(): void {
    this.#queue.add("reading", async () => {
      const [endpoint, token] = [this.#endpoint(), this.#token];
      if (!endpoint || !token) return;
      token.slots = await this.#desk.listSlots(endpoint, token, this.#call);
      this.#set({ token: token.view() });
    });
  }

  #wish(): Wish | undefined {
    if (!this.#given) return undefined;
    return {
      account: this.#given.account,
      options: this.state.options,
      secret: this.#token?.secret,
    };
  }

  /**
   * Makes the plan anew once what stands in the queue is done. The old one stays in sight until then: it
   * cannot be burned while there is work to do, and a person reads it.
   */
  #replan(): void {
    this.#queue.add("planning", async () => {
      const [endpoint, token, wish] = [this.#endpoint(), this.#token, this.#wish()];
      if (!endpoint || !token || !wish || this.state.burn?.status === "done") {
        return this.#set({ plan: null });
      }
      const plan = plansWithoutSlots(token.token, wish)
        ? await planWish(token.token, wish, undefined)
        : await this.#desk.openSame(
          endpoint,
          token.serial,
          (connection) => planWish(connection.token, wish, this.#call),
          this.#call,
        );
      this.#set({ plan: planOf(plan) });
      if (plan.ok) wipePlan(plan);
    });
  }

  #burn(seen: string): void {
    const shown = this.state.plan;
    if (!shown?.ok || shown.id !== seen) throw planChanged();
    this.#set({ burn: null, proof: null, tokenProblem: null });
    this.#queue.add("burning", async () => {
      const [endpoint, token, wish] = [this.#endpoint(), this.#token, this.#wish()];
      if (!endpoint || !token || !wish) return this.#fail(planChanged());
      const running = this.#running = new RunningBurn();
      try {
        const { serial } = token;
        const open = (connection: TokenConnection): Promise<void> =>
          this.#burnOver(connection, { running, seen, wish });
        await this.#desk.openSame(endpoint, serial, open, this.#call);
      } finally {
        this.#running = undefined;
      }
    });
    this.#queue.add("reading", () => {
      this.#follow(this.#endpoints); // the reader may have gone meanwhile
      if (this.state.burn !== null) this.#replan();
      return Promise.resolve();
    });
  }

  async #burnOver(
    connection: TokenConnection,
    { running, seen, wish }: {
      readonly running: RunningBurn;
      readonly seen: string;
      readonly wish: Wish;
    },
  ): Promise<void> {
    const plan = await planWish(connection.token, wish, this.#call);
    if (!plan.ok || seenPlan(plan) !== seen) {
      this.#set({ plan: planOf(plan) });
      if (plan.ok) wipePlan(plan);
      return this.#fail(planChanged());
    }
    const burned = await running.run(connection, plan, {
      secret: wish.secret,
      journal: this.#options.journal,
      onBurn: (burn) => this.#set({ burn }),
    }).finally(() => wipePlan(plan));
    if (burned.outcome.status !== "done") {
      if (burned.outcome.error) this.#fail(burned.outcome.error);
      this.#set({ burn: burned.burn, tokenProblem: null });
    } else this.#keep(burned, { parameters: plan.parameters, wish });
  }

  /** A burn that succeeded: its proof is what is missing. */
  #keep(
    { burn, proof }: Burned,
    { parameters, wish }: { readonly parameters: OtpParameters; readonly wish: Wish },
  ): void {
    const { issuer, account } = wish.account;
    const computed = proof.level === "computed" && proof.match;
    const wanted = !computed || this.#given?.view.repaired === true;
    const record: StationRecord = {
      serial: burn.serial,
      issuer,
      account,
      proven: !wanted,
      at: systemTime.now(),
    };
    this.#burnt = parameters;
    this.#set({
      plan: null,
      burn,
      proof: proofOf(proof, { wanted }),
      records: [...this.state.records, record],
    });
  }

  #prove(code: string): void {
    const [account, parameters] = [this.#given?.account, this.#burnt];
    if (!account || !parameters) return;
    const proof = proveByDisplay(account.secret, {
      parameters,
      code: code.replace(/[\s-]/g, ""),
      now: systemTime.now(),
    });
    const { records } = this.state;
    this.#set({
      proof: proofOf(proof, { wanted: !proof.match }),
      records: [...records.slice(0, -1), { ...records.at(-1)!, proven: proof.match }],
    });
  }

  /** Takes a token out of sight, with all that belongs to it. */
  #forgetToken(): void {
    this.#token?.keep(undefined);
    this.#token = undefined;
    this.#set({ token: null, plan: null, tokenProblem: null });
  }

  #forgetAccount(): void {
    this.#given?.account.secret.wipe();
    this.#given = undefined;
    this.#set({ account: null, plan: null });
  }
}
