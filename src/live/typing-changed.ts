import { Field, ID, ObjectType } from '@nestjs/graphql';
import type { PassingState } from './hub/log.js';

/** So long after its last renewal it counts as ended on every node, whatever became of the node that took the signals. */
const LAPSES_AFTER_MS = 9_000;

@ObjectType({
  description:
    'Somebody has begun or stopped to type; one that goes on is told again every 2 seconds. Everybody in the room is told, the person included. It is stored nowhere.',
})
export class TypingChanged implements PassingState {
  @Field(() => ID)
  readonly userId: string;

  @Field(() => Boolean)
  readonly isTyping: boolean;

  constructor(userId: string, isTyping: boolean) {
    this.userId = userId;
    this.isTyping = isTyping;
  }

  get lapse() {
    return this.isTyping ? { afterMs: LAPSES_AFTER_MS, to: new TypingChanged(this.userId, false) } : null;
  }
}
