import { Injectable } from '@nestjs/common';

/** Whether two people may have a direct room. */
export type DirectRoomJudge = (userId: string, otherId: string) => Promise<boolean>;

/** Where features that come later say who may write to whom. Without a judge everybody may who knows the other's id. */
@Injectable()
export class DirectRooms {
  private readonly judges: DirectRoomJudge[] = [];

  judgeBy(judge: DirectRoomJudge): void {
    this.judges.push(judge);
  }

  /** All of them have to agree. */
  async mayOpen(userId: string, otherId: string): Promise<boolean> {
    for (const judge of this.judges) if (!(await judge(userId, otherId))) return false;
    return true;
  }
}
