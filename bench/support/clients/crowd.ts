import { setTimeout } from 'node:timers/promises';
import { RawSocket } from './raw-socket.js';

/** Sockets that are only there, and then come back all at once. */
export interface CrowdJob {
  url: string;
  members: { token: string; subscribe: string }[];
}

/** Of those who come one after the other, so many at a time. */
const TOGETHER = 50;
const PATIENCE_MS = 60_000;

export interface Return {
  seconds: number;
  failed: number;
  reasons: string[];
}

export class Crowd {
  private sockets: RawSocket[] = [];

  constructor(private readonly job: CrowdJob) {}

  /** Says who they are, and nothing else. */
  async idle(): Promise<void> {
    const members = this.job.members.entries();
    const come = async (): Promise<void> => {
      for (const [at, { token }] of members) {
        const socket = await RawSocket.open(this.job.url);
        await socket.init(token);
        this.sockets[at] = socket;
      }
    };
    await Promise.all(Array.from({ length: TOGETHER }, come));
  }

  /** Everybody of the first so many is cut off, connects in the same moment and goes on where they were: done when they hear something. */
  async comeBack(count: number): Promise<Return> {
    for (const socket of this.sockets.slice(0, count)) socket.close();
    const begin = performance.now();
    const back = await Promise.race([
      Promise.allSettled(this.job.members.slice(0, count).map((member, at) => this.resume(member, at))),
      setTimeout(PATIENCE_MS, null, { ref: false }),
    ]);
    if (!back) throw new Error(`not everybody was back after ${PATIENCE_MS / 1_000} s`);
    const reasons = back.filter((each) => each.status === 'rejected').map(({ reason }) => String(reason));
    return { seconds: (performance.now() - begin) / 1_000, failed: reasons.length, reasons: [...new Set(reasons)].slice(0, 5) };
  }

  leave(): void {
    for (const socket of this.sockets) socket.close();
  }

  private async resume({ token, subscribe }: CrowdJob['members'][number], at: number): Promise<void> {
    const socket = await RawSocket.open(this.job.url);
    this.sockets[at] = socket;
    await socket.init(token);
    socket.send(subscribe);
    const heard = await socket.next();
    if (!heard.includes('"type":"next"') || heard.includes('"errors"')) throw new Error(heard);
  }
}
