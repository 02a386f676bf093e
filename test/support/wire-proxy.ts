import { connect, createServer, type Socket } from 'node:net';
import { mongo } from 'mongoose';

/** A command of the MongoDB wire protocol as it passes by. */
export interface PassingCommand {
  /** E.g. `insert` or `find`. */
  readonly name: string;
  /** The collection that it is about. */
  readonly collection: string;
  /** Its main document; the inserted documents may travel beside it. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** What goes wrong with a command. */
export type WireFault =
  /** The server never sees it; the connection breaks. `first` is waited for before that. */
  | { kind: 'cut-before'; first?: () => Promise<unknown> }
  /** The server does it; then the connection breaks instead of the reply. `first` is waited for before that. */
  | { kind: 'cut-after'; first?: () => Promise<unknown> }
  /** The server does it; the reply never comes, and the connection stays open. */
  | { kind: 'no-reply' }
  /** The server gets it twice; the second reply is the one that comes back. */
  | { kind: 'twice' }
  /** It reaches the server only when `until` has resolved. */
  | { kind: 'late'; until: Promise<unknown> };

export interface WireProxy {
  /** The address that was given, by way of the proxy. */
  readonly url: string;
  /** Asked for each command; gives undefined for those that pass unharmed. */
  rule: (command: PassingCommand) => WireFault | undefined;
  stop: () => Promise<void>;
}

/** Header of a message: its length, its id, the id that it answers, its kind; each in four bytes, lowest first. */
const HEADER_BYTES = 16;
const OP_MSG = 2013;

/** Stands between a driver and one server at a `mongodb://host:port` address, and does harm as its rule says. */
export async function startWireProxy(url: string): Promise<WireProxy> {
  const [, host = '', port = ''] = /^mongodb:\/\/(?:[^@/]*@)?([^:/?,]+):([0-9]+)/.exec(url) ?? [];
  if (port === '') throw new Error('the proxy needs an address with one host and port');
  const open = new Set<Socket>();
  const listening = createServer((client) => {
    const server = connect(Number(port), host);
    for (const socket of [client, server]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    passOn(client, server, (command) => proxy.rule(command));
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const address = listening.address();
  const own = typeof address === 'object' && address !== null ? address.port : 0;
  const passing = url.replace(`${host}:${port}`, `127.0.0.1:${own}`);
  const proxy: WireProxy = {
    // Otherwise the driver asks a replica set for its members and goes to them directly.
    url: `${passing}${passing.includes('?') ? '&' : '?'}directConnection=true`,
    rule: () => undefined,
    async stop() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => listening.close(resolve));
    },
  };
  return proxy;
}

function passOn(
  client: Socket,
  server: Socket,
  rule: (command: PassingCommand) => WireFault | undefined,
): void {
  /** What is to become of replies, by the id of their request. */
  const replies = new Map<number, ('pass' | 'drop' | 'cut')[]>();
  let turn = Promise.resolve();

  const request = async (message: Buffer): Promise<void> => {
    const id = message.readInt32LE(4);
    const command = commandOf(message);
    const fault = command && rule(command);
    if (fault === undefined) return void server.write(message);
    if (fault.kind === 'late') await fault.until;
    if (fault.kind === 'cut-before') {
      await fault.first?.();
      return void client.destroy();
    }
    if (fault.kind === 'cut-after') {
      await fault.first?.();
      replies.set(id, ['cut']);
    }
    if (fault.kind === 'no-reply') replies.set(id, ['drop']);
    if (fault.kind === 'twice') {
      replies.set(id, ['drop', 'pass']);
      server.write(message);
    }
    server.write(message);
  };
  const reply = (message: Buffer): void => {
    const fate = replies.get(message.readInt32LE(8))?.shift() ?? 'pass';
    if (fate === 'cut') client.destroy();
    if (fate === 'pass') client.write(message);
  };
  readMessages(client, (message) => {
    turn = turn.then(() => request(message));
  });
  readMessages(server, reply);
}

/** Cuts a stream into messages. */
function readMessages(socket: Socket, each: (message: Buffer) => void): void {
  let chunks: Buffer[] = [];
  let held = 0;
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    held += chunk.length;
    const needed = chunks[0] === undefined || chunks[0].length < 4 ? 0 : chunks[0].readInt32LE(0);
    if (held < needed) return;
    let rest = Buffer.concat(chunks);
    while (rest.length >= HEADER_BYTES && rest.length >= rest.readInt32LE(0)) {
      const length = rest.readInt32LE(0);
      each(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
    chunks = rest.length === 0 ? [] : [rest];
    held = rest.length;
  });
}

/** The main document of an OP_MSG: sections follow four bytes of flags, and the one of kind 0 is the command. */
function commandOf(message: Buffer): PassingCommand | undefined {
  if (message.readInt32LE(12) !== OP_MSG) return undefined;
  for (let at = HEADER_BYTES + 4; at < message.length; ) {
    const length = message.readInt32LE(at + 1);
    if (message[at] === 0) {
      const body: Record<string, unknown> = mongo.BSON.deserialize(message.subarray(at + 1, at + 1 + length));
      const [name = '', collection] = Object.entries(body)[0] ?? [];
      return { name, collection: String(collection), body };
    }
    at += 1 + length;
  }
  return undefined;
}
