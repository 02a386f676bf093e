import { createConnection } from 'mongoose';
import { afterAll, beforeAll, describe } from 'vitest';
import { type MongoStore, openMongoStorage } from '../../../server/storage/mongo-storage.ts';
import { findMongo, type MongoServer } from '../../support/mongo-server.ts';
import { blobsContract } from './blobs-contract.ts';

const mongo = await findMongo();
if ('unavailableReason' in mongo) console.warn(mongo.unavailableReason);

describe.skipIf('unavailableReason' in mongo)('blobs in MongoDB', () => {
  let server: MongoServer;
  beforeAll(async () => {
    if ('start' in mongo) server = await mongo.start();
  });
  afterAll(() => server.stop());

  blobsContract(async () => {
    const url = server.newDatabase();
    const opened: MongoStore[] = [];
    return {
      async open() {
        const store = await openMongoStorage(url);
        opened.push(store);
        return store.blobs;
      },
      async damage(hash) {
        const connection = await createConnection(url).asPromise();
        const file = await connection.collection('blobs.files').findOne({ filename: hash });
        const changed = { $set: { data: Buffer.from('bad') } };
        await connection.collection('blobs.chunks').updateOne({ files_id: file?._id }, changed);
        await connection.close();
      },
      end: async () => void (await Promise.all(opened.map(({ storage }) => storage.close()))),
    };
  });
});
