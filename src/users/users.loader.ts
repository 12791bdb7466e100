import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { RequestContext } from '../auth/context.js';
import { perContext } from '../common/graphql/loader.js';
import type { User } from './user.entity.js';
import { usersByIds } from './users.queries.js';

/** People by id: whatever one execution asks for becomes one statement. */
@Injectable()
export class UsersLoader {
  private readonly byContext = perContext<RequestContext, string, User>(
    async (ids) => new Map((await usersByIds(this.database, ids)).map((user) => [user.id, user])),
  );
  private readonly primed = new WeakMap<RequestContext, Map<string, User>>();

  constructor(private readonly database: DataSource) {}

  /**
   * Nobody is ever deleted, so the id of a foreign key finds its person. At once when they were primed: a page whose fields
   * are all there is executed in one go, without a promise for each.
   */
  load(context: RequestContext, id: string): User | Promise<User | undefined> {
    return this.primed.get(context)?.get(id) ?? this.byContext(context).load(id);
  }

  /** For a statement that has read these people along with something else. */
  prime(context: RequestContext, users: readonly User[]): void {
    const known = this.primed.get(context) ?? new Map<string, User>();
    for (const user of users) known.set(user.id, user);
    this.primed.set(context, known);
  }
}
