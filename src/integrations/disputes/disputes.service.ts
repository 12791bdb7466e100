import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, In } from 'typeorm';
import type { Viewer } from '../../auth/context.js';
import { Clock } from '../../common/clock.js';
import { badInput, notFound, ParleyError } from '../../common/errors/errors.js';
import { isId, newId } from '../../common/values/ids.js';
import { type Config, CONFIG } from '../../config/config.js';
import { findMembership, lockRoom, type Membership } from '../../participants/membership/membership.js';
import { findParticipant } from '../../participants/seats/participants.queries.js';
import { type Actor, type StepRequest } from '../../transitions/machine/machine.js';
import { Machines } from '../../transitions/machine/machines.js';
import { Authority } from '../../transitions/machine/subject.js';
import { actorOf, Transitions } from '../../transitions/transitions.service.js';
import { Payment } from '../payments/payment/payment.entity.js';
import { Dispute } from './dispute/dispute.entity.js';
import { DisputeContextKind } from './dispute/dispute.enums.js';
import { disputeMachine } from './machine/dispute.machine.js';
import { disputeAbout, lastStepOf, lastWordIn, myDisputes } from './dispute/disputes.queries.js';
import { type CreateDisputeInput, evidenceOfInput, type OpenDisputeInput } from './disputes.inputs.js';
import { requireClaimFits } from './machine/money.js';
import { mayOpen, partIn, type Seat, thingOf } from './dispute/sides.js';

export type DisputePlan = OpenDisputeInput & Pick<CreateDisputeInput, 'openedBy' | 'authority' | 'externalRef'>;

/** Opens disputes, moves them and lists them. */
@Injectable()
export class DisputesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly transitions: Transitions,
    private readonly machines: Machines,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** By a person of the room. @throws what `create` throws */
  open(me: Membership, input: OpenDisputeInput): Promise<Dispute> {
    return this.create(actorOf(me), { ...input, openedBy: me.userId, authority: Authority.PARLEY }, me);
  }

  /**
   * By the host, for somebody of the room. What is repeated under one reference or key is one dispute.
   *
   * @param me who has to be in the room still, in this role
   * @throws FORBIDDEN (it does not concern who opens it), CONFLICT (one is live, it was decided before, or it is too late), BAD_USER_INPUT
   */
  async create(actor: Actor, plan: DisputePlan, me?: Membership): Promise<Dispute> {
    const { roomId, idempotencyKey, statement, messageIds, externalRef, ...claim } = plan;
    const { payload, confidential } = evidenceOfInput({ statement, messageIds });
    const request = {
      event: 'open',
      idempotencyKey,
      externalRef,
      payload: { roomId, ...claim, ...payload, ...(externalRef && { externalRef }) },
      confidential,
    };
    const opened = await this.transitions.begin(disputeMachine, actor, request, async ({ manager }) => {
      if (!isId(roomId)) throw notFound();
      await lockRoom(manager, roomId);
      const present = me && (await findMembership(manager, { id: roomId }, me));
      if (me && actorOf(present ?? me).role !== actor.role) throw new ParleyError('FORBIDDEN');
      if (me && !present) throw notFound();
      return this.fill(manager, plan, actor);
    });
    return this.load(opened.id);
  }

  /** What follows in the same commit may have moved it further, so it is read again. */
  async move(viewer: Viewer, id: string, request: StepRequest): Promise<Dispute> {
    return this.load((await this.transitions.move(disputeMachine, viewer, id, request)).id);
  }

  async load(id: string): Promise<Dispute> {
    const dispute = await this.dataSource.manager.findOneBy(Dispute, { id });
    if (!dispute) throw notFound();
    return dispute;
  }

  /** Newest first. */
  async mine(userId: string, page: { after: string | null; statuses: string[] | null; limit: number }): Promise<Dispute[]> {
    const ids = await myDisputes(this.dataSource, userId, page);
    return this.dataSource.manager.find(Dispute, { where: { id: In(ids) }, order: { id: 'DESC' } });
  }

  private async fill(manager: EntityManager, plan: DisputePlan, { source }: Actor): Promise<Dispute> {
    const { contextKind, reason, desired, amountMinor = null, currency = null, authority, externalRef = null } = plan;
    const [roomId, openedBy, against] = [plan.roomId, plan.openedBy, plan.against].map((id) => id.toLowerCase()) as [
      string,
      string,
      string,
    ];
    if ((amountMinor === null) !== (currency === null)) throw badInput('input.currency', 'An amount and its currency belong together');
    if (openedBy === against) throw badInput('input.against', 'A dispute is with somebody else');
    const opener = await this.seatOf(manager, roomId, openedBy, 'input.openedBy');
    const respondent = await this.seatOf(manager, roomId, against, 'input.against');
    const { contextId, since, about } = await this.contextOf(manager, roomId, plan);
    const part = partIn(about, opener);
    if (part === null || (source === 'USER' && !mayOpen(about, opener)))
      throw new ParleyError('FORBIDDEN', 'This does not concern who opens it', { field: 'input.openedBy' });
    if ([null, part].includes(partIn(about, respondent))) throw badInput('input.against', 'A dispute is with the other side of the thing');
    const earlier = await disputeAbout(manager, contextKind, contextId);
    if (earlier && earlier.status !== 'FINAL')
      throw new ParleyError('CONFLICT', 'There is a dispute about this already', { disputeId: earlier.id });
    if (earlier && contextKind !== DisputeContextKind.ROOM) {
      throw new ParleyError('CONFLICT', 'This was in dispute before, and is decided for good', { disputeId: earlier.id });
    }
    const filingDeadline = new Date(since.getTime() + this.config.disputes.filingMs);
    if (filingDeadline < this.clock.now())
      throw new ParleyError('CONFLICT', 'It is too late to open a dispute about this', { filingDeadline });
    const dispute = {
      id: newId(),
      roomId,
      contextKind,
      contextId,
      openedBy,
      against,
      reason,
      desired,
      amountMinor,
      currency,
      filingDeadline,
    };
    return Object.assign(new Dispute(), dispute, { authority, externalRef });
  }

  private async seatOf(manager: EntityManager, roomId: string, userId: string, field: string): Promise<Seat> {
    const seat = await findParticipant(manager, roomId, userId);
    if (seat?.status !== 'ACTIVE' && seat?.status !== 'MUTED') throw badInput(field, 'This person has no seat in the room');
    return seat;
  }

  /** The thing, and when something happened to it last, which no dispute has done: from then on one has so many days. */
  private async contextOf(
    manager: EntityManager,
    roomId: string,
    { contextKind, contextId, amountMinor = null, currency = null }: DisputePlan,
  ) {
    if (contextKind === DisputeContextKind.ROOM) {
      if (contextId != null && contextId.toLowerCase() !== roomId) throw badInput('input.contextId', 'This is not the room');
      return { contextId: roomId, since: await lastWordIn(manager, roomId), about: null };
    }
    const about = isId(contextId) ? await thingOf(manager, this.machines, { roomId, contextKind, contextId }) : null;
    if (!about) throw badInput('input.contextId', 'There is no such thing in this room');
    const { subject } = about;
    if (subject instanceof Payment) requireClaimFits(subject, amountMinor, currency);
    return { contextId: subject.id, since: await lastStepOf(manager, about), about };
  }
}
