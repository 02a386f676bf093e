import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findRun, type PrintRecord } from '../../../firmware-bridge/drivers/moonraker/find-run.ts';
import {
  isMoonrakerAddress,
  readMoonrakerAddress,
} from '../../../firmware-bridge/drivers/moonraker/moonraker-address.ts';
import {
  causeOf,
  machineStateOf,
  mergeStatus,
  type PrinterStatus,
  readPrinter,
} from '../../../firmware-bridge/drivers/moonraker/printer-status.ts';
import { readFrame, requestFrame } from '../../../firmware-bridge/drivers/moonraker/rpc-frames.ts';

const OURS = 'cw-1.gcode';
const FOREIGN = 'benchy.gcode';

const status = (klipper: string, state: string, filename: string): PrinterStatus => ({
  webhooks: { state: klipper, state_message: 'MCU shutdown: ADC out of range\nOnce …' },
  print_stats: { state, filename, message: '', total_duration: 12.5 },
});
const record = (state: string, filename = OURS): PrintRecord => ({
  ...{ job_id: '00000A', filename, status: state, total_duration: 30 },
});

describe('the state of a printer', () => {
  it.each([
    ['ready', 'standby', '', 'idle'],
    ['ready', 'complete', FOREIGN, 'idle'],
    ['ready', 'cancelled', FOREIGN, 'idle'],
    ['ready', 'error', FOREIGN, 'idle'],
    ['ready', 'printing', FOREIGN, 'busy'],
    ['ready', 'paused', FOREIGN, 'busy'],
    ['ready', 'printing', OURS, 'running'],
    ['ready', 'paused', OURS, 'paused'],
    ['startup', 'standby', '', 'offline'],
    ['startup', 'printing', OURS, 'offline'],
    ['shutdown', 'printing', OURS, 'alarm'],
    ['shutdown', 'standby', '', 'alarm'],
    ['error', 'standby', '', 'alarm'],
  ])('with Klipper %s and %s of "%s" is %s', (klipper, state, filename, kind) => {
    expect(machineStateOf(readPrinter(status(klipper, state, filename)), OURS).kind).toBe(kind);
  });

  it('is not taken for ready when Klipper has told nothing', () => {
    expect(machineStateOf(readPrinter({}))).toEqual({ kind: 'offline', reason: 'Klipper is starting.' });
  });

  it('holds the words of a fault without the advice that follows them', () => {
    expect(machineStateOf(readPrinter(status('shutdown', 'printing', OURS)))).toEqual({
      ...{ kind: 'alarm', code: 'klipper-shutdown', words: 'MCU shutdown: ADC out of range' },
      positionLost: true,
    });
  });

  it.each([
    ['Heater heater_bed not heating at expected rate', 'thermal'],
    ['ADC out of range', 'thermal'],
    ["Lost communication with MCU 'mcu'", 'error'],
    ['Move out of range', 'error'],
  ])('calls "%s" %s', (words, cause) => {
    expect(causeOf(words)).toBe(cause);
  });

  it('measures what there is, and leaves out a bed that there is not', () => {
    const { telemetry } = readPrinter({
      ...status('ready', 'printing', OURS),
      extruder: { temperature: 204.6, target: 205 },
      gcode_move: { gcode_position: [10, 20, 0.2, 3] },
    });
    expect(telemetry).toEqual({
      positionMm: { xMm: 10, yMm: 20, zMm: 0.2 },
      temperatures: { nozzleC: 204.6, nozzleTargetC: 205 },
    });
  });
});

describe('changes of a status', () => {
  it('keep what they do not name', () => {
    const merged = mergeStatus(status('ready', 'printing', OURS), { print_stats: { state: 'paused' } });
    expect(readPrinter(merged).print).toMatchObject({ file: OURS, state: 'paused' });
  });

  it.each([[undefined], [null], ['text'], [[1]], [{ print_stats: 7 }]])(
    'that are nonsense change nothing (%#)',
    (said) => {
      const before = status('ready', 'printing', OURS);
      expect(mergeStatus(before, said)).toBe(before);
    },
  );

  it('lead to the same status however they are cut up, as long as a field is told in its order', () => {
    const field = fc.record({
      name: fc.constantFrom('print_stats', 'webhooks', 'extruder'),
      field: fc.constantFrom('state', 'filename', 'target'),
      value: fc.oneof(fc.string(), fc.double({ noNaN: true }), fc.constant(null)),
    });
    fc.assert(
      fc.property(fc.array(field, { maxLength: 40 }), fc.array(fc.boolean()), (told, cuts) => {
        const one = (of: typeof told) => {
          const changes: Record<string, Record<string, unknown>> = {};
          for (const { name, field: key, value } of of) changes[name] = { ...changes[name], [key]: value };
          return changes;
        };
        const pieces = told.reduce<(typeof told)[]>(
          (all, change, index) => {
            if (cuts[index] === true) all.push([]);
            all.at(-1)?.push(change);
            return all;
          },
          [[]],
        );
        const whole = mergeStatus(status('ready', 'standby', ''), one(told));
        const inPieces = pieces.reduce<PrinterStatus>(
          (merged, piece) => mergeStatus(merged, one(piece)),
          status('ready', 'standby', ''),
        );
        // Fields of different objects may come in any order.
        const byObject = [...told].sort((a, b) => a.name.localeCompare(b.name));
        const regrouped = byObject.reduce<PrinterStatus>(
          (merged, change) => mergeStatus(merged, one([change])),
          status('ready', 'standby', ''),
        );
        expect(inPieces).toEqual(whole);
        expect(regrouped).toEqual(whole);
      }),
    );
  });
});

