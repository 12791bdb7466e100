import { Injectable } from '@nestjs/common';
import type { Connection } from '../../database/sql.js';

/** Under which the one direct room of two people is found. */
export const directKeyOf = (userId: string, otherId: string): string => `DIRECT:${[userId, otherId].sort().join(':')}`;

/** Whether two people may have a direct room; also asked of whom a person seats in a room of their own making. */
export type DirectRoomJudge = (connection: Connection, userId: string, otherId: string) => Promise<boolean>;

export const NO_CONTACT = 'This person is not among your contacts';

/** Where features that come later say who may write to whom. Without a judge everybody may who knows the other's id. */
@Injectable()
export class DirectRooms {
  private readonly judges: DirectRoomJudge[] = [];

  judgeBy(judge: DirectRoomJudge): void {
    this.judges.push(judge);
  }

  /** All of them have to agree. */
  async mayOpen(connection: Connection, userId: string, otherId: string): Promise<boolean> {
    for (const judge of this.judges) if (!(await judge(connection, userId, otherId))) return false;
    return true;
  }
}
