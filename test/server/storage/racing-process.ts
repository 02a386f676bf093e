import { openSqliteStorage } from '../../../server/storage/sqlite-storage.ts';
import { CommitMaker } from './made-commits.ts';

/** Puts a commit of its own under each number, and prints the numbers that it got; others do the same. */
const [, , file = '', name = '', count = '0'] = process.argv;
const storage = await openSqliteStorage(file);
const make = new CommitMaker(name);
for (let number = 0; number < Number(count); number += 1) {
  const { commit, rows } = make.next([`own/${name}`]);
  if ((await storage.putCommit(commit, rows)) === 'stored') process.stdout.write(`${number}\n`);
}
await storage.close();
