import { z } from 'zod';

/** What a socket of Moonraker says: JSON-RPC 2.0, one object a frame. */
export type RpcFrame =
  | { kind: 'answer'; id: number; result: unknown }
  | { kind: 'refusal'; id: number; code: number; message: string }
  | { kind: 'notice'; method: string; params: readonly unknown[] };

const Answer = z.object({ id: z.int(), result: z.unknown() });
const Refusal = z.object({ id: z.int(), error: z.object({ code: z.int(), message: z.string() }) });
const Notice = z.object({ method: z.string(), params: z.array(z.unknown()).default([]) });

export function requestFrame(id: number, method: string, params: object = {}): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params });
}

/** Nothing for a frame that is none of the three: other versions may say more than is known here. */
export function readFrame(text: string): RpcFrame | undefined {
  const said = parseJson(text);
  const refusal = Refusal.safeParse(said);
  if (refusal.success) {
    const { id, error } = refusal.data;
    return { kind: 'refusal', id, code: error.code, message: firstSentence(error.message) };
  }
  const notice = Notice.safeParse(said);
  if (notice.success) return { kind: 'notice', ...notice.data };
  const answer = Answer.safeParse(said);
  return answer.success ? { kind: 'answer', ...answer.data } : undefined;
}

/** Klipper's errors may be a dictionary written as text, and Moonraker's end in a traceback: people get the words. */
export function firstSentence(message: string): string {
  const worded = /'message':\s*(?:'([^']*)'|"([^"]*)")/.exec(message);
  const words = worded?.[1] ?? worded?.[2] ?? message;
  return (words.split(/\n\s*Traceback|\\n/)[0] ?? words).trim();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
