import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Figure } from './figure.js';

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
  run(seconds: number): Promise<Figure>;
  stop(): void;
}

/** Clients in a process of their own, connected once, so that the server's figures are not those of its load. */
export async function startClients(job: Job): Promise<Clients> {
  const child = fork(path.join(import.meta.dirname, 'client-process.js'));
  child.send(job);
  await answer(child);
  return {
    run: async (seconds) => {
      child.send({ seconds });
      return (await answer(child)) as Figure;
    },
    stop: () => child.disconnect(),
  };
}

async function answer(child: ReturnType<typeof fork>): Promise<unknown> {
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the clients have failed: see above')));
  ended.catch(() => undefined);
  const [message] = (await Promise.race([once(child, 'message'), ended])) as unknown[];
  return message;
}
