/** What a transport supplies for every kind of link. */
export interface LinkBackend {
  /** What a person knows it by, for messages: the reader's name. */
  readonly label: string;
  /** Gives the handle back. Called exactly once, never while a native call is out. */
  release(): Promise<void>;
  /** Fires when the device goes away on its own; its reason becomes the cause of the lost link. */
  readonly gone?: AbortSignal | undefined;
}
