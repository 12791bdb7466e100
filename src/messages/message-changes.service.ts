import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { badInput, notFound, ParleyError } from '../common/errors/errors.js';
import { isId } from '../common/values/ids.js';
import { type Config, CONFIG } from '../config/config.js';
import { run } from '../database/sql.js';
import { enterRoom, type Membership, type Person } from '../participants/membership/membership.js';
import type { Action } from '../policy/policy.js';
import { refuseWhileHeld } from '../rooms/room/room-steps.js';
import type { Message } from '../timeline/log/message.entity.js';
import { Timeline, type TimelineTransaction } from '../timeline/timeline.service.js';
import {
  type AddReactionInput,
  type DeleteMessageInput,
  type EditMessageInput,
  PEOPLES_KINDS,
  type RemoveReactionInput,
} from './message/messages.inputs.js';
import { masked } from './message/masked.js';
import { lockMessage } from './message/messages.queries.js';

const MAX_REACTION_KINDS = 30;

const KEEP = {
  name: 'keep_message_revision',
  text: `insert into message_revisions (message_id, revision, content, metadata, replaced_by, reason)
    select id, $2, content, metadata, $3, $4 from messages where id = $1`,
};
const EDIT = {
  name: 'edit_message',
  text: `update messages set content = $2, metadata = $3, edited_at = date_trunc('milliseconds', now()), revision = $4 where id = $1 returning edited_at`,
};
const DELETE = {
  name: 'delete_message',
  text: `
with gone as (delete from reactions where message_id = $1)
update messages set content = null, metadata = null, client_fingerprint = null, deleted_at = date_trunc('milliseconds', now()), deleted_by = $2, revision = $3
where id = $1 returning deleted_at`,
};
const TOUCH = {
  name: 'touch_message',
  text: `update messages set revision = $2, reacted_at = date_trunc('milliseconds', now()) where id = $1`,
};
/** The room list shows the newest message as it is now. */
const PREVIEW = { name: 'preview', text: 'update rooms set last_message_preview = left($3, 200) where id = $1 and last_sequence = $2' };

const REACT = {
  name: 'add_reaction',
  text: `insert into reactions (message_id, user_id, emoji)
    select $1, $2, $3 where exists (select 1 from reactions where message_id = $1 and emoji = $3)
      or (select count(distinct emoji) from reactions where message_id = $1) < $4
    on conflict do nothing returning 1 as added`,
};
const REACTED = { name: 'has_reacted', text: 'select 1 as found from reactions where message_id = $1 and user_id = $2 and emoji = $3' };
const UNREACT = {
  name: 'remove_reaction',
  text: 'delete from reactions where message_id = $1 and user_id = $2 and emoji = $3 returning 1 as removed',
};

/** What happens to a message after it was sent. Each change moves the room's revision in the same commit. */
@Injectable()
export class MessageChanges {
  constructor(
    private readonly timeline: Timeline,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** The older text is kept. @throws FORBIDDEN (not one's own), EDIT_WINDOW_PASSED, CONFLICT (deleted) */
  edit(actor: Person, input: EditMessageInput): Promise<Message> {
    return this.change(actor, input, 'message.edit', async (tx, message) => {
      if (!PEOPLES_KINDS.includes(message.kind)) throw new ParleyError('FORBIDDEN');
      const age = this.clock.now().getTime() - message.createdAt.getTime();
      if (age > this.config.editWindowMs) throw new ParleyError('EDIT_WINDOW_PASSED', undefined, { windowMs: this.config.editWindowMs });
      const metadata = input.metadata === undefined ? message.metadata : input.metadata;
      const revision = await tx.nextRevision(message.roomId);
      await run(tx.manager, KEEP, [message.id, revision, actor.userId, null]);
      const content = masked(this.config, input.content);
      const values = [message.id, content, metadata && JSON.stringify(metadata), revision];
      const [row] = await run<{ edited_at: Date }>(tx.manager, EDIT, values);
      await run(tx.manager, PREVIEW, [message.roomId, message.sequence, content]);
      return { ...message, content, metadata, revision, editedAt: row?.edited_at ?? null };
    });
  }

  /** A tombstone remains; what it said goes to where only staff reads. Deleting twice changes nothing. @throws FORBIDDEN, CONFLICT (a live dispute) */
  delete(actor: Person, input: DeleteMessageInput): Promise<Message> {
    return this.change(actor, input, 'message.delete', async (tx, message) => {
      if (message.senderId !== actor.userId && !input.reason) throw badInput('input.reason', "Say why somebody else's message is deleted");
      if (!PEOPLES_KINDS.includes(message.kind)) throw new ParleyError('FORBIDDEN', 'What the system says stays');
      await refuseWhileHeld(tx.manager, message.roomId);
      const revision = await tx.nextRevision(message.roomId);
      await run(tx.manager, KEEP, [message.id, revision, actor.userId, input.reason ?? null]);
      const [row] = await run<{ deleted_at: Date }>(tx.manager, DELETE, [message.id, actor.userId, revision]);
      await run(tx.manager, PREVIEW, [message.roomId, message.sequence, null]);
      return { ...message, content: null, metadata: null, revision, deletedAt: row?.deleted_at ?? null, deletedBy: actor.userId };
    });
  }

  /** Idempotent. @throws BAD_USER_INPUT past 30 kinds under one message */
  addReaction(actor: Person, input: AddReactionInput): Promise<Message> {
    return this.change(actor, input, 'message.react', async (tx, message) => {
      const reaction = [message.id, actor.userId, input.emoji];
      const [added] = await run(tx.manager, REACT, [...reaction, MAX_REACTION_KINDS]);
      if (added) return this.touch(tx, message);
      if ((await run(tx.manager, REACTED, reaction)).length > 0) return null;
      throw badInput('input.emoji', `A message takes ${MAX_REACTION_KINDS} kinds of reaction`);
    });
  }

  /** Idempotent. */
  removeReaction(actor: Person, input: RemoveReactionInput): Promise<Message> {
    return this.change(actor, input, 'message.react', async (tx, message) => {
      const [removed] = await run(tx.manager, UNREACT, [message.id, actor.userId, input.emoji]);
      return removed ? this.touch(tx, message) : null;
    });
  }

  private async touch(tx: TimelineTransaction, message: Message): Promise<Message> {
    const revision = await tx.nextRevision(message.roomId);
    await run(tx.manager, TOUCH, [message.id, revision]);
    return { ...message, revision };
  }

  /** @param make the message as it is from now on; null when nothing changed */
  private change(
    actor: Person,
    input: { roomId: string; messageId: string },
    action: Action,
    make: (tx: TimelineTransaction, message: Message, me: Membership) => Promise<Message | null>,
  ): Promise<Message> {
    return this.timeline.commit(async (tx) => {
      const me = await enterRoom(tx.manager, input.roomId, actor, action);
      const message = isId(input.messageId) ? await lockMessage(tx.manager, me.roomId, input.messageId) : null;
      if (!message || message.sequence <= me.horizon) throw notFound();
      me.require(action, { ownerId: message.senderId });
      if (message.deletedAt) {
        if (action === 'message.delete') return message;
        throw new ParleyError('CONFLICT', 'This message was deleted');
      }
      const changed = await make(tx, message, me);
      if (changed) tx.changed(changed);
      return changed ?? message;
    });
  }
}
