import { FormatError } from "@otpsmith/core/errors";
import { VIRTUAL_FAMILIES } from "./families.ts";
import type { VirtualFamily, VirtualModel } from "./firmware.ts";

/** A model of token that the simulator can play. */
export interface TokenSpec {
  /** Family and model in their own spelling, such as `token2-single:C302-i`. */
  readonly name: string;
  /** What is known of the model. */
  readonly model: VirtualModel;
  /** Its family. */
  readonly family: VirtualFamily;
}

function specsOf(families: readonly VirtualFamily[]): readonly TokenSpec[] {
  return families.flatMap((family) =>
    family.models.map((model) => ({ name: `${family.name}:${model.name}`, model, family }))
  );
}

/** All models that the simulator can play. */
export const TOKEN_SPECS: readonly TokenSpec[] = specsOf(VIRTUAL_FAMILIES);

/**
 * Finds a model by its name, in upper or lower case.
 *
 * @param text family and model, such as `token2-single:C302-i`
 * @param families further families to look in, besides those that the simulator brings along
 *
 * @throws {FormatError} `format/token-spec` if there is no such model; `next` lists those there are.
 *
 * @example A model that keeps its seed when the clock is set
 * ```ts
 * import { parseTokenSpec } from "@otpsmith/simulator";
 *
 * const { name, model } = parseTokenSpec("token2-single:c302-i");
 * if (name !== "token2-single:C302-i" || model.restricted) throw new Error("unexpected");
 * ```
 */
export function parseTokenSpec(
  text: string,
  families: readonly VirtualFamily[] = [],
): TokenSpec {
  const known = [...TOKEN_SPECS, ...specsOf(families)];
  const found = known.find(({ name }) => name.toLowerCase() === text.trim().toLowerCase());
  if (found) return found;
  throw new FormatError("token-spec", "Cannot simulate token: there is no such model", {
    source: "token model",
    next: `Known are ${known.map(({ name }) => name).join(", ")}.`,
  });
}

/**
 * The serial number a token of this model has: the given one, or the `ordinal`-th of the model.
 *
 * @throws {FormatError} `format/serial` if it has not the digits of its family, is another model's, or is
 * missing for the model `unknown`.
 */
export function serialFor(
  spec: TokenSpec,
  serial: string | undefined,
  options: { readonly ordinal: number },
): string {
  const { prefix, digits } = spec.model;
  const refuse = (state: string, next: string): never => {
    throw new FormatError("serial", `Cannot simulate ${spec.name}: ${state}`, {
      source: "serial number",
      next,
    });
  };
  if (serial === undefined) {
    return prefix !== undefined
      ? prefix + String(options.ordinal).padStart(digits - prefix.length, "0")
      : refuse("it needs a serial number", `Give one of ${digits} digits that no known model has.`);
  }
  if (serial.length !== digits || !/^\d+$/.test(serial)) {
    const wanted = `${digits} digits`;
    refuse(`its serial number is not ${wanted}`, `Give a serial number of ${wanted}.`);
  }
  if (prefix === "") return serial;
  const [owner] = specsOf([spec.family])
    .filter(({ model }) => model.prefix && serial.startsWith(model.prefix))
    .sort((a, b) => b.model.prefix!.length - a.model.prefix!.length); // the longest prefix wins
  if (owner?.model.prefix !== prefix) {
    const whose = owner ? `a serial number of ${owner.name}` : "a serial number of no known model";
    refuse(
      `that is ${whose}`,
      prefix === undefined
        ? `Give one that begins otherwise, or say ${owner!.name}.`
        : `Give one that begins with ${prefix}, or leave it out.`,
    );
  }
  return serial;
}
