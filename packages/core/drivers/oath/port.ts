import { encodeCommand } from "../../apdu/mod.ts";
import type {
  ApduCommandDefinition,
  ApduSession,
  Framing,
  MessageCommandDefinition,
  ReportSession,
} from "../../command/mod.ts";
import type { CallOptions, ReportLink } from "../../link/mod.ts";

/** The OATH application, however it is reached. */
export interface OathPort {
  /** Sends a declared command and reads its answer. */
  send<Arguments, Result>(
    command: ApduCommandDefinition<Arguments, Result>,
    args: Arguments,
    options?: CallOptions,
  ): Promise<Result>;
}

/** Over PC/SC. */
export function apduPort(session: ApduSession): OathPort {
  return { send: (command, args, options) => session.send(command, args, options) };
}

/** Over HID reports that carry the same commands. */
export function reportPort(session: ReportSession, framing: Framing<ReportLink>): OathPort {
  return {
    send: (command, args, options) =>
      session.send(asMessage(command), args, { ...options, framing }),
  };
}

/** Bytes before the data of a command. */
const HEADER = 5;

/** The same command as a message: without Le, and without a length where there is no data. */
export function asMessage<Arguments, Result>(
  command: ApduCommandDefinition<Arguments, Result>,
): MessageCommandDefinition<Arguments, Result> {
  return {
    name: command.name,
    effect: command.effect,
    repeatable: command.repeatable,
    decode: (data) => command.decode(data),
    refusals: command.refusals,
    encode: (args) => {
      const apdu = command.encode(args);
      const whole = encodeCommand(apdu);
      if (command.secrets.length > 0) apdu.data?.fill(0);
      return apdu.data?.length ? whole : whole.subarray(0, HEADER - 1);
    },
    secrets: command.secrets.map((range) =>
      range.in === "answer" ? range : { ...range, from: range.from + HEADER }
    ),
  };
}
