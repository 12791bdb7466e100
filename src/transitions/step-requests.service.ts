import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { notFound, ParleyError } from '../common/errors/errors.js';
import { isId } from '../common/values/ids.js';
import { lockRoom, type Person } from '../participants/membership/membership.js';
import { noticeDraft } from '../timeline/log/notice.js';
import { Timeline } from '../timeline/timeline.service.js';
import { StepRequest, StepRequestStatus } from './log/step-request.entity.js';
import { wordsFor } from './step-requests.js';

const { PENDING, DECLINED } = StepRequestStatus;

/** What the host makes of what people asked it for, where it makes no step of it. */
@Injectable()
export class StepRequests {
  constructor(
    private readonly dataSource: DataSource,
    private readonly timeline: Timeline,
  ) {}

  /** With a notice to the room; once, however often it is said. @throws NOT_FOUND, CONFLICT (it was decided already) */
  async decline(host: Person, id: string, reason: string | null): Promise<StepRequest> {
    const known = isId(id) ? await this.dataSource.manager.findOneBy(StepRequest, { id }) : null;
    if (!known) throw notFound();
    return this.timeline.commit(async (tx) => {
      await lockRoom(tx.manager, known.roomId);
      const request = await tx.manager.findOneByOrFail(StepRequest, { id });
      if (request.status === DECLINED) return request;
      if (request.status !== PENDING) throw new ParleyError('CONFLICT', `This request is ${request.status}`, { status: request.status });
      await tx.manager.update(StepRequest, { id }, { status: DECLINED });
      const { roomId, aggregate, aggregateId, event: requested } = request;
      const about = { requestId: id, aggregate, aggregateId, requested, ...(reason && { reason }) };
      const text = `The host declined to ${wordsFor(requested, aggregate)}`;
      await tx.append(
        noticeDraft(roomId, text, { event: 'transition.declined', actorId: host.userId, ...about, words: { requested, aggregate } }),
      );
      return { ...request, status: DECLINED };
    });
  }
}
