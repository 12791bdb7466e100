import { ParleyError, badInput } from '../../../common/errors/errors.js';
import { newId } from '../../../common/values/ids.js';
import type { Move } from '../../../transitions/machine/machine.js';
import type { Dispute } from '../dispute/dispute.entity.js';
import { DisputeOffer } from '../dispute/dispute-file.entity.js';
import { DisputeOfferStatus, DisputeParty } from '../dispute/dispute.enums.js';

type DisputeMove = Move<Dispute>;
type End = Exclude<keyof typeof DisputeOfferStatus, 'OPEN'>;

/** No offer is open from now on; the one that was ends like this. */
export async function endOffer({ subject, manager, at }: Pick<DisputeMove, 'subject' | 'manager' | 'at'>, status: End): Promise<void> {
  const id = subject.openOfferId;
  if (id === null) return;
  await manager.update(DisputeOffer, { id }, { status: DisputeOfferStatus[status], settledAt: at });
  subject.openOfferId = subject.offeredBy = subject.offerExpiresAt = null;
}

/** For whom the host speaks; a person speaks for themselves. */
function partyOf({ actor, payload, subject }: DisputeMove): string {
  if (actor.role !== 'SERVICE') return actor.userId!;
  if (payload['onBehalfOf'] === DisputeParty.OPENER) return subject.openedBy;
  if (payload['onBehalfOf'] === DisputeParty.RESPONDENT) return subject.against;
  throw badInput('input.onBehalfOf', 'Say whose offer it is');
}

/** A new offer takes the place of the open one, whosever that was. @throws BAD_USER_INPUT */
export async function makeOffer(move: DisputeMove): Promise<void> {
  const { subject, payload, manager, at, config } = move;
  const { amountMinor, terms, expiresAt } = payload as { amountMinor: number | null; terms: string | null; expiresAt: string | null };
  const byId = partyOf(move);
  if (amountMinor === null && terms === null) throw badInput('input.terms', 'An offer has an amount, terms or both');
  if (amountMinor !== null && (subject.amountMinor === null || amountMinor > subject.amountMinor)) {
    throw badInput('input.amountMinor', 'No more can be offered than is claimed');
  }
  const ends = expiresAt === null ? new Date(at.getTime() + config.disputes.responseMs) : new Date(expiresAt);
  if (ends <= at) throw badInput('input.expiresAt', 'expiresAt must lie in the future');
  await endOffer(move, 'SUPERSEDED');
  const offer = { id: newId(), disputeId: subject.id, byId, amountMinor, terms, expiresAt: ends, createdAt: at };
  await manager.insert(DisputeOffer, offer);
  subject.openOfferId = offer.id;
  subject.offeredBy = byId;
  subject.offerExpiresAt = ends;
}

/** Whether it is the one that is meant: by its id; by its amount where the host tells of it, who may not know our ids. */
function isMeant({ id, amountMinor }: DisputeOffer, { payload, actor }: DisputeMove): boolean {
  if (actor.role === 'SERVICE' && payload['offerId'] === undefined) {
    return payload['amountMinor'] === undefined || payload['amountMinor'] === amountMinor;
  }
  return payload['offerId'] === id;
}

/** Settles the open offer, if it is the one that the caller means. @throws CONFLICT when it is another by now, or its time is over */
export async function takeOffer(move: DisputeMove, status: End): Promise<DisputeOffer> {
  const { subject, manager, at } = move;
  const id = subject.openOfferId;
  const offer = id === null ? null : await manager.findOneBy(DisputeOffer, { id });
  if (!offer || !isMeant(offer, move)) throw new ParleyError('CONFLICT', 'This offer is not open any more');
  if (offer.expiresAt <= at) throw new ParleyError('CONFLICT', 'The offer has expired');
  await endOffer(move, status);
  return offer;
}