describe('what became of a print', () => {
  const find = (
    [klipper, state, filename]: [string, string, string],
    history: PrintRecord[] | undefined,
    wasSeen = false,
  ) => findRun(OURS, { report: readPrinter(status(klipper, state, filename)), history, wasSeen });
  const idle: [string, string, string] = ['ready', 'standby', ''];

  it.each<[string, Parameters<typeof find>, object]>([
    ['prints', [['ready', 'printing', OURS], []], { kind: 'running' }],
    [
      'prints, whatever an older Moonraker wrote',
      [['ready', 'printing', OURS], [record('server_exit')]],
      { kind: 'running' },
    ],
    ['stands paused', [['ready', 'paused', OURS], [record('in_progress')]], { kind: 'paused' }],
    [
      'is done',
      [['ready', 'complete', OURS], undefined],
      { kind: 'ended', outcome: { kind: 'succeeded', seconds: 12.5 } },
    ],
    [
      'is done by the history',
      [idle, [record('completed')]],
      { kind: 'ended', outcome: { kind: 'succeeded', seconds: 30 } },
    ],
    [
      'was cancelled',
      [['ready', 'printing', FOREIGN], [record('cancelled')]],
      { outcome: { kind: 'cancelled' } },
    ],
    ['broke off', [idle, [record('error')]], { outcome: { kind: 'failed', cause: 'error' } }],
    [
      'ended in a shutdown',
      [['shutdown', 'printing', OURS], [record('klippy_shutdown')]],
      { outcome: { cause: 'thermal', code: 'klipper-shutdown' } },
    ],
    [
      'ended in a shutdown before',
      [idle, [record('klippy_shutdown')]],
      { outcome: { kind: 'failed', cause: 'error' } },
    ],
    [
      'ended in a restart',
      [idle, [record('klippy_disconnect')]],
      { outcome: { kind: 'failed', cause: 'firmware-reset' } },
    ],
    ['is not written down yet', [idle, [record('in_progress')]], { kind: 'unsettled' }],
    ['is out of sight', [idle, [record('interrupted')]], { kind: 'unknown' }],
    ['is contradicted', [['ready', 'printing', FOREIGN], [record('in_progress')]], { kind: 'unknown' }],
    ['never began', [idle, [record('completed', FOREIGN)]], { kind: 'not-started' }],
    ['never began after another', [['ready', 'complete', FOREIGN], []], { kind: 'not-started' }],
    ['left no trace, and another prints', [['ready', 'printing', FOREIGN], []], { kind: 'unknown' }],
    ['was seen and left no trace', [idle, [], true], { kind: 'unknown' }],
    ['cannot be looked up', [idle, undefined], { kind: 'unknown' }],
  ])('is said of one that %s', (_, given, found) => {
    expect(find(...given)).toMatchObject(found);
  });

  it('takes the newest of several records', () => {
    expect(find(idle, [record('cancelled'), record('completed')])).toMatchObject({
      outcome: { kind: 'cancelled' },
    });
  });
});

describe('frames of Moonraker', () => {
  it.each([
    ['{"jsonrpc":"2.0","result":"ok","id":7}', { kind: 'answer', id: 7, result: 'ok' }],
    ['{"jsonrpc":"2.0","result":null,"id":7}', { kind: 'answer', id: 7, result: null }],
    [
      `{"jsonrpc":"2.0","error":{"code":400,"message":"{'error': 'WebRequestError', 'message': 'SD busy'}"},"id":7}`,
      { kind: 'refusal', id: 7, code: 400, message: 'SD busy' },
    ],
    [
      '{"jsonrpc":"2.0","error":{"code":503,"message":"Klippy Host not connected\\nTraceback …"},"id":1}',
      { kind: 'refusal', id: 1, code: 503, message: 'Klippy Host not connected' },
    ],
    [
      '{"jsonrpc":"2.0","method":"notify_klippy_ready"}',
      { kind: 'notice', method: 'notify_klippy_ready', params: [] },
    ],
    ['[1,2]', undefined],
    ['not JSON', undefined],
    ['{"id":"seven","result":1}', undefined],
  ])('are read (%#)', (text, frame) => {
    expect(readFrame(text)).toEqual(frame);
  });

  it('never throw, whatever arrives', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void readFrame(text)));
  });

  it('are written as JSON-RPC 2.0', () => {
    expect(JSON.parse(requestFrame(3, 'printer.print.start', { filename: OURS }))).toEqual({
      ...{ jsonrpc: '2.0', id: 3, method: 'printer.print.start', params: { filename: OURS } },
    });
  });
});

describe('addresses of a Moonraker', () => {
  it.each([
    ['moonraker+http://192.0.2.7:7125', 'http://192.0.2.7:7125', 'ws://192.0.2.7:7125/websocket', undefined],
    ['moonraker+http://voron.local', 'http://voron.local:7125', 'ws://voron.local:7125/websocket', undefined],
    ['moonraker+http://voron.local:80/', 'http://voron.local', 'ws://voron.local/websocket', undefined],
    [
      'moonraker+https://farm.example/one?key=a%26b',
      'https://farm.example/one',
      'wss://farm.example/one/websocket',
      'a&b',
    ],
  ])('%s', (address, web, socket, apiKey) => {
    expect(readMoonrakerAddress(address)).toEqual({ web, socket, ...(apiKey !== undefined && { apiKey }) });
  });

  it.each(['http://voron.local', 'moonraker://voron.local', 'moonraker+http://', 'tcp://127.0.0.1:1'])(
    '%s is none',
    (address) => {
      expect(isMoonrakerAddress(address)).toBe(false);
      expect(() => readMoonrakerAddress(address)).toThrow(/write moonraker\+http:/);
    },
  );
});
