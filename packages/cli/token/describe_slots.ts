import type { SlotState } from "@otpsmith/core";

/** A slot as it stands in results of `--json`. */
export function slotFields(state: SlotState): Readonly<Record<string, unknown>> {
  const { slot, title, occupied, settings, type, touch } = state;
  return {
    slot,
    title: title ?? null,
    occupied,
    algorithm: settings?.algorithm ?? null,
    digits: settings?.digits ?? null,
    period: settings?.period ?? null,
    ...(type === undefined ? {} : { type }),
    ...(touch === undefined ? {} : { touch }),
  };
}

/** A slot on one line, for people. Settings of an empty one say nothing. */
export function slotLine({ slot, title, occupied, settings, type, touch }: SlotState): string {
  const number = String(slot).padStart(3);
  if (!occupied) return `${number}  free${title ? `, with the title "${title}"` : ""}`;
  const parts = [
    type === "hotp" ? "HOTP" : undefined,
    settings?.algorithm,
    settings?.digits === undefined ? undefined : `${settings.digits} digits`,
    settings?.period === undefined || type === "hotp" ? undefined : `${settings.period} s`,
    touch ? "with a touch" : undefined,
  ].filter((part) => part !== undefined);
  return `${number}  ${title || "without a title"}${
    parts.length > 0 ? `  (${parts.join(", ")})` : ""
  }`;
}

/** A title that fits: whole characters of the text, as many as the token keeps. */
export function fitTitle(text: string, bytes: number): string {
  let fitted = "";
  for (const { segment } of new Intl.Segmenter().segment(text.trim())) {
    if (new TextEncoder().encode(fitted + segment).length > bytes) break;
    fitted += segment;
  }
  return fitted.trim();
}
