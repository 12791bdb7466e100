import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock } from '../../../common/clock.js';
import { badInput, notFound, ParleyError } from '../../../common/errors/errors.js';
import { isId, newId } from '../../../common/values/ids.js';
import { type Config, CONFIG } from '../../../config/config.js';
import type { Person } from '../../../participants/membership/membership.js';
import { bringIn } from '../../../participants/seats/seats.js';
import { ParticipantRole, PlatformRole, RoomStatus } from '../../../policy/roles.js';
import { RoomKind, RoomVisibility } from '../../../rooms/room/room.entity.js';
import { openRoom, setRoomStatus } from '../../../rooms/room/room-steps.js';
import { lockRoomByPair } from '../../../rooms/room/rooms.queries.js';
import type { TimelineTransaction } from '../../../timeline/timeline.service.js';
import type { Actor } from '../../../transitions/machine/machine.js';
import { Authority } from '../../../transitions/machine/subject.js';
import { Transitions } from '../../../transitions/transitions.service.js';
import { Job, JobStatus } from '../job/job.entity.js';
import { jobMachine } from '../job/job.machine.js';
import { hasOffered, liveOffer, shareJob } from '../job/job.queries.js';
import { JobOffer } from './job-offer.entity.js';
import { jobOfferMachine } from './job-offer.machine.js';

/** For how much who would do which job. */
export interface OfferPlan {
  jobId: string;
  workerId: string;
  amountMinor: number;
  expiresAt?: Date | null;
  externalRef?: string | null;
  idempotencyKey?: string | null;
}

/** An offer comes into being here: in the bidder's room with the poster, which opens with their first one. */
@Injectable()
export class JobOffers {
  constructor(
    private readonly dataSource: DataSource,
    private readonly transitions: Transitions,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * As a person or a system of the host may. Where only the host moves the job, a person asks it for the offer, in the room that the offer
   * would be in, and there is none yet.
   *
   * @throws FORBIDDEN, and what `make` throws
   */
  async makeAs(person: Person, plan: Omit<OfferPlan, 'workerId'> & { workerId?: string | null }): Promise<JobOffer | null> {
    const isHost = person.platformRole === PlatformRole.SERVICE;
    const { userId } = person;
    const workerId = (plan.workerId ?? (isHost ? null : userId))?.toLowerCase();
    if (!workerId) throw badInput('input.workerId', 'The host says for whom it offers');
    const forbidden = (field: string) => new ParleyError('FORBIDDEN', 'This is for the host to say', { field: `input.${field}` });
    if (!isHost && workerId !== userId) throw forbidden('workerId');
    if (!isHost && plan.externalRef) throw forbidden('externalRef');
    const actor: Actor = isHost ? { source: 'SERVICE', userId, role: 'SERVICE' } : { source: 'USER', userId, role: 'WORKER' };
    const job = isHost || !isId(plan.jobId) ? null : await this.dataSource.manager.findOneBy(Job, { id: plan.jobId });
    if (job?.authority !== Authority.HOST) return this.make(actor, { ...plan, workerId });
    await this.ask(actor, job, { ...plan, workerId });
    return null;
  }

  private ask(actor: Actor, job: Job, { idempotencyKey = null, ...plan }: OfferPlan): Promise<void> {
    const { workerId, amountMinor } = plan;
    const expiresAt = this.expiryOf(plan);
    const payload = { workerId, amountMinor, ...(expiresAt && { expiresAt: expiresAt.toISOString() }) };
    const request = { event: 'make', payload, idempotencyKey };
    return this.transitions.askToBeginApart([jobMachine, job], jobOfferMachine, actor, request, (tx) => this.open(tx, actor, plan));
  }

  /** @throws BAD_USER_INPUT */
  private expiryOf({ expiresAt = null }: OfferPlan): Date | null {
    if (expiresAt && expiresAt <= this.clock.now()) throw badInput('input.expiresAt', 'expiresAt must be in the future');
    return expiresAt;
  }

  /** The same `externalRef` or key is the same offer. @throws NOT_FOUND, CONFLICT, BAD_USER_INPUT, IDEMPOTENCY_CONFLICT */
  async make(actor: Actor, { idempotencyKey = null, externalRef = null, ...plan }: OfferPlan): Promise<JobOffer> {
    const { jobId, workerId, amountMinor } = plan;
    const expiresAt = this.expiryOf(plan);
    const payload = { jobId, workerId, amountMinor, expiresAt: expiresAt?.toISOString() ?? null, ...(externalRef && { externalRef }) };
    const request = { event: 'make', payload, idempotencyKey, externalRef };
    return this.transitions.begin(jobOfferMachine, actor, request, (tx) => this.open(tx, actor, { ...plan, externalRef }));
  }

  private async open(tx: TimelineTransaction, actor: Actor, { jobId, workerId, amountMinor, expiresAt, externalRef }: OfferPlan) {
    const { manager } = tx;
    const job = isId(jobId) ? await manager.findOneBy(Job, { id: jobId }) : null;
    if (!job || !(await this.isKnown(manager, job, workerId, actor))) throw notFound();
    if (job.posterId === workerId) throw new ParleyError('CONFLICT', 'Nobody works for themselves');
    const roomId = await this.enterRoom(tx, job, workerId, actor.userId);
    // Nobody accepts another one, and nobody ends the job, between this look and the commit.
    const { status } = await shareJob(manager, job.id);
    if (status !== JobStatus.OPEN) throw new ParleyError('CONFLICT', 'The job takes no offers any more', { jobStatus: status });
    if (await liveOffer(manager, job.id, workerId)) throw new ParleyError('CONFLICT', 'There is an offer already: withdraw it first');
    const { posterId, currency, authority } = job;
    return Object.assign(new JobOffer(), {
      ...{ id: newId(), roomId, jobId: job.id, posterId, workerId, amountMinor, currency, authority, externalRef, hostVersion: null },
      expiresAt: expiresAt ?? new Date(this.clock.now().getTime() + this.config.jobOfferMs),
    });
  }

  /** Of a job that is not in the open know its poster, its bidders and the host; for everybody else there is none. */
  private async isKnown(manager: EntityManager, { id, status, posterId }: Job, workerId: string, { role }: Actor): Promise<boolean> {
    return status === JobStatus.OPEN || posterId === workerId || role === 'SERVICE' || hasOffered(manager, id, workerId);
  }

  /** Locked from here on. Who has left comes back; a room that was closed is open again. @throws CONFLICT (blocked) */
  private async enterRoom(tx: TimelineTransaction, job: Job, workerId: string, by: string | null): Promise<string> {
    const pairKey = `JOB_OFFERS:${job.id}:${workerId}`;
    const people = [
      { userId: workerId, role: ParticipantRole.WORKER },
      { userId: job.posterId, role: ParticipantRole.CLIENT },
    ];
    const known = await lockRoomByPair(tx.manager, pairKey);
    if (known) {
      await setRoomStatus(tx, known, RoomStatus.OPEN, by);
      for (const person of people) await bringIn(tx, known, person, by);
      return known;
    }
    const title = { of: 'bid' as const, number: job.number, job: job.title, userId: workerId };
    const settings = { kind: RoomKind.JOB, visibility: RoomVisibility.PRIVATE, maxParticipants: 10, isSensitive: false };
    const opened = await openRoom(tx, { ...settings, title, pairKey, people }, by);
    // Another offer of theirs opened it meanwhile, and this attempt is over.
    if (opened === null) throw Object.assign(new Error('the bidder has a room'), { code: '23505' });
    return opened;
  }
}
