import { once } from 'node:events';
import type { Client, Job } from './clients.js';
import { UNIQUE } from './clients.js';
import { measure } from '../figure.js';
import { HttpConnection } from './http-connection.js';
import { SocketConnection } from './socket-connection.js';

/** Asks once, and resolves with the answer as it came. */
export interface Connection {
  ask(body: string): Promise<string>;
}

type Ask = () => Promise<void>;

const open = async ({ transport, url }: Job, { token }: Client): Promise<Connection> =>
  transport === 'socket' ? SocketConnection.open(url, token) : new HttpConnection(url, token);

let asked = 0;

function asker(connection: Connection, { bodies }: Client): Ask {
  const parts = bodies.map((body) => body.split(UNIQUE));
  let next = 0;
  return async () => {
    const body = parts[next++ % parts.length]!.join(`${process.pid}-${asked++}`);
    const answer = await connection.ask(body);
    if (answer.includes('"errors"')) throw new Error(answer);
  };
}

const [job] = (await once(process, 'message')) as [Job];
const askers = await Promise.all(job.clients.map(async (client) => asker(await open(job, client), client)));
async function warmUp(): Promise<void> {
  await Promise.all(
    askers.map(async (ask, at) => {
      for (let times = job.clients[at]!.bodies.length; times > 0; times--) await ask();
    }),
  );
}

process.on('disconnect', () => process.exit());
process.on('message', (order: 'warm up' | { seconds: number }) => {
  const work = order === 'warm up' ? warmUp() : measure(askers.length, order.seconds, (worker) => askers[worker]!());
  void work.then((figure) => process.send!(figure ?? 'warm'));
});
process.send!('ready');
