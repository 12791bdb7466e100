import type { Move } from '../../../transitions/machine/machine.js';
import { transitionsOfSubjects } from '../../../transitions/log/transitions.queries.js';
import { DisputeBundle, DisputeOffer } from '../dispute/dispute-file.entity.js';
import { Dispute } from '../dispute/dispute.entity.js';
import { evidenceOf } from '../dispute/disputes.queries.js';
import { canonical, sha256Of } from './evidence.js';

const FORMAT = 'parley.dispute/1';
/** More than the steps of any dispute; each of its loops takes a person's step. */
const ALL_STEPS = 10_000;

/** Everything about a dispute that is over, in one text with one hash: for the parties' files, a bank or a court. */
export async function seal({ manager, subject: { id }, at }: Move<Dispute>): Promise<void> {
  // What was said of the money has moved it once more.
  const subject = await manager.findOneByOrFail(Dispute, { id });
  const steps = await transitionsOfSubjects(manager, [{ aggregate: 'dispute', id }], ALL_STEPS);
  const offers = await manager.find(DisputeOffer, { where: { disputeId: id }, order: { id: 'ASC' } });
  const evidence = await evidenceOf(manager, id);
  const content = canonical({
    format: FORMAT,
    sealedAt: at,
    dispute: subject,
    steps: steps.map(({ eventKey: _key, fingerprint: _fingerprint, aggregate: _aggregate, aggregateId: _id, ...step }) => step),
    offers: offers.map(({ disputeId: _disputeId, ...offer }) => offer),
    evidence: evidence.map(({ id, copy, sha256 }) => ({ id, copy, sha256: sha256.toString('hex') })),
  });
  await manager.insert(DisputeBundle, { disputeId: id, content, sha256: sha256Of(content), sealedAt: at });
}
