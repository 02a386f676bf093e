/** What can be said on the command line, as `--help` prints it. */

export const flags = {
  empty: { type: 'boolean', description: 'start: without the demonstration lab' },
  json: { type: 'boolean', description: 'demo, verify: the last line is one JSON object' },
  'with-keys': { type: 'boolean', description: 'backup: also the private keys, readable by you only' },
  checkpoint: {
    type: 'string',
    description: 'restore: a signed checkpoint that you kept; an older backup is refused',
  },
  'read-only': {
    type: 'boolean',
    description: 'restore: to look at, without the keys; nothing can be signed',
  },
  verify: { type: 'boolean', description: 'import: check every signature before' },
  key: {
    type: 'string',
    description:
      "verify, mirror, export, import: the log's verifier key, when you have it from elsewhere; design publish: the server's key",
  },
  policy: { type: 'string', description: 'verify: file with the log and the witnesses that you trust' },
  since: {
    type: 'string',
    description:
      'verify: file with a checkpoint of the log that you kept; export: only entries from this index on',
  },
  'no-signatures': { type: 'boolean', description: 'verify: leave out the signatures of the entries' },
  help: { type: 'boolean', description: 'print this' },
} as const;

/** Each command with what it means. */
export const forms = [
  [
    'commonwright start [--empty]',
    'the server with its page; the first start also sets up the demonstration',
  ],
  ['commonwright demo [FOLDER] [--json]', 'publish a design, order it, make it, verify the ledger; then end'],
  [
    'commonwright verify URL|FOLDER',
    'check a whole ledger from the outside; --key, --policy and --since say what you know already',
  ],
  ['commonwright mirror URL FOLDER', 'copy the published ledger of a server; again to bring it up to date'],
  ['commonwright backup FOLDER [--with-keys]', 'copy DATA_DIR or MONGODB_URL, also while the server runs'],
  [
    'commonwright restore FOLDER',
    'copy a backup into an empty DATA_DIR or MONGODB_URL; refused where a witness (WITNESSES) has seen more',
  ],
  [
    'commonwright export [URL|DATA] FOLDER',
    'entries as lines of JSON, accounts as CSV, files by their hash; of a server, a data folder or a mirror',
  ],
  [
    'commonwright import FOLDER',
    'write a mirror into an empty DATA_DIR or MONGODB_URL; its own private keys are needed to continue it',
  ],
  [
    'commonwright keys rotate',
    'make a new key for the entries of a stopped server; its next start enters it',
  ],
  [
    'commonwright okw check FILE',
    'say which labs an Open Know-Where file describes, and what it does not say',
  ],
  ['commonwright design check FOLDER', 'say what a design package lacks'],
  [
    'commonwright design publish FOLDER URL',
    'publish a design on a running server; --key where it asks for one',
  ],
] as const;
