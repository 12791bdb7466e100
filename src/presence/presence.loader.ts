import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type RequestContext, requireViewer } from '../auth/context.js';
import { perContext } from '../common/graphql/loader.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { sharingRoomWith } from './presence.queries.js';

/** Whose presence is whose to see, for all the people of one execution at once. */
@Injectable()
export class PresenceLoader {
  private readonly shared = perContext<RequestContext, string, boolean>(async (ids, context) => {
    const sharing = await sharingRoomWith(this.dataSource, requireViewer(context).userId, ids);
    return new Map(sharing.map((id) => [id, true]));
  });

  constructor(
    private readonly dataSource: DataSource,
    private readonly users: UsersService,
  ) {}

  /** Themselves, platform staff, and who is in a room with them. */
  async isFor(context: RequestContext, user: User): Promise<boolean> {
    return this.users.isOpenTo(context.viewer, user) || (await this.shared(context).load(user.id)) === true;
  }
}
