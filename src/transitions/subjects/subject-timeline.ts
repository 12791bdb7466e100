import { Field, Int, ObjectType } from '@nestjs/graphql';
import { Connection } from '../../common/graphql/connection.js';
import { type Connection as Database, run } from '../../database/sql.js';
import { Message } from '../../timeline/log/message.entity.js';
import { messageColumns, type MessageRow, toMessage } from '../../timeline/log/message.row.js';

@ObjectType({ description: 'One line of what happened: something said, or a step with the message that tells of it.' })
export class TimelineEntry {
  @Field(() => Int, { description: 'Its place in the room.' })
  readonly sequence: number;

  @Field(() => Date)
  readonly at: Date;

  @Field(() => Message)
  readonly message: Message;

  constructor(message: Message) {
    this.sequence = message.sequence;
    this.at = message.createdAt;
    this.message = message;
  }
}

@ObjectType({ description: 'The whole story of a thing and of what belongs to it, as its room tells it.' })
export class SubjectTimeline extends Connection(TimelineEntry) {}

const STORY = {
  name: 'story',
  text: `select ${messageColumns('m')} from messages m where m.room_id = $1 and m.sequence > $2 order by m.sequence limit $3`,
};

/** A page of a room's messages, forwards, tombstones among them. */
export async function storyAfter(database: Database, roomId: string, sequence: number, limit: number): Promise<Message[]> {
  return (await run<MessageRow>(database, STORY, [roomId, sequence, limit])).map(toMessage);
}
