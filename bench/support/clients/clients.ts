import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Figure } from '../figure.js';

/** One connection and what it asks for, again and again from the start. */
export interface Client {
  token: string | null;
  /** Bodies as JSON. `UNIQUE` in one of them becomes another text each time. */
  bodies: string[];
}

export const UNIQUE = '$unique$';

export interface Job {
  transport: 'socket' | 'http';
  /** Where to post to; of a socket, with the same path. */
  url: string;
  clients: Client[];
}

export interface Clients {
  /** Everybody asks for all that they ask for, once: what is measured afterwards is not the first time. */
  warmUp(): Promise<void>;
  run(seconds: number): Promise<Figure>;
}

/**
 * Clients of each job in a process of their own, connected once, so that the server's figures are not those of its load. They leave
 * when the work is done or has failed, because a server that ends waits for them.
 */
export async function withClients<Jobs extends readonly Job[]>(
  jobs: readonly [...Jobs],
  work: (...clients: { [Name in keyof Jobs]: Clients }) => Promise<void>,
): Promise<void> {
  const children = jobs.map(() => fork(path.join(import.meta.dirname, 'client-process.js')));
  try {
    const clients = await Promise.all(children.map((child, at) => connect(child, jobs[at])));
    await work(...(clients as { [Name in keyof Jobs]: Clients }));
  } finally {
    for (const child of children) if (child.connected) child.disconnect();
  }
}

async function connect(child: ChildProcess, job: Job): Promise<Clients> {
  child.send(job);
  await answer(child);
  return {
    warmUp: async () => {
      child.send('warm up');
      await answer(child);
    },
    run: async (seconds) => {
      child.send({ seconds });
      return (await answer(child)) as Figure;
    },
  };
}

async function answer(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the clients have failed: see above')));
  ended.catch(() => undefined);
  const [message] = (await Promise.race([once(child, 'message'), ended])) as unknown[];
  return message;
}
