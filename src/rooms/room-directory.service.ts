import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { RequestContext, Viewer } from '../auth/context.js';
import { connect, decodeCursor, encodeCursor, type ForwardPageArgs, pageSize } from '../common/graphql/connection.js';
import { badInput } from '../common/errors/errors.js';
import { isId } from '../common/values/ids.js';
import { isInstantText } from '../common/values/instant.js';
import { textProblem } from '../common/text/text.js';
import { MAX_TITLE } from '../wording/titles.js';
import type { Room, RoomKind } from './room/room.entity.js';
import type { RoomFilter } from './room/rooms.inputs.js';
import { RoomsLoader } from './room/rooms.loader.js';
import { type ActivityKey, myRooms, publicRooms, roomWith } from './room/rooms.queries.js';
import { unreadByKind } from './room/unread.queries.js';

/** Finding rooms: mine, public ones, the one with somebody. */
@Injectable()
export class RoomDirectory {
  constructor(
    private readonly dataSource: DataSource,
    private readonly loader: RoomsLoader,
  ) {}

  /** One statement for the rooms, their newest messages, and my side of each. */
  async mine(context: RequestContext, viewer: Viewer, page: ForwardPageArgs, filter: Partial<RoomFilter> = {}) {
    const size = pageSize(page.first);
    const listing = await myRooms(this.dataSource, viewer.userId, filter, this.keyOf(page), size + 1);
    for (const { room, viewer: row } of listing) this.loader.primeViewer(context, room.id, row);
    return this.connect(
      listing.map(({ room }) => room),
      size,
      page,
    );
  }

  async public(viewer: Viewer, page: ForwardPageArgs, title: string | null) {
    const problem = title === null ? undefined : textProblem(title, { min: 1, max: MAX_TITLE });
    if (problem) throw badInput('title', `title ${problem}`);
    const size = pageSize(page.first);
    return this.connect(await publicRooms(this.dataSource, viewer.userId, title, this.keyOf(page), size + 1), size, page);
  }

  with(viewer: Viewer, userIds: string[], kind: RoomKind | null): Promise<Room | null> {
    const others = [...new Set(userIds.map((id) => id.toLowerCase()))].filter((id) => id !== viewer.userId);
    if (others.length === 0 || !others.every(isId)) return Promise.resolve(null);
    return roomWith(this.dataSource, viewer.userId, others, kind);
  }

  async unread(viewer: Viewer) {
    const byKind = (await unreadByKind(this.dataSource, viewer.userId)).filter(({ count }) => count > 0);
    return { total: byKind.reduce((total, { count }) => total + count, 0), byKind };
  }

  private keyOf(page: ForwardPageArgs): ActivityKey | null {
    if (page.after == null) return null;
    const [at = '', id = ''] = decodeCursor(page.after, 'after', [isInstantText, isId]);
    return { at, id };
  }

  private connect(rooms: Room[], size: number, page: ForwardPageArgs) {
    const hasMore = rooms.length > size;
    const cursor = (room: Room) => encodeCursor([room.lastActivityAt.toISOString(), room.id]);
    return connect(hasMore ? rooms.slice(0, size) : rooms, cursor, { next: hasMore, previous: page.after != null });
  }
}
