import { describe, expect, it } from 'vitest';
import { isLoopbackHost, manual, readCommand, Settings } from '../../server/config.ts';

describe('the command line and the environment', () => {
  it('starts on this computer only, with data beside the program, when nothing is said', () => {
    const command = readCommand(['start'], {});
    expect(command).toMatchObject({
      kind: 'start',
      isEmpty: false,
      settings: { DATA_DIR: './data', HOST: '127.0.0.1', PORT: 8080 },
    });
    expect(readCommand([], {})).toEqual(command);
  });

  it('reads every setting from the environment, and an empty variable as not set', () => {
    const command = readCommand(['start', '--empty'], {
      PORT: '0',
      HOST: '',
      MQTT_URL: 'mqtt://broker:1884',
    });
    expect(command).toMatchObject({
      isEmpty: true,
      settings: { PORT: 0, HOST: '127.0.0.1', MQTT_URL: 'mqtt://broker:1884' },
    });
  });

  it('takes the address of a replica set with all of its hosts', () => {
    const url = 'mongodb://one:27017,two:27017,three:27017/commonwright?replicaSet=rs0';
    expect(readCommand(['start'], { MONGODB_URL: url, PRIVATE_DIR: '/secrets' })).toMatchObject({
      settings: { MONGODB_URL: url, PRIVATE_DIR: '/secrets' },
    });
    expect(() => readCommand(['start'], { MONGODB_URL: 'http://one' })).toThrow(/mongodb:\/\//);
  });

  it('knows whether a demonstration has been given a data folder', () => {
    expect(readCommand(['demo'], {})).toMatchObject({ kind: 'demo', hasDataDir: false, asJson: false });
    expect(readCommand(['demo', 'my-design', '--json'], { DATA_DIR: '/tmp/x' })).toMatchObject({
      folder: 'my-design',
      asJson: true,
      hasDataDir: true,
    });
  });

  it('takes a server or a folder to verify, and what is known about it already', () => {
    expect(readCommand(['verify', 'https://x.example/', '--key', 'K', '--json'], {})).toEqual({
      ...{ kind: 'verify', place: 'https://x.example', verifierKey: 'K', asJson: true, withSignatures: true },
      ...{ policyFile: undefined, sinceFile: undefined },
    });
    const more = ['--policy', 'P', '--since', 'C', '--no-signatures'];
    expect(readCommand(['verify', 'my-mirror', ...more], {})).toMatchObject({
      ...{ place: 'my-mirror', policyFile: 'P', sinceFile: 'C', withSignatures: false, asJson: false },
    });
  });

  it.each([
    [['start'], { PORT: 'eighty' }, /PORT is not usable.*"eighty"/],
    [['start'], { PORT: '70000' }, /PORT is not usable/],
    [['start'], { MQTT_URL: 'http://x' }, /MQTT_URL is not usable/],
    [['sart'], {}, /There is no command "sart"/],
    [['start', '--emtpy'], {}, /--emtpy/],
    [['start', 'now'], {}, /"now" is one word too many/],
    [['verify'], {}, /Say which server/],
    [['verify', 'ftp://x'], {}, /Say which server/],
    [['keys'], {}, /keys rotate/],
    [['keys', 'rotate', 'all'], {}, /one word too many/],
    [['mirror', 'http://x'], {}, /which folder/],
    [['mirror', 'here', 'there'], {}, /web address/],
    [['backup'], {}, /which folder/],
    [['restore', 'one', 'two'], {}, /"two" is one word too many/],
    [['export', 'one', 'two', 'three'], {}, /"three" is one word too many/],
    [['export', 'there', '--since', '-1'], {}, /since/],
    [['backup', 'there'], { MONGODB_URL: 'http://x' }, /MONGODB_URL is not usable/],
    [['start'], { WITNESS_NAME: 'two words' }, /WITNESS_NAME is not usable/],
    [['design', 'check'], {}, /which design/],
    [['design', 'publish', 'my-design'], {}, /web address/],
    [['design', 'check', 'my-design', 'twice'], {}, /one word too many/],
  ])('%j with %j is refused in one sentence', (argv, env, sentence) => {
    expect(() => readCommand(argv, env)).toThrow(sentence);
  });

  it('reads what is copied, and where from', () => {
    expect(readCommand(['export', 'there'], {})).toMatchObject({
      from: undefined,
      folder: 'there',
      since: 0,
    });
    expect(readCommand(['export', 'http://x', 'there', '--since', '7'], {})).toMatchObject({
      from: 'http://x',
      folder: 'there',
      since: 7,
    });
    expect(
      readCommand(['restore', 'there', '--checkpoint', 'kept', '--read-only'], { DATA_DIR: 'd' }),
    ).toMatchObject({
      kind: 'restore',
      folder: 'there',
      checkpointFile: 'kept',
      isReadOnly: true,
      settings: { DATA_DIR: 'd' },
    });
    expect(readCommand(['backup', 'there', '--with-keys'], {})).toMatchObject({ withKeys: true });
    expect(readCommand(['import', 'there', '--verify'], {})).toMatchObject({ isVerifying: true });
  });

  it('prints a manual that names every setting and says what it means', () => {
    const text = manual();
    for (const [name, schema] of Object.entries(Settings.shape)) {
      expect(text).toContain(`  ${name}`);
      expect((schema.description ?? '').length).toBeGreaterThan(20);
    }
  });

  it.each([
    ['127.0.0.1', true],
    ['127.8.8.8', true],
    ['localhost', true],
    ['::1', true],
    ['0.0.0.0', false],
    ['::', false],
    ['192.168.1.2', false],
    ['127.0.0.1.example', false],
  ])('takes %s for an address of this computer alone: %s', (host, isLoopback) => {
    expect(isLoopbackHost(host)).toBe(isLoopback);
  });
});
