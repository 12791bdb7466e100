import { Injectable, Logger } from '@nestjs/common';
import type { ActingRole } from '../../policy/policy.js';
import type { Message } from '../../timeline/log/message.entity.js';

export type SendListener = (message: Message) => Promise<void>;

/** Where features that come later hear what people of one role have sent, and may answer before the sender hears of it. */
@Injectable()
export class AfterSend {
  private readonly log = new Logger('AfterSend');
  private readonly listeners = new Map<ActingRole, SendListener>();

  listen(role: ActingRole, listener: SendListener): void {
    if (this.listeners.has(role)) throw new Error(`somebody listens to ${role} already`);
    this.listeners.set(role, listener);
  }

  concerns(role: ActingRole): boolean {
    return this.listeners.has(role);
  }

  /** The message is sent, whatever becomes of this. A retry of it is told again. */
  async tell(role: ActingRole, message: Message): Promise<Message> {
    try {
      await this.listeners.get(role)?.(message);
    } catch (error) {
      this.log.error({ err: error, roomId: message.roomId }, 'what follows from a message did not happen');
    }
    return message;
  }
}
