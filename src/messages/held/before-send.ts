import { Injectable } from '@nestjs/common';
import { ParleyError } from '../../common/errors/errors.js';
import type { RoomKind } from '../../rooms/room/room.entity.js';
import type { Draft } from '../../timeline/log/append.queries.js';

/** A message that somebody wants to send, or to edit: then it is what it would become. */
export interface Asked {
  draft: Draft;
  /** Null for a new one. */
  messageId: string | null;
  roomKind: RoomKind;
  /** The host's own id of the sender. */
  senderExternalId: string;
}

export type Verdict =
  | { verdict: 'allow' }
  | { verdict: 'rewrite'; content: string }
  | { verdict: 'reject'; reason: string }
  | { verdict: 'hold'; reason: string | null }
  /** It cannot be told at the moment, and without a verdict it is not sent. */
  | { verdict: 'unavailable' };

/** What whoever wrote it hears of a message that was rejected. */
export const rejected = (reason: string) => new ParleyError('FORBIDDEN', reason, { reason });

/** Somebody who has a say before a message is written. */
export interface MessageCheck {
  /** Whether messages of this room are to be judged. Asked for each of them, so it has to be cheap. */
  concerns(roomId: string): boolean;
  judge(asked: Asked): Promise<Verdict>;
}

/** Where features that come later put in their word before a message is written. */
@Injectable()
export class BeforeSend {
  private readonly checks: MessageCheck[] = [];

  register(check: MessageCheck): void {
    this.checks.push(check);
  }

  concerns(roomId: string): boolean {
    return this.checks.some((check) => check.concerns(roomId));
  }

  /** One after the other: what one rewrites the next one sees, and the first that does not let it pass has decided. */
  async judge(asked: Asked): Promise<Verdict> {
    let { draft } = asked;
    for (const check of this.checks) {
      if (!check.concerns(draft.roomId)) continue;
      const verdict = await check.judge({ ...asked, draft });
      if (verdict.verdict === 'rewrite') draft = { ...draft, content: verdict.content };
      else if (verdict.verdict !== 'allow') return verdict;
    }
    return draft.content === null || draft === asked.draft ? { verdict: 'allow' } : { verdict: 'rewrite', content: draft.content };
  }
}
