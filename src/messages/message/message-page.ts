import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { Connection } from '../../common/graphql/connection.js';
import { Message, MessageKind } from '../../timeline/log/message.entity.js';

@ObjectType({
  description:
    'A page of messages in the order of `sequence`. A cursor is the id of a message, so `before: oldestId` is the page before this one.',
})
export class MessageConnection extends Connection(Message) {
  @Field(() => Int, { description: 'How many are on this page.' })
  count: number;

  @Field(() => Boolean, { description: 'There are more in the direction in which you page.' })
  hasMore: boolean;

  @Field(() => ID, { nullable: true, description: 'The first on this page; null when it is empty.' })
  oldestId: string | null;

  @Field(() => ID, { nullable: true, description: 'The last on this page; null when it is empty.' })
  newestId: string | null;
}

@ObjectType({ description: 'How many messages of one kind.' })
export class KindCount {
  @Field(() => MessageKind)
  kind: MessageKind;

  @Field(() => Int)
  count: number;
}

@ObjectType({ description: 'A room in figures.' })
export class RoomStats {
  @Field(() => Int, { description: 'All that were ever sent; tombstones keep their place.' })
  messages: number;

  @Field(() => [KindCount], { description: 'Kinds without a message are left out.' })
  byKind: KindCount[];

  @Field(() => Int, { description: 'Who has a seat now.' })
  participants: number;

  @Field(() => Date, { description: 'When it was opened.' })
  firstActivityAt: Date;

  @Field(() => Date)
  lastActivityAt: Date;
}
