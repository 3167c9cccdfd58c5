/** What a device says of itself. */
export interface NamedDevice {
  readonly vendorId: number;
  readonly productId: number;
  readonly manufacturer?: string | undefined;
  readonly product?: string | undefined;
}

/** What a person calls a device; its ids behind `sort`, such as "HID 1209:0001", where it has no name. */
export function deviceName(
  { manufacturer, product, vendorId, productId }: NamedDevice,
  sort: string,
): string {
  const words = [manufacturer, product].filter((word) => word?.trim());
  const redundant = manufacturer && product?.startsWith(manufacturer);
  const hex = (id: number): string => id.toString(16).padStart(4, "0");
  return (redundant ? product : words.join(" ")) || `${sort} ${hex(vendorId)}:${hex(productId)}`;
}
