import { UNIQUE } from './clients.js';
import { RawSocket } from './raw-socket.js';

/** Sockets that listen and then read no more, while somebody goes on talking to them. */
export interface StalledJob {
  url: string;
  tokens: string[];
  /** Each of them, on each socket. */
  subscribe: string[];
  speak: string;
  /** So many fill what the system itself keeps for a socket. */
  messages: number;
}

const PACE_MS = 500;

export class StalledCrowd {
  private count = 0;

  private constructor(
    private readonly job: StalledJob,
    private readonly speaker: RawSocket,
  ) {}

  /** Resolves when all of them have stopped to read, just after the server has seen that they do: it has to find out anew. */
  static async stall(job: StalledJob): Promise<StalledCrowd> {
    const [someone = ''] = job.tokens;
    const speaker = await RawSocket.open(job.url);
    await speaker.init(someone);
    const sockets: RawSocket[] = [];
    for (const token of job.tokens) {
      const socket = await RawSocket.open(job.url);
      await socket.init(token);
      for (const subscription of job.subscribe) socket.send(subscription);
      // The first thing that a stream tells: it is there.
      await socket.next();
      sockets.push(socket);
    }
    await sockets.at(-1)?.answered();
    for (const socket of sockets) socket.stall();
    return new StalledCrowd(job, speaker);
  }

  /** Resolves when nothing more leaves the server. What is said from then on waits there. */
  async fill(): Promise<void> {
    for (let count = 0; count < this.job.messages; count++) await this.say();
    setInterval(() => void this.say(), PACE_MS);
  }

  /** Resolves when it is answered: with a result, and its completion. */
  private async say(): Promise<void> {
    const answers = [this.speaker.next(), this.speaker.next()];
    this.speaker.send(this.job.speak.split(UNIQUE).join(`stalled-${this.count++}`));
    const [result = ''] = await Promise.all(answers);
    if (result.includes('"errors"')) throw new Error(result);
  }
}
