import { type Sha256, toHex } from './bytes.ts';
import { formatVerifierKey, type NoteKey, parseVerifierKey, SIGNATURE_TYPE } from './signed-note.ts';

/**
 * Whom a verifier trusts, as C2SP tlog-policy writes it: logs, witnesses, groups of witnesses, and the quorum that
 * must have cosigned a checkpoint.
 */

export interface PolicyLog {
  readonly key: NoteKey;
  readonly url?: string;
}

export interface PolicyWitness {
  /** Has no meaning outside the policy; `key.name` is what its signature lines carry. */
  readonly name: string;
  readonly key: NoteKey;
  readonly url?: string;
}

export interface PolicyGroup {
  readonly name: string;
  /** So many members must have cosigned. */
  readonly threshold: number;
  /** Names of witnesses and of groups above this one. */
  readonly members: readonly string[];
}

export interface Policy {
  readonly logs: readonly PolicyLog[];
  readonly witnesses: readonly PolicyWitness[];
  readonly groups: readonly PolicyGroup[];
  /** Name of a witness or a group, or `none`. */
  readonly quorum: string;
}

export const NO_QUORUM = 'none';

/** The format asks for 32 logs, witnesses and groups; more than ten times that is a mistake or an attack. */
const LINES_MAX = 1_000;
const POLICY_CHARS_MAX = 256 * 1024;

/** A policy with a mistake, and the line that has it, counted from 1. */
export class PolicyError extends TypeError {
  readonly line: number;
  constructor(line: number, reason: string) {
    super(`line ${line} of the policy: ${reason}`);
    this.name = 'PolicyError';
    this.line = line;
  }
}

/**
 * Reads a policy. Names are compared as they are written, without Unicode normalisation.
 * @throws PolicyError naming the first line with a mistake.
 */
export function parsePolicy(sha256: Sha256, text: string): Policy {
  const draft = new PolicyDraft(sha256);
  const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
  if (text.length > POLICY_CHARS_MAX || lines.length > LINES_MAX)
    throw new PolicyError(lines.length, 'it is longer than any policy needs to be');
  for (const [at, line] of lines.entries()) {
    try {
      draft.read(line);
    } catch (error) {
      throw new PolicyError(at + 1, error instanceof Error ? error.message : String(error));
    }
  }
  if (draft.quorum === undefined) throw new PolicyError(lines.length, 'it ends without a quorum line');
  const { logs, witnesses, groups, quorum } = draft;
  return { logs, witnesses, groups, quorum };
}

