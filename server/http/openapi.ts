import { z } from 'zod';
import { DesignReport, DesignSummary } from '#contract/design.ts';
import {
  CancelOrder,
  CountStock,
  DesignDetail,
  EnrolKey,
  EntryProof,
  EvaluateDesign,
  JobCommand,
  KeyView,
  LabOpened,
  LedgerHead,
  OpenLab,
  PlaceOrder,
  Problem,
  PublishDesign,
  Quote,
  RevokeBridge,
  RevokeKey,
  SetRanking,
} from '#contract/http.ts';
import { Snapshot } from '#contract/live-events.ts';
import { OkwFacilities } from '#contract/okw.ts';
import { AppendEntries, EntriesAppended } from '#contract/signed-entries.ts';
import { CommunityView, DesignView, JobView, LabView, OrderView } from '#contract/views.ts';

/** OpenAPI 3.1, made from the contract's schemas, so that it cannot say anything else than the server checks. */

const named = {
  AppendEntries,
  EntriesAppended,
  CancelOrder,
  CommunityView,
  CountStock,
  DesignDetail,
  DesignReport,
  DesignSummary,
  DesignView,
  EnrolKey,
  EntryProof,
  EvaluateDesign,
  JobCommand,
  JobView,
  KeyView,
  LabOpened,
  LabView,
  LedgerHead,
  OkwFacilities,
  OpenLab,
  OrderView,
  PlaceOrder,
  Problem,
  PublishDesign,
  Quote,
  RevokeBridge,
  RevokeKey,
  SetRanking,
  Snapshot,
} as const;
type SchemaName = keyof typeof named;

interface Operation {
  method: 'get' | 'post' | 'put';
  path: string;
  summary: string;
  body?: SchemaName;
  answer?: SchemaName;
  isList?: boolean;
  status?: number;
  /** Whose key: none where looking is open to all. */
  key?: 'command' | 'bridge';
}

const operations: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/state',
    summary: 'Everything a page shows, as the fold of the ledger',
    answer: 'Snapshot',
  },
  {
    method: 'get',
    path: '/api/designs',
    summary: 'The newest version of each design',
    answer: 'DesignView',
    isList: true,
  },
  {
    method: 'get',
    path: '/api/designs/{design}',
    summary: 'One design, with parameters and presets',
    answer: 'DesignDetail',
  },
  {
    method: 'post',
    path: '/api/designs',
    summary: 'Publish a version',
    body: 'PublishDesign',
    status: 201,
    key: 'command',
  },
  {
    method: 'post',
    path: '/api/designs/{design}/evaluate',
    summary: 'Shape, price, shares and routes for these parameters',
    body: 'EvaluateDesign',
    answer: 'Quote',
  },
  { method: 'get', path: '/api/orders', summary: 'All orders', answer: 'OrderView', isList: true },
  { method: 'get', path: '/api/orders/{order}', summary: 'One order', answer: 'OrderView' },
  {
    method: 'post',
    path: '/api/orders',
    summary: 'Place an order; the same id again gives the same order',
    body: 'PlaceOrder',
    status: 201,
    key: 'command',
  },
  {
    method: 'post',
    path: '/api/orders/{order}/cancel',
    summary: 'Cancel an order',
    body: 'CancelOrder',
    key: 'command',
  },
  { method: 'get', path: '/api/jobs', summary: 'All jobs', answer: 'JobView', isList: true },
  { method: 'get', path: '/api/jobs/{job}', summary: 'One job', answer: 'JobView' },
  {
    method: 'post',
    path: '/api/jobs/{job}/{action}',
    summary: 'take, decline, clear-bed, pause, resume, cancel, resolve, reopen',
    body: 'JobCommand',
    answer: 'JobView',
    key: 'command',
  },
  { method: 'get', path: '/api/labs', summary: 'All labs', answer: 'LabView', isList: true },
  {
    method: 'get',
    path: '/api/facilities.okw',
    summary: 'All labs as Open Know-Where 1.0 facilities',
    answer: 'OkwFacilities',
  },
  { method: 'get', path: '/api/labs/{lab}', summary: 'One lab', answer: 'LabView' },
  {
    method: 'post',
    path: '/api/labs',
    summary: "Open a lab; the answer holds its bridge's key this once",
    body: 'OpenLab',
    answer: 'LabOpened',
    status: 201,
    key: 'command',
  },
  {
    method: 'post',
    path: '/api/labs/{lab}/stock',
    summary: 'Count the stock anew',
    body: 'CountStock',
    answer: 'LabView',
    key: 'command',
  },
  {
    method: 'post',
    path: '/api/labs/{lab}/machines/{machine}/clear-fault',
    summary: "Clear a machine's alarm",
    key: 'command',
  },
  {
    method: 'post',
    path: '/api/labs/{lab}/revoke-bridge',
    summary: "End the lab's bridge and its key for good",
    body: 'RevokeBridge',
    answer: 'LabView',
    key: 'command',
  },
  { method: 'get', path: '/api/community', summary: 'The community and its rules', answer: 'CommunityView' },
  {
    method: 'post',
    path: '/api/community/ranking',
    summary: 'Adopt the rules anew, with other weights for ranking machines',
    body: 'SetRanking',
    answer: 'CommunityView',
    key: 'command',
  },
  {
    method: 'get',
    path: '/api/agents/{agent}/keys',
    summary: 'Every key that an agent has or had',
    answer: 'KeyView',
    isList: true,
  },
  {
    method: 'post',
    path: '/api/agents/{agent}/keys',
    summary: 'Enrol a public key with which a person signs',
    body: 'EnrolKey',
    answer: 'KeyView',
    isList: true,
    status: 201,
    key: 'command',
  },
  {
    method: 'post',
    path: '/api/agents/{agent}/keys/revoke',
    summary: "End a person's key for good",
    body: 'RevokeKey',
    answer: 'KeyView',
    isList: true,
    key: 'command',
  },
  {
    method: 'get',
    path: '/api/ledger',
    summary: "Size, root, signed checkpoint and the log's key",
    answer: 'LedgerHead',
  },
  {
    method: 'post',
    path: '/log/entries',
    summary: 'Append entries signed with enrolled keys; Prefer: wait=published waits for the checkpoint',
    body: 'AppendEntries',
    answer: 'EntriesAppended',
  },
  {
    method: 'get',
    path: '/log/receipt/{index}',
    summary: 'The receipt of an entry, to be verified offline (C2SP tlog-proof)',
  },
  {
    method: 'get',
    path: '/api/entries/{index}',
    summary: 'One entry with its inclusion proof',
    answer: 'EntryProof',
  },
  { method: 'get', path: '/api/blobs/{hash}', summary: 'A file by its hash; ?name= makes it a download' },
  {
    method: 'put',
    path: '/api/blobs/{hash}',
    summary: "A bridge's prepared program",
    status: 201,
    key: 'bridge',
  },
  {
    method: 'post',
    path: '/witness/add-checkpoint',
    summary: 'For logs: ask this server, where it is a witness, to cosign a checkpoint (C2SP tlog-witness)',
  },
  {
    method: 'get',
    path: '/witness/{origin}/checkpoint',
    summary: 'The newest checkpoint that this witness cosigned of a log, by the SHA-256 of its origin',
  },
  { method: 'get', path: '/api/health', summary: 'Whether the server is up, and how much it holds' },
];

