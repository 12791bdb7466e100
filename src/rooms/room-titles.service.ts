import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { PERSON_RENAMED, type RenamedPerson } from '../auth/auth.queries.js';
import { run } from '../database/sql.js';
import { Jobs } from '../jobs/jobs.service.js';
import { lockRoom } from '../participants/membership/membership.js';
import { recount } from '../participants/seats/recount.js';

/** Those whose title names people, whether it shows or waits for the day on which somebody takes theirs back. */
const NAMED_AFTER = {
  name: 'rooms_named_after_people',
  text: `select r.id from participants p join rooms r on r.id = p.room_id
    where p.user_id = $1 and p.status in ('ACTIVE', 'MUTED') and r.deleted_at is null
      and coalesce(r.title_words->>'of', 'people') in ('people', 'bid') order by r.id`,
};

/** Titles that are made from names follow them. A host system decides what people are called, so it is no news of the room's. */
@Injectable()
export class RoomTitles {
  constructor(
    private readonly dataSource: DataSource,
    jobs: Jobs,
  ) {
    jobs.handle(PERSON_RENAMED, (payload) => this.follow(payload as RenamedPerson));
  }

  /** One commit for each room: people are talking there. */
  private async follow({ userId }: RenamedPerson): Promise<void> {
    for (const { id } of await run<{ id: string }>(this.dataSource, NAMED_AFTER, [userId])) {
      await this.dataSource.transaction(async (manager) => {
        await lockRoom(manager, id);
        await recount(manager, id);
      });
    }
  }
}
