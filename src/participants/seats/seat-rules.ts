import { Injectable } from '@nestjs/common';
import type { ParleyError } from '../../common/errors/errors.js';
import type { Connection } from '../../database/sql.js';
import type { NoticeEvent } from '../../timeline/log/notice.js';
import type { Person } from '../membership/membership.js';

/** Somebody is about to decide over the seat of another. */
export interface SeatQuestion {
  roomId: string;
  actor: Person;
  userId: string;
  /** What the room would be told: `participant.removed`. */
  event: NoticeEvent;
  /** They get a seat by it, which they do not have now. */
  takesSeat: boolean;
}

/** What stands against it, asked under the room's lock; undefined: nothing. */
export type SeatRule = (connection: Connection, question: SeatQuestion) => Promise<ParleyError | undefined>;

/** Where features that come later say who belongs into their rooms. What their own steps do (`seats.ts`) is not asked. */
@Injectable()
export class SeatRules {
  private readonly rules: SeatRule[] = [];

  add(rule: SeatRule): void {
    this.rules.push(rule);
  }

  /** @throws what a rule says against it */
  async require(connection: Connection, question: SeatQuestion): Promise<void> {
    for (const rule of this.rules) {
      const refusal = await rule(connection, question);
      if (refusal) throw refusal;
    }
  }
}
