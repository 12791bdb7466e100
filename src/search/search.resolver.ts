import { Args, Field, ObjectType, Query, Resolver } from '@nestjs/graphql';
import { DataSource } from 'typeorm';
import { CurrentViewer, type Viewer } from '../auth/context.js';
import { connect, Connection, decodeCursor, encodeCursor, ForwardPageArgs, pageSize } from '../common/graphql/connection.js';
import { notFound } from '../common/errors/errors.js';
import { isId } from '../common/values/ids.js';
import { isInstantText } from '../common/values/instant.js';
import { Memberships } from '../participants/membership/memberships.service.js';
import { SignedIn } from '../policy/permission.decorators.js';
import { Message } from '../timeline/log/message.entity.js';
import { SearchMessagesInput } from './search.inputs.js';
import { MATCH_END, MATCH_START, searchMessages } from './search.queries.js';

@ObjectType({ description: 'A piece of an excerpt.' })
export class ExcerptPart {
  @Field(() => String)
  text: string;

  @Field(() => Boolean, { description: 'This is what was searched for: mark it.' })
  isMatch: boolean;
}

@ObjectType({ description: 'A message that was found, with the words around each match.' })
export class MessageHit {
  @Field(() => Message)
  message: Message;

  @Field(() => [ExcerptPart], {
    description:
      "From the text that is searched, as it is stored: the system's own is English, also where you show it in another language.",
  })
  excerpt: ExcerptPart[];
}

@ObjectType({ description: 'What was found, newest first.' })
export class MessageSearchConnection extends Connection(MessageHit) {}

/** "a \u0001match\u0002 here" as parts. */
function toParts(excerpt: string): ExcerptPart[] {
  const parts = excerpt.split(MATCH_START).flatMap((piece, at) => {
    const [match = '', rest] = piece.split(MATCH_END, 2);
    if (at === 0 || rest === undefined) return [{ text: piece, isMatch: false }];
    return [
      { text: match, isMatch: true },
      { text: rest, isMatch: false },
    ];
  });
  return parts.filter((part) => part.text !== '');
}

@Resolver()
export class SearchResolver {
  constructor(
    private readonly dataSource: DataSource,
    private readonly memberships: Memberships,
  ) {}

  @SignedIn()
  @Query(() => MessageSearchConnection, {
    description: 'In the rooms that I am in, as far as I may see their history; deleted messages and notices are not found.',
  })
  async searchMessages(@CurrentViewer() viewer: Viewer, @Args('input') input: SearchMessagesInput, @Args() page: ForwardPageArgs) {
    const { text, roomId = null, senderId = null, kinds = null, from = null, to = null } = input;
    if (roomId !== null) await this.requireSeat(viewer, roomId);
    const size = pageSize(page.first);
    const [at = '', id = ''] = page.after == null ? [] : decodeCursor(page.after, 'after', [isInstantText, isId]);
    const after = page.after == null ? null : { at, id };
    // A person who cannot exist has sent nothing.
    const canExist = senderId === null || isId(senderId);
    const found = canExist
      ? await searchMessages(this.dataSource, { userId: viewer.userId, text, roomId, senderId, kinds, from, to, after, limit: size + 1 })
      : [];
    const hits = found.slice(0, size).map(({ message, excerpt }) => ({ message, excerpt: toParts(excerpt) }));
    const cursor = ({ message }: MessageHit) => encodeCursor([message.createdAt.toISOString(), message.id]);
    return connect(hits, cursor, { next: found.length > size, previous: page.after != null });
  }

  /** @throws NOT_FOUND where the viewer has no seat, as if the room did not exist */
  private async requireSeat(viewer: Viewer, roomId: string): Promise<void> {
    const me = isId(roomId) ? await this.memberships.find({ id: roomId }, viewer) : null;
    if (!me || me.isVisitor) throw notFound();
  }
}