export function openApiDocument(version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    const item = paths[operation.path] ?? {};
    item[operation.method] = describe(operation);
    paths[operation.path] = item;
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Commonwright',
      version,
      description:
        'Looking is open to all. On a server that listens on more than this computer, commands need the key that ' +
        'its first start prints. The log for mirrors and verifiers is at /log/ (C2SP tlog-tiles). Errors are ' +
        'RFC 9457 problem details.',
      license: { name: 'AGPL-3.0-or-later', identifier: 'AGPL-3.0-or-later' },
    },
    paths,
    components: {
      schemas: schemas(),
      securitySchemes: {
        command: { type: 'http', scheme: 'bearer', description: 'The key that the first start prints' },
        bridge: { type: 'http', scheme: 'bearer', description: "The key of a lab's bridge" },
      },
    },
  };
}

function schemas(): Record<string, unknown> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const made = z.toJSONSchema(registry, { io: 'input', uri: (id) => `#/components/schemas/${id}` }).schemas;
  return Object.fromEntries(
    Object.entries(made).map(([id, { $id: _id, $schema: _schema, ...schema }]) => [id, schema]),
  );
}

function describe({ path, summary, body, answer, isList, status = 200, key }: Operation) {
  const reference = (name: SchemaName) => ({ $ref: `#/components/schemas/${name}` });
  const content = (name: SchemaName, list = false) => ({
    'application/json': { schema: list ? { type: 'array', items: reference(name) } : reference(name) },
  });
  return {
    summary,
    parameters: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    })),
    ...(body === undefined ? {} : { requestBody: { required: true, content: content(body) } }),
    ...(key === undefined ? {} : { security: [{ [key]: [] }] }),
    responses: {
      [status]: {
        description: summary,
        ...(answer === undefined ? {} : { content: content(answer, isList) }),
      },
      default: {
        description: 'What went wrong, in one sentence',
        content: { 'application/problem+json': { schema: reference('Problem') } },
      },
    },
  };
}
