import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import type { RequestContext } from '../auth/context.js';
import { perContext } from '../common/loader.js';
import { User } from './user.entity.js';

/** People by id: whatever one execution asks for becomes one statement. */
@Injectable()
export class UsersLoader {
  private readonly byContext = perContext<RequestContext, string, User>(async (ids) => {
    const users = await this.database.getRepository(User).findBy({ id: In(ids) });
    return new Map(users.map((user) => [user.id, user]));
  });

  constructor(private readonly database: DataSource) {}

  /** Nobody is ever deleted, so the id of a foreign key finds its person. */
  load(context: RequestContext, id: string): Promise<User | undefined> {
    return this.byContext(context).load(id);
  }
}
