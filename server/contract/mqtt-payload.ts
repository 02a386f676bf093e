import type { z } from 'zod';
import { fromUtf8 } from './bytes.ts';
import { MQTT_PAYLOAD_BYTES_MAX } from './mqtt-topics.ts';

/** Reads a payload by its schema; a refusal is the end of a sentence for the log, never an exception. */
export function readPayload<Schema extends z.ZodType>(
  schema: Schema,
  payload: Uint8Array,
): { ok: true; message: z.infer<Schema> } | { ok: false; reason: string } {
  if (payload.length > MQTT_PAYLOAD_BYTES_MAX)
    return { ok: false, reason: `${payload.length} bytes are too many` };
  let value: unknown;
  try {
    value = JSON.parse(fromUtf8(payload));
  } catch {
    return { ok: false, reason: 'it is not JSON' };
  }
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, message: result.data };
  const [issue] = result.error.issues;
  return {
    ok: false,
    reason: `${issue?.path.join('.') || 'the message'}: ${issue?.message ?? 'not usable'}`,
  };
}
