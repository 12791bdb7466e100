import { Field, Int, ObjectType } from '@nestjs/graphql';
import type { LogEntry } from '../../live/hub/log.js';
import { Message } from './message.entity.js';
import { cutOffBy } from './notice.js';

const RESUME = "The room's revision of this change: after a break, resume with `after` set to the last one you saw.";

@ObjectType({ description: 'A new message. Additions come in the order of `sequence`.' })
export class MessageAdded implements LogEntry {
  @Field(() => Int, { description: RESUME })
  readonly revision: number;
  readonly sequence: number;
  readonly cutsOff: LogEntry['cutsOff'];
  readonly committedAt: Date;

  @Field(() => Message)
  readonly message: Message;

  constructor(message: Message) {
    this.revision = message.createdRevision;
    this.sequence = message.sequence;
    this.cutsOff = cutOffBy(message);
    this.committedAt = message.createdAt;
    this.message = message;
  }
}

@ObjectType({ description: 'A message was edited, deleted or reacted to. It comes whole, as it is now.' })
export class MessageChanged implements LogEntry {
  @Field(() => Int, { description: RESUME })
  readonly revision: number;
  readonly sequence: number;
  readonly cutsOff = null;
  readonly committedAt = null;

  @Field(() => Message)
  readonly message: Message;

  constructor(message: Message) {
    this.revision = message.revision;
    this.sequence = message.sequence;
    this.message = message;
  }
}

const date = (value: Date | string | null): Date | null => (value === null ? null : new Date(value));

/** An entry that came from another node as JSON. */
export function reviveEntry(json: unknown): MessageAdded | MessageChanged {
  const { revision, message } = json as { revision: number; message: Message };
  const revived = Object.assign(new Message(), message, {
    createdAt: new Date(message.createdAt),
    editedAt: date(message.editedAt),
    deletedAt: date(message.deletedAt),
  });
  return revision === message.createdRevision ? new MessageAdded(revived) : new MessageChanged(revived);
}
