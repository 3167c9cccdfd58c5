/**
 * Tells devices that look alike apart, by where they are plugged in. A device keeps the label that it was first
 * told with for as long as it is there: it does not change when another one like it comes or goes.
 */
export class Labels {
  #told = new Map<string, { readonly name: string; readonly label: string }>();

  /** The labels of what is plugged in now, by id. `where` is what is added to a name that is not enough. */
  tell(
    devices: readonly { readonly id: string; readonly name: string; readonly where: string }[],
  ): ReadonlyMap<string, string> {
    const names = devices.map(({ name }) => name);
    this.#told = new Map(devices.map(({ id, name, where }) => {
      const before = this.#told.get(id);
      if (before?.name === name) return [id, before];
      const alone = names.indexOf(name) === names.lastIndexOf(name);
      return [id, { name, label: alone ? name : `${name} [${where}]` }];
    }));
    return new Map([...this.#told].map(([id, { label }]) => [id, label]));
  }
}
