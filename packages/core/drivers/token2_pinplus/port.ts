import { encodeCommand } from "../../apdu/mod.ts";
import type {
  ApduCommandDefinition,
  ApduSession,
  Framing,
  MessageCommandDefinition,
  ReportSession,
} from "../../command/mod.ts";
import type { CallOptions, ReportLink } from "../../link/mod.ts";

/** Options of {@linkcode OtpPort.send}. */
export interface OtpCallOptions extends CallOptions {
  /** Told when the token itself says that it waits for a touch, which it can over HID. */
  readonly onTouch?: (() => void) | undefined;
}

/** The OTP application, however it is reached. */
export interface OtpPort {
  /** Whether applications are selected on it. Over HID this one always is. */
  readonly selects: boolean;
  /** Sends a declared command and reads its answer. */
  send<Arguments, Result>(
    command: ApduCommandDefinition<Arguments, Result>,
    args: Arguments,
    options?: OtpCallOptions,
  ): Promise<Result>;
}

/** Over PC/SC. */
export function apduPort(session: ApduSession): OtpPort {
  return {
    selects: true,
    send: (command, args, { onTouch: _, ...options } = {}) => session.send(command, args, options),
  };
}

/** Makes the framing of one exchange, which is told of touches. */
export type MakeFraming = (onTouch: (() => void) | undefined) => Framing<ReportLink>;

/** Over HID reports that carry the same commands. */
export function reportPort(session: ReportSession, framing: MakeFraming): OtpPort {
  return {
    selects: false,
    send: (command, args, { onTouch, ...options } = {}) =>
      session.send(asMessage(command), args, { ...options, framing: framing(onTouch) }),
  };
}

/** Bytes before the data of a command. */
const HEADER = 5;

/** The same command as a message. One without data that asks for none ends with its header. */
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
      return apdu.data?.length || apdu.le !== undefined ? whole : whole.subarray(0, HEADER - 1);
    },
    secrets: command.secrets.map((range) =>
      range.in === "answer" ? range : { ...range, from: range.from + HEADER }
    ),
  };
}