class PolicyDraft {
  readonly logs: PolicyLog[] = [];
  readonly witnesses: PolicyWitness[] = [];
  readonly groups: PolicyGroup[] = [];
  quorum: string | undefined;
  readonly #sha256: Sha256;
  readonly #names = new Set<string>();
  readonly #members = new Set<string>();
  /** Public keys in hexadecimal: one key under two names would count twice. */
  readonly #logKeys = new Set<string>();
  readonly #witnessKeys = new Set<string>();

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
  }

  read(line: string): void {
    requireAllowedCharacters(line);
    const [keyword, ...items] = line.split(/[ \t]+/).filter((item) => item !== '');
    if (keyword === undefined || keyword.startsWith('#')) return;
    if (keyword === 'log') this.#readLog(items);
    else if (keyword === 'witness') this.#readWitness(items);
    else if (keyword === 'group') this.#readGroup(items);
    else if (keyword === 'quorum') this.#readQuorum(items);
    else throw new TypeError(`"${keyword}" is none of log, witness, group and quorum`);
  }

  #readLog([verifierKey, url, ...more]: readonly string[]): void {
    if (verifierKey === undefined || more.length > 0)
      throw new TypeError('a log is written as: log <vkey> [<url>]');
    const key = parseVerifierKey(this.#sha256, verifierKey);
    addOnce(this.#logKeys, toHex(key.publicKey), 'the key of this log was named before');
    this.logs.push({ key, ...(url === undefined ? {} : { url }) });
  }

  #readWitness([name, verifierKey, url, ...more]: readonly string[]): void {
    if (name === undefined || verifierKey === undefined || more.length > 0)
      throw new TypeError('a witness is written as: witness <name> <vkey> [<url>]');
    const key = parseVerifierKey(this.#sha256, verifierKey, SIGNATURE_TYPE.cosignature);
    addOnce(this.#witnessKeys, toHex(key.publicKey), 'the key of this witness was named before');
    this.#define(name);
    this.witnesses.push({ name, key, ...(url === undefined ? {} : { url }) });
  }

  #readGroup([name, rule, ...members]: readonly string[]): void {
    if (name === undefined || rule === undefined || members.length === 0)
      throw new TypeError('a group is written as: group <name> <k>|any|all <name>...');
    for (const member of members) {
      if (!this.#names.has(member)) throw new TypeError(`"${member}" is not defined above`);
      addOnce(this.#members, member, `"${member}" is a member of a group already`);
    }
    this.#define(name);
    this.groups.push({ name, threshold: thresholdOf(rule, members.length), members });
  }

  #readQuorum([name, ...more]: readonly string[]): void {
    if (name === undefined || more.length > 0) throw new TypeError('a quorum is written as: quorum <name>');
    if (this.quorum !== undefined) throw new TypeError('the quorum was set before');
    if (name !== NO_QUORUM && !this.#names.has(name)) throw new TypeError(`"${name}" is not defined above`);
    this.quorum = name;
  }

  #define(name: string): void {
    if (name === NO_QUORUM)
      throw new TypeError('"none" means that nobody has to cosign; choose another name');
    addOnce(this.#names, name, `"${name}" was defined before`);
  }
}

function addOnce(set: Set<string>, item: string, complaint: string): void {
  if (set.has(item)) throw new TypeError(complaint);
  set.add(item);
}

function thresholdOf(rule: string, members: number): number {
  if (rule === 'any') return 1;
  if (rule === 'all') return members;
  const threshold = /^[1-9][0-9]{0,3}$/.test(rule) ? Number(rule) : Number.NaN;
  if (!(threshold <= members))
    throw new TypeError(`"${rule}" is neither any, nor all, nor a number from 1 to ${members}`);
  return threshold;
}

/** Tab, and everything from the space on but DEL; half a surrogate pair cannot be written in UTF-8. */
function requireAllowedCharacters(line: string): void {
  if (/\p{Surrogate}/u.test(line)) throw new TypeError('it is not valid text');
  for (let at = 0; at < line.length; at += 1) {
    const code = line.charCodeAt(at);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) throw new TypeError('it has a control character');
  }
}

/**
 * Writes a policy that `parsePolicy` reads back.
 * @throws PolicyError where the policy contradicts itself.
 */
export function formatPolicy(sha256: Sha256, policy: Policy): string {
  const { logs, witnesses, groups, quorum } = policy;
  const lines = [
    ...logs.map(({ key, url }) => ['log', formatVerifierKey(sha256, key), url]),
    ...witnesses.map(({ name, key, url }) => [
      ...['witness', name, formatVerifierKey(sha256, key, SIGNATURE_TYPE.cosignature)],
      url,
    ]),
    ...groups.map(({ name, threshold, members }) => ['group', name, String(threshold), ...members]),
    ['quorum', quorum],
  ];
  const text = lines.map((items) => `${items.filter((item) => item !== undefined).join(' ')}\n`).join('');
  parsePolicy(sha256, text);
  return text;
}

/** A policy of one log that asks for no witness. */
export function policyOfLog(key: NoteKey, url?: string): Policy {
  return {
    logs: [{ key, ...(url === undefined ? {} : { url }) }],
    witnesses: [],
    groups: [],
    quorum: NO_QUORUM,
  };
}

/** Whether a set of witnesses, by their names in the policy, is enough; otherwise what is missing, in words. */
export function missingForQuorum(policy: Policy, cosigned: ReadonlySet<string>): string | undefined {
  if (policy.quorum === NO_QUORUM) return undefined;
  const witnessed = new Set(policy.witnesses.map(({ name }) => name).filter((name) => cosigned.has(name)));
  for (const { name, threshold, members } of policy.groups)
    if (members.filter((member) => witnessed.has(member)).length >= threshold) witnessed.add(name);
  return witnessed.has(policy.quorum) ? undefined : describeMissing(policy, policy.quorum, witnessed);
}

function describeMissing(policy: Policy, name: string, witnessed: ReadonlySet<string>): string {
  const group = policy.groups.find((candidate) => candidate.name === name);
  if (group === undefined) return name;
  const open = group.members.filter((member) => !witnessed.has(member));
  const count = group.threshold - (group.members.length - open.length);
  const wanted = open.map((member) => describeMissing(policy, member, witnessed));
  return `${count} of (${wanted.join(', ')})`;
}
