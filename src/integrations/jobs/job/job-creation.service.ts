import { Injectable } from '@nestjs/common';
import { badInput, ParleyError } from '../../../common/errors/errors.js';
import { newId, newRoomCode } from '../../../common/values/ids.js';
import type { Person } from '../../../participants/membership/membership.js';
import { ParticipantRole, PlatformRole } from '../../../policy/roles.js';
import { RoomKind, RoomVisibility } from '../../../rooms/room/room.entity.js';
import { openRoom } from '../../../rooms/room/room-steps.js';
import { MAX_SEATS } from '../../../rooms/room/rooms.inputs.js';
import type { TimelineTransaction } from '../../../timeline/timeline.service.js';
import type { Actor } from '../../../transitions/machine/machine.js';
import { Authority } from '../../../transitions/machine/subject.js';
import { Transitions } from '../../../transitions/transitions.service.js';
import { Job } from './job.entity.js';
import { jobMachine } from './job.machine.js';

/** What is to be done, for whom, and where. */
export interface JobPlan {
  posterId: string;
  title: string;
  description?: string | null;
  area?: string | null;
  address?: string | null;
  phone?: string | null;
  budgetMinor: number;
  currency: string;
  startsAt?: Date | null;
  endsAt?: Date | null;
  openUntil?: Date | null;
  isEscrow: boolean;
  externalRef?: string | null;
  authority: Authority;
  idempotencyKey?: string | null;
}

/** A job comes into being here, as a draft, with its room. */
@Injectable()
export class JobCreation {
  constructor(private readonly transitions: Transitions) {}

  /** As a person or a system of the host may. @throws FORBIDDEN, and what `create` throws */
  createAs(person: Person, plan: Omit<JobPlan, 'posterId'> & { posterId?: string | null }): Promise<Job> {
    const isHost = person.platformRole === PlatformRole.SERVICE;
    const posterId = (plan.posterId ?? (isHost ? null : person.userId))?.toLowerCase();
    if (!posterId) throw badInput('input.posterId', 'The host says for whom it posts');
    if (!isHost) {
      const forbidden = (field: string) => new ParleyError('FORBIDDEN', 'This is for the host to say', { field: `input.${field}` });
      if (posterId !== person.userId) throw forbidden('posterId');
      if (plan.externalRef) throw forbidden('externalRef');
      if (plan.authority === Authority.HOST) throw forbidden('authority');
    }
    const { userId } = person;
    const actor: Actor = isHost ? { source: 'SERVICE', userId, role: 'SERVICE' } : { source: 'USER', userId, role: 'CLIENT' };
    return this.create(actor, { ...plan, posterId });
  }

  /** The same `externalRef` or key is the same job, in the same room. @throws BAD_USER_INPUT, IDEMPOTENCY_CONFLICT */
  create(actor: Actor, { idempotencyKey = null, ...plan }: JobPlan): Promise<Job> {
    const { startsAt, endsAt } = plan;
    if (startsAt && endsAt && endsAt < startsAt) throw badInput('input.endsAt', 'The end comes after the beginning');
    const request = { event: 'create', confidential: { ...plan }, idempotencyKey, externalRef: plan.externalRef };
    return this.transitions.begin(jobMachine, actor, request, (tx) => this.make(tx, actor, plan));
  }

  private async make(tx: TimelineTransaction, actor: Actor, { posterId, ...plan }: JobPlan): Promise<Job> {
    const id = newId();
    const number = newRoomCode('').slice(1);
    const roomId = await openRoom(
      tx,
      {
        kind: RoomKind.JOB,
        visibility: RoomVisibility.PRIVATE,
        title: { of: 'job', number, job: plan.title },
        maxParticipants: MAX_SEATS,
        isSensitive: false,
        pairKey: `JOB:${plan.externalRef ?? id}`,
        people: [{ userId: posterId, role: ParticipantRole.CLIENT }],
      },
      actor.userId,
    );
    // Somebody has created it meanwhile, and this attempt is over; or one code in 2^40 was taken.
    if (roomId === null) throw Object.assign(new Error('the job has a room'), { code: '23505' });
    const { title, description = null, area = null, budgetMinor, currency, isEscrow, authority, externalRef = null } = plan;
    const { startsAt = null, endsAt = null, openUntil = null } = plan;
    return Object.assign(new Job(), {
      ...{ id, roomId, number, posterId, title, description, area, budgetMinor, currency, startsAt, endsAt, openUntil },
      ...{ isEscrow, authority, externalRef, hostVersion: null },
      ...{ workerId: null, agreedMinor: null, isHeld: false, cancelProposedBy: null },
    });
  }
}
