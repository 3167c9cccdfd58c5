/** Raises the error for a value that is not what it must be; `path` is such as `tokens[1].serial`. */
export type Refuse = (path: string, state: string) => never;

/** A value of a parsed JSON text that knows where it stands and refuses what it was not asked for. */
export class JsonNode {
  /** Where it stands, such as `tokens[1].serial`; empty for the whole text. */
  readonly path: string;
  /** The value as JSON.parse gave it. */
  readonly value: unknown;
  readonly #refuse: Refuse;

  /** A node for the whole text has the path "". */
  constructor(value: unknown, path: string, refuse: Refuse) {
    this.value = value;
    this.path = path;
    this.#refuse = refuse;
  }

  /** Raises the error for this node. */
  refuse(state: string): never {
    return this.#refuse(this.path, state);
  }

  /** The fields of an object that has no others than these. Fields that are left out are `undefined`. */
  object<const K extends string>(known: readonly K[]): { readonly [P in K]: JsonNode | undefined } {
    if (typeof this.value !== "object" || this.value === null || Array.isArray(this.value)) {
      return this.refuse("an object is wanted");
    }
    const fields: Partial<Record<string, JsonNode>> = {};
    for (const [key, value] of Object.entries(this.value)) {
      const node = this.#child(key, value);
      if (!(known as readonly string[]).includes(key)) {
        node.refuse(`not known here, ${list(known)} are`);
      }
      fields[key] = node;
    }
    return fields as { [P in K]: JsonNode | undefined };
  }

  /** A field that must be there. */
  required(field: JsonNode | undefined, name: string): JsonNode {
    return field ?? this.refuseField(name, "it is missing");
  }

  /** Raises the error for a field of this object. */
  refuseField(name: string, state: string): never {
    return this.#child(name, undefined).refuse(state);
  }

  #child(key: string, value: unknown): JsonNode {
    return new JsonNode(value, this.path ? `${this.path}.${key}` : key, this.#refuse);
  }

  /** The members of an array. */
  array(): readonly JsonNode[] {
    if (!Array.isArray(this.value)) return this.refuse("an array is wanted");
    return this.value.map((value, i) => new JsonNode(value, `${this.path}[${i}]`, this.#refuse));
  }

  /** A text, of a certain shape where `shape` says so. */
  string(shape: RegExp = /[^]/, wanted = "a text is wanted"): string {
    if (typeof this.value !== "string" || !shape.test(this.value)) return this.refuse(wanted);
    return this.value;
  }

  /** A number within bounds. */
  number(min: number, max: number): number {
    if (typeof this.value !== "number" || !(this.value >= min && this.value <= max)) {
      return this.refuse(`a number from ${min} to ${max} is wanted`);
    }
    return this.value;
  }

  /** A whole number within bounds. */
  integer(min: number, max: number): number {
    const whole = Number.isInteger(this.value) && this.value as number;
    if (whole === false || whole < min || whole > max) {
      return this.refuse(`a whole number from ${min} to ${max} is wanted`);
    }
    return whole;
  }

  /** `true` or `false`. */
  boolean(): boolean {
    if (typeof this.value !== "boolean") return this.refuse("true or false is wanted");
    return this.value;
  }

  /** One of some texts. */
  oneOf<const T extends string>(choices: readonly T[]): T {
    if (!(choices as readonly unknown[]).includes(this.value)) {
      return this.refuse(`one of ${list(choices)} is wanted`);
    }
    return this.value as T;
  }
}

function list(words: readonly string[]): string {
  return words.map((word) => JSON.stringify(word)).join(", ");
}
