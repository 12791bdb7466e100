import { Injectable } from '@nestjs/common';
import type { ParleyError } from '../../common/errors/errors.js';
import type { Connection } from '../../database/sql.js';
import type { Person } from '../../participants/membership/membership.js';
import type { Action } from '../../policy/policy.js';

/** Somebody whose role may do so is about to close, reopen, archive or delete a room. */
export interface RoomQuestion {
  roomId: string;
  actor: Person;
  action: Extract<Action, 'room.close' | 'room.reopen' | 'room.archive' | 'room.delete'>;
}

/** What stands against it, asked under the room's lock; undefined: nothing. */
export type RoomRule = (connection: Connection, question: RoomQuestion) => Promise<ParleyError | undefined>;

/** Where features that come later say who ends their rooms and begins them again. What their own steps do (`room-steps.ts`) is not asked. */
@Injectable()
export class RoomRules {
  private readonly rules: RoomRule[] = [];

  add(rule: RoomRule): void {
    this.rules.push(rule);
  }

  /** @throws what a rule says against it */
  async require(connection: Connection, question: RoomQuestion): Promise<void> {
    for (const rule of this.rules) {
      const refusal = await rule(connection, question);
      if (refusal) throw refusal;
    }
  }
}
