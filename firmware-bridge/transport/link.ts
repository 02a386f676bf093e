/** A byte line to a machine. Bytes are bytes: nothing here knows of characters, lines or firmware. */
export interface Link {
  /** Queues bytes in order; a broken link reports through `onClosed`, never here. */
  write(bytes: Uint8Array): void;
  /** Lets go; `onClosed` is not called for it. Safe to call twice. */
  close(): Promise<void>;
}

export type LinkListener = {
  onBytes: (bytes: Uint8Array) => void;
  /** Once, when the link breaks by itself; `reason` is a sentence for people. */
  onClosed: (reason: string) => void;
};

/** Opens a link. Rejects with a sentence that says what to do. */
export type Dial = (listener: LinkListener) => Promise<Link>;

/** What a device offers that is reached without wires: a simulated controller. */
export interface Pluggable {
  /** `output` receives what the device says, `hangUp` that it closed. */
  attach(output: (bytes: Uint8Array) => void, hangUp: () => void): PluggedIn;
}

export interface PluggedIn {
  receive(bytes: Uint8Array): void;
  detach(): void;
}
