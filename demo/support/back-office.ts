import { randomUUID } from 'node:crypto';
import type { Variables } from './api.js';
import type { Person } from './person.js';
import type { Promises } from './promises.js';
import { Receiver } from './receiver.js';
import { Sender } from './sender.js';
import type { Stage } from './stage.js';

/** Promised by every story that has one. */
export const REPORTED = { reported: 'what the host’s system tells is taken with its signature, and once' };

/** The host's own system: it tells what has happened on its side, and is told what happens here, both signed. */
export class BackOffice {
  private constructor(
    readonly receiver: Receiver,
    private readonly sender: Sender,
    private readonly promises: Promises,
  ) {}

  static async open(stage: Stage, host: Person, promises: Promises, kind: string): Promise<BackOffice> {
    const receiver = await Receiver.listen(host);
    return new BackOffice(receiver, await Sender.register(stage, host, { kind, name: 'The back office' }), promises);
  }

  /** Once as somebody who has no secret of ours, then as itself, and once more because the answer seemed lost. */
  async reports(type: string, data: Variables): Promise<void> {
    const word = { id: randomUUID(), at: new Date() };
    const secret = `whsec_${Buffer.from(randomUUID()).toString('base64')}`;
    this.promises.same('reported', `${type}, signed by somebody else`, (await this.sender.tell(type, data, { secret })).status, 401);
    const taken = await this.sender.tell(type, data, word);
    this.promises.same('reported', type, [taken.status, await this.sender.fateOf(taken)], [202, 'PROCESSED']);
    this.promises.same('reported', `${type}, again`, (await this.sender.tell(type, data, word)).status, 200);
  }

  stop(): Promise<void> {
    return this.receiver.stop();
  }
}
