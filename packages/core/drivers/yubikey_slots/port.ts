import type { ApduSession, FeatureSession } from "../../command/mod.ts";
import { Cursor } from "../../bytes/mod.ts";
import { TokenError } from "../../errors/mod.ts";
import type { CallOptions } from "../../link/mod.ts";
import {
  askSlot,
  readSlotSerial,
  reportCommands,
  selectSlots,
  type SlotChallenge,
  type SlotWrite,
  writeSlot,
} from "./commands.ts";
import { slotFraming } from "./hid_framing.ts";
import { isEmpty } from "./record.ts";
import { outcomeOfWrite, readStatusBytes, type SlotStatus } from "./status.ts";

/** Options of a question that may want a touch. */
export interface AskOptions extends CallOptions {
  /** Told once when the token says that it waits. */
  readonly onTouch?: (() => void) | undefined;
}

/** The slots, however they are reached. */
export interface SlotPort {
  /** Reads version, sequence and which slots are used. */
  status(options?: CallOptions): Promise<SlotStatus>;
  /** Reads the serial number. */
  serial(options?: CallOptions): Promise<string>;
  /**
   * Writes or empties a slot.
   *
   * @throws {TokenError} `refused` if it was not carried out.
   */
  write(write: SlotWrite, options?: CallOptions): Promise<SlotStatus>;
  /** Has a slot answer a challenge with 20 bytes. */
  ask(challenge: SlotChallenge, options?: AskOptions): Promise<Uint8Array>;
  /** Whether {@linkcode AskOptions.onTouch} is told by the token itself. */
  readonly tellsTouch: boolean;
}

/** The slots over PC/SC. */
export function apduPort(session: ApduSession): SlotPort {
  let last: SlotStatus | undefined;
  const status = async (options?: CallOptions): Promise<SlotStatus> =>
    last = await session.send(selectSlots, undefined, options);
  return {
    status,
    serial: (options) => session.send(readSlotSerial, undefined, options),
    write: async (write, options) => {
      const before = last ?? await status(options);
      const work = { slot: write.slot, empties: isEmpty(write.record) };
      last = undefined;
      const after = await session.send(writeSlot, write, options);
      const outcome = hidesSequence(before, after)
        ? "written"
        : outcomeOfWrite(before, after, work);
      if (outcome === "unclear") throw unclear();
      last = after;
      if (outcome === "refused") throw notWritten();
      return after;
    },
    ask: (challenge, { onTouch: _, ...call } = {}) => session.send(askSlot, challenge, call),
    tellsTouch: false,
  };
}

/** The slots over the feature reports of the keyboard interface. */
export function reportPort(session: FeatureSession): SlotPort {
  return {
    status: async (options) => {
      const report = await session.link.get(options);
      try {
        return readStatusBytes(new Cursor(report.subarray(1, 7)));
      } catch (cause) {
        if (!(cause instanceof RangeError)) throw cause;
        throw new TokenError("garbled", "Cannot read status: the report is too short", {
          command: "read status",
          cause,
        });
      }
    },
    serial: (options) =>
      session.send(reportCommands.serial, undefined, { ...options, framing: slotFraming() }),
    write: (write, options) =>
      session.send(reportCommands.write, write, { ...options, framing: slotFraming() }),
    ask: (challenge, { onTouch, ...call } = {}) =>
      session.send(reportCommands.ask, challenge, { ...call, framing: slotFraming(onTouch) }),
    tellsTouch: true,
  };
}

/**
 * Firmware 4.0 to 5.4 may tell a sequence of 0 over PC/SC until it is plugged in again, whatever its slots
 * hold (Yubico/yubikey-manager@b0dbb7f).
 */
function hidesSequence(before: SlotStatus, { version, sequence }: SlotStatus): boolean {
  const [major, minor] = version;
  return before.sequence > 0 && sequence === 0 && (major === 4 || (major === 5 && minor < 5));
}

function unclear(): TokenError {
  return new TokenError("garbled", "Cannot write slot: the answer does not say what became of it", {
    command: writeSlot.name,
    next: "Read the token again to see what its slots hold.",
  });
}

function notWritten(): TokenError {
  return new TokenError("refused", "Cannot write slot: the token did not carry it out", {
    command: writeSlot.name,
    next: "If the slot has an access code, give it.",
  });
}
