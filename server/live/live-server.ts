import type { Server as HttpServer, IncomingMessage } from 'node:http';
import { Server, type Socket } from 'socket.io';
import { z } from 'zod';
import {
  type Delta,
  Follow,
  LIVE_PATH,
  type PageToServer,
  type ServerToPage,
  type Snapshot,
  type Telemetry,
  type Visitor,
} from '#contract/live-events.ts';
import type { MachineLive } from '#contract/views.ts';
import { createTelemetryRelay } from './telemetry-relay.ts';

/** A page sends nothing longer than a follow request. */
const MESSAGE_BYTES_MAX = 4 * 1024;
/** A page asks once for each connection and each gap; whoever asks faster than this waits for the next snapshot. */
const FOLLOWS_PER_CONNECTION_MAX = 200;
const FOLLOWERS = 'followers';

/** What pages follow, made by `followLedger`. */
export interface LiveSource {
  /** The answer to a page: what changed since its size, or everything. */
  answer(request: Follow, visitor: Visitor): Snapshot | Delta;
  /** Calls for each numbered change, right after its commit. */
  onDelta(listener: (delta: Delta) => void): () => void;
}

/** What is heard from bridges and never stored. */
export interface LiveMachines {
  onMachine(listener: (machine: MachineLive) => void): () => void;
  onTelemetry(listener: (telemetry: Telemetry) => void): () => void;
}

export interface LiveServer {
  watchers(): number;
  /** Newest telemetry of each running job. */
  stop(): Promise<void>;
}

const Handshake = z.object({ key: z.string().max(200).optional() }).catch({});

/** Socket.IO at `LIVE_PATH`: whoever looks may follow; nothing can be commanded here. */
export function startLiveServer(parts: {
  http: HttpServer;
  source: LiveSource;
  machines: LiveMachines;
  /** Same rules as for requests: Host and Origin. */
  mayConnect: (request: IncomingMessage) => boolean;
  visitorOf: (authorization: string | undefined) => Visitor;
  nowMs: () => number;
}): LiveServer {
  const { http, source, machines, mayConnect, visitorOf, nowMs } = parts;
  const io = new Server<PageToServer, ServerToPage>(http, {
    path: LIVE_PATH,
    serveClient: false,
    maxHttpBufferSize: MESSAGE_BYTES_MAX,
    allowRequest: (request, answer) => answer(null, mayConnect(request)),
    // Snapshots shrink to a tenth; deltas are too small to be worth it.
    perMessageDeflate: { threshold: 8 * 1024 },
  });
  const relay = createTelemetryRelay({
    send: (batch) => io.to(FOLLOWERS).volatile.emit('telemetry', batch),
    nowMs,
  });
  const stops = [
    source.onDelta((delta) => io.to(FOLLOWERS).emit('delta', delta)),
    machines.onMachine((machine) => io.to(FOLLOWERS).emit('machines', [machine])),
    machines.onTelemetry((telemetry) => relay.take(telemetry)),
  ];
  io.on('connection', (socket) => welcome(socket, source, visitorOf));
  return {
    watchers: () => io.sockets.adapter.rooms.get(FOLLOWERS)?.size ?? 0,
    async stop() {
      for (const stop of stops) stop();
      relay.stop();
      io.disconnectSockets(true);
      io.engine.close();
    },
  };
}

function welcome(
  socket: Socket<PageToServer, ServerToPage>,
  source: LiveSource,
  visitorOf: (authorization: string | undefined) => Visitor,
): void {
  const { key } = Handshake.parse(socket.handshake.auth);
  const visitor = visitorOf(key === undefined ? undefined : `Bearer ${key}`);
  let follows = 0;
  socket.on('follow', (request, answer) => {
    const asked = Follow.safeParse(request);
    // What comes from a socket may be anything, whatever the types say.
    if (!asked.success || typeof answer !== 'function') return;
    follows += 1;
    if (follows > FOLLOWS_PER_CONNECTION_MAX) {
      socket.disconnect(true);
      return;
    }
    // Joined and answered in one turn of the event loop: the next delta of the room continues this answer.
    void socket.join(FOLLOWERS);
    answer(source.answer(asked.data, visitor));
  });
}
