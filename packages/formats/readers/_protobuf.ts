/** One field of a protobuf message: its number and its value. */
export interface Field {
  readonly number: number;
  /** The value of a varint; `undefined` if the field holds bytes. */
  readonly value: number | undefined;
  /** The bytes of the field, a view; empty for a varint. */
  readonly bytes: Uint8Array;
}

/**
 * The fields of a protobuf message; throws a `RangeError` where it is malformed. A library would bring
 * many times these lines for two kinds of fields, and copy the seeds.
 * Encoding: https://protobuf.dev/programming-guides/encoding/
 */
export function* fieldsOf(message: Uint8Array): Generator<Field> {
  const none = message.subarray(0, 0);
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError("cut off");
      // Not "<<": counters have 64 bits. Above 2^53 they lose their last bits, and are refused by range.
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError("number too long");
  };
  while (at < message.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    if (number < 1 || number > 0x1fff_ffff) throw new RangeError("field number");
    const wire = tag % 8;
    if (wire === 0) {
      yield { number, value: varint(), bytes: none };
      continue;
    }
    const length = wire === 2 ? varint() : wire === 1 ? 8 : wire === 5 ? 4 : -1;
    if (length < 0 || at + length > message.length) throw new RangeError("length");
    yield { number, value: undefined, bytes: message.subarray(at, at + length) };
    at += length;
  }
}
