import { ParleyError } from '../../../common/errors/errors.js';
import { newId } from '../../../common/values/ids.js';
import type { TimelineTransaction } from '../../../timeline/timeline.service.js';
import { WEBHOOK } from '../../../transitions/machine/machine.js';
import type { Transitions } from '../../../transitions/transitions.service.js';
import type { ProviderFacts } from '../../providers/provider.js';
import type { Payment } from '../payment/payment.entity.js';
import { Chargeback } from '../settlement/chargeback.entity.js';
import { CHARGEBACK_RANK, type ChargebackDetails, chargebackMachine } from '../settlement/chargeback.machine.js';

type Engine = Pick<Transitions, 'step' | 'beginIn'>;
type Facts = Extract<ProviderFacts, { about: 'chargeback' }>;

interface Told {
  provider: string;
  facts: Facts;
  /** When the provider said it. */
  at: Date;
}

const rankOf = (status: string): number => {
  const rank = CHARGEBACK_RANK[status];
  if (rank === undefined) throw new ParleyError('BAD_USER_INPUT', `Nothing is known of a chargeback that is ${status}`);
  return rank;
};

const detailsOf = ({ amountMinor, reason, dueBy }: Facts) => ({ amountMinor, bankReason: reason, dueBy }) satisfies ChargebackDetails;

/** Of two words of the same second the one that goes further is the later one. */
function isLater({ toldAt, status }: Chargeback, { facts, at }: Told): boolean {
  if (toldAt === null || at > toldAt) return true;
  return at.getTime() === toldAt.getTime() && rankOf(facts.status) >= rankOf(status);
}

const isOther = (known: Chargeback, { amountMinor, reason, dueBy }: Facts): boolean =>
  known.amountMinor !== amountMinor || known.bankReason !== reason || (known.dueBy?.toISOString() ?? null) !== dueBy;

/**
 * What a provider says of a chargeback: how far it is, by the word that goes furthest, and its amount, reason and deadline, by the word
 * that was said last. So in whatever order they come, the end is the same.
 *
 * @returns false for what changed nothing
 */
export async function mergeChargeback(tx: TimelineTransaction, engine: Engine, payment: Payment, told: Told): Promise<boolean> {
  const { provider, facts, at } = told;
  const rank = rankOf(facts.status);
  const known = await tx.manager.findOneBy(Chargeback, { provider, providerRef: facts.ref });
  if (!known) {
    await engine.beginIn(tx, chargebackMachine, WEBHOOK, { event: facts.status.toLowerCase() }, madeOf(payment, told));
    return true;
  }
  const isNewest = isLater(known, told);
  if (isNewest) await tx.manager.update(Chargeback, { id: known.id }, { toldAt: at });
  const goesFurther = rank > rankOf(known.status);
  if (!goesFurther && !(isNewest && isOther(known, facts))) return false;
  const event = goesFurther ? facts.status.toLowerCase() : 'amend';
  await engine.step(tx, chargebackMachine, WEBHOOK, known.id, { event, payload: isNewest ? detailsOf(facts) : {} });
  return true;
}

function madeOf(payment: Payment, { provider, facts, at }: Told): Chargeback {
  const { id: paymentId, roomId, authority, payerId, payeeId } = payment;
  const { ref: providerRef, currency, amountMinor, reason: bankReason } = facts;
  const dueBy = facts.dueBy === null ? null : new Date(facts.dueBy);
  const own = { id: newId(), paymentId, roomId, authority, payerId, payeeId, provider, providerRef };
  return Object.assign(new Chargeback(), { ...own, amountMinor, currency, bankReason, dueBy, toldAt: at });
}
