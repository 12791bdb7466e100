import { Readable } from 'node:stream';
import { Controller, Get, Headers, Inject, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DataSource } from 'typeorm';
import { AuthService } from '../auth/auth.service.js';
import { notFound, ParleyError } from '../common/errors/errors.js';
import { isId } from '../common/values/ids.js';
import { type Config, CONFIG } from '../config/config.js';
import type { Limiter } from '../limits/limiter.js';
import { Limiters } from '../limits/limiters.service.js';
import { findMembership, type Membership, type Person } from '../participants/membership/membership.js';
import { namesOf } from '../participants/seats/participants.queries.js';
import { PlatformRole } from '../policy/roles.js';
import type { Message } from '../timeline/log/message.entity.js';
import { storyAfter } from '../transitions/subjects/subject-timeline.js';
import type { Transition } from '../transitions/log/transition.entity.js';
import { transitionsOfMessages } from '../transitions/log/transitions.queries.js';
import { Order } from './order.entity.js';

const PAGE = 200;
const ALLOWANCE = { points: 20, seconds: 60 };

type Names = ReadonlyMap<string, string>;

const personOf = (id: string | null, names: Names) => (id === null ? null : { id, name: names.get(id) ?? null });

const stepOf = (step: Transition, names: Names) => ({
  id: step.id,
  aggregate: step.aggregate,
  aggregateId: step.aggregateId,
  version: step.version,
  event: step.event,
  from: step.fromStatus,
  to: step.toStatus,
  actor: personOf(step.actorId, names),
  role: step.actorRole,
  source: step.source,
  reason: step.reason,
});

/** The shape of a line is a contract: README "Orders" lists it. */
const lineOf = (message: Message, step: Transition | undefined, names: Names) => ({
  sequence: message.sequence,
  at: message.createdAt,
  id: message.id,
  kind: message.kind,
  sender: personOf(message.senderId, names),
  content: message.content,
  metadata: message.metadata,
  replyToId: message.replyToId,
  editedAt: message.editedAt,
  deletedAt: message.deletedAt,
  transition: step ? stepOf(step, names) : null,
});

/** The story of an order as JSON Lines, for archives. A page is read when the one before has left: a long story takes no memory. */
@Controller('orders')
export class OrderExportController {
  private readonly limiter: Limiter | null;

  constructor(
    private readonly auth: AuthService,
    private readonly database: DataSource,
    limiters: Limiters,
    @Inject(CONFIG) { rateLimitFactor: factor }: Config,
  ) {
    const points = Math.max(Math.round(ALLOWANCE.points * factor), 1);
    this.limiter = factor === 0 ? null : limiters.create('orderExport', { ...ALLOWANCE, points });
  }

  /** @throws UNAUTHENTICATED, NOT_FOUND (also for strangers), RATE_LIMITED */
  @Get(':id/timeline.jsonl')
  async read(@Param('id') id: string, @Headers('authorization') authorization: string | undefined, @Res() reply: FastifyReply) {
    const viewer = await this.auth.authenticate(authorization);
    if (!viewer) throw new ParleyError('UNAUTHENTICATED');
    if (viewer.platformRole !== PlatformRole.SERVICE) await this.limiter?.take(viewer.userId);
    const order = isId(id) ? await this.database.manager.findOneBy(Order, { id }) : null;
    if (!order) throw notFound();
    const membership = await this.enter(order.roomId, viewer);
    void reply
      .header('content-type', 'application/x-ndjson; charset=utf-8')
      .header('content-disposition', `attachment; filename="order-${order.id}.jsonl"`)
      .header('cache-control', 'no-store')
      .send(Readable.from(this.lines(viewer, membership)));
  }

  /** Whoever loses access meanwhile finds the connection broken, and not a story that seems to be whole. */
  private async *lines(person: Person, { roomId, horizon }: Membership): AsyncGenerator<string> {
    let after = horizon;
    for (;;) {
      after = Math.max(after, (await this.enter(roomId, person)).horizon);
      const messages = await storyAfter(this.database, roomId, after, PAGE);
      if (messages.length === 0) return;
      const ids = messages.map((message) => message.id);
      const steps = new Map((await transitionsOfMessages(this.database, ids)).map((step) => [step.messageId, step]));
      const people = [...messages.map(({ senderId }) => senderId), ...[...steps.values()].map(({ actorId }) => actorId)];
      const names = await namesOf(this.database, [...new Set(people.filter((one) => one !== null))]);
      yield messages.map((message) => `${JSON.stringify(lineOf(message, steps.get(message.id), names))}\n`).join('');
      after = messages.at(-1)!.sequence;
    }
  }

  private async enter(roomId: string, person: Person): Promise<Membership> {
    const membership = await findMembership(this.database, { id: roomId }, person);
    if (!membership) throw notFound();
    membership.require('room.read');
    return membership;
  }
}
