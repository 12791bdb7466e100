import { Injectable } from '@nestjs/common';
import { type RequestContext, requireViewer } from '../../auth/context.js';
import { perContext } from '../../common/graphql/loader.js';
import type { Membership } from './membership.js';
import { Memberships } from './memberships.service.js';

/** The viewer's standing in the rooms of a list, for all of them at once. */
@Injectable()
export class MembershipsLoader {
  private readonly mine = perContext<RequestContext, string, Membership>(async (roomIds, context) => {
    const found = await this.memberships.findAll(roomIds, requireViewer(context));
    return new Map(found.map((membership) => [membership.roomId, membership]));
  });

  constructor(private readonly memberships: Memberships) {}

  /** Undefined for whom the room might as well not exist. */
  of(context: RequestContext, roomId: string): Promise<Membership | undefined> {
    return this.mine(context).load(roomId);
  }
}
