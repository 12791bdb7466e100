import { createHash } from 'node:crypto';
import type { Cast } from './marketplace.js';
import { paymentOf } from './sale.js';
import { codeOf, type Person } from '../support/person.js';
import { printStep } from '../support/print.js';

interface Dispute {
  status: string;
  viewerState: string | null;
  outcome: string | null;
  awardedMinor: number | null;
  mediator: { id: string } | null;
  offers: { id: string; status: string }[];
  evidence: { messageId: string | null; isIntact: boolean; copy: { text?: string; content?: string } }[];
  bundle: { content: string; sha256: string } | null;
}

const DISPUTE = `query ($id: ID!) { dispute(id: $id) { status viewerState outcome awardedMinor mediator { id } offers { id status }
  evidence { messageId isIntact copy } bundle { content sha256 } } }`;
const CLAIMED_MINOR = 20_000;
const AWARDED_MINOR = 12_000;
const STATEMENT = 'The frame is cracked below the saddle. I would never have bought it.';

async function disputeOf(person: Person, id: string): Promise<Dispute> {
  return (await person.api.get<{ dispute: Dispute }>(DISPUTE, { id })).dispute;
}

export async function quarrelling(cast: Cast): Promise<void> {
  const disputeId = await opening(cast);
  await negotiating(cast, disputeId);
  await deciding(cast, disputeId);
}

/** With what was said, as it was said. */
async function opening(cast: Cast): Promise<string> {
  const { company, buyer, seller, stranger, promises, roomId, paymentId } = cast;
  const promised = company.said.find(({ content }) => content?.includes('no scratches'))!;
  const words = promised.content;
  const complaint = await company.say(buyer, 'It came, and the frame is cracked! 😡');
  const { id } = await buyer.do('openDispute', {
    roomId,
    ...{ contextKind: 'PAYMENT', contextId: paymentId, against: seller.id, reason: 'NOT_AS_DESCRIBED', desired: 'PARTIAL' },
    ...{ amountMinor: CLAIMED_MINOR, currency: 'EUR', messageIds: [promised.id, complaint.id], statement: STATEMENT },
  });
  await seller.hears('dispute.notify');
  promises.same(
    'live',
    'the dispute',
    [(await disputeOf(seller, id)).viewerState, (await disputeOf(buyer, id)).viewerState],
    ['REQUIRED_ACTION', 'REQUIRED_OTHER_PARTY_ACTION'],
  );
  promises.same('held', 'the money', await isOnHold(seller, paymentId), true);
  await seller.act('editMessage', { messageId: promised.id, content: 'Used, as one can see in the photographs.' });
  promised.content = 'Used, as one can see in the photographs.';
  promises.same('frozen', 'a deletion', await seller.refusal('deleteMessage', { messageId: promised.id }), 'CONFLICT');
  const { evidence } = await disputeOf(buyer, id);
  promises.same(
    'frozen',
    'what was handed in',
    evidence.map(({ copy }) => copy.text ?? copy.content).sort(),
    [words, complaint.content, STATEMENT].sort(),
  );
  promises.look(
    'frozen',
    'every copy is intact',
    evidence.every(({ isIntact }) => isIntact),
  );
  await company.heard();
  promises.look('frozen', 'the statement is no message', !seller.side.messages.some(({ content }) => content?.includes(STATEMENT)));
  promises.same('stranger', 'asks for the dispute', codeOf((await stranger.api.ask(DISPUTE, { id })).errors), 'NOT_FOUND');
  printStep('The buyer opened a dispute; the seller rewrote a message, and the evidence still says what it said.');
  return id;
}

const isOnHold = async (person: Person, id: string) =>
  (await person.api.get<{ payment: { isOnHold: boolean } }>('query ($id: ID!) { payment(id: $id) { isOnHold } }', { id })).payment.isOnHold;

async function negotiating({ company, buyer, seller, promises }: Cast, disputeId: string): Promise<void> {
  await seller.do('respondToDispute', { disputeId, statement: 'It was whole when I packed it.' });
  promises.same('fair', 'a review without an offer', await buyer.refusalOf('escalateDispute', { disputeId }), 'CONFLICT');
  await seller.do('makeDisputeOffer', { disputeId, amountMinor: 3_000, terms: 'and I pay for a new saddle' });
  await buyer.hears('dispute.offer');
  const { viewerState, offers } = await disputeOf(buyer, disputeId);
  const [offer] = offers;
  promises.same('live', 'the offer', [viewerState, offer?.status], ['REQUIRED_ACTION', 'OPEN']);
  const own = await seller.refusalOf('acceptDisputeOffer', { disputeId, offerId: offer?.id });
  promises.same('fair', 'one accepts one’s own offer', own, 'CONFLICT');
  await company.say(buyer, 'Thirty euros for a cracked frame? No.');
  await buyer.do('declineDisputeOffer', { disputeId, offerId: offer?.id });
  await buyer.do('escalateDispute', { disputeId });
  await seller.hears('dispute.escalate');
  printStep('The seller offered 30 €, the buyer declined, and asked for somebody neutral.');
}

async function deciding(cast: Cast, disputeId: string): Promise<void> {
  const { company, buyer, seller, mediator, support, admin, host, promises, roomId, paymentId } = cast;
  promises.same('fair', 'the mediator before', await mediator.looksInto(roomId), 'NOT_FOUND');
  await host.act('addParticipant', { userId: support.id, role: 'SUPPORT_STAFF' });
  const party = await support.refusalOf('assignMediator', { disputeId, userId: buyer.id });
  promises.same('fair', 'a party as mediator', party, 'BAD_USER_INPUT');
  await support.do('assignMediator', { disputeId, userId: mediator.id });
  await company.enter(mediator);
  const { evidence } = await disputeOf(mediator, disputeId);
  promises.same('frozen', 'the mediator reads the evidence', evidence.length, 4);
  await company.say(mediator, 'I have read everything, also what was written before it was changed.');
  const decision = { disputeId, outcome: 'SPLIT', awardedMinor: AWARDED_MINOR, reason: 'It was not as described; the wheels are fine.' };
  promises.same('fair', 'a party decides', await seller.refusalOf('decideDispute', decision), 'FORBIDDEN');
  await mediator.do('decideDispute', decision);
  await buyer.hears('dispute.decide');
  promises.same('paid', 'nothing goes back before the decision stands', (await paymentOf(buyer, paymentId)).refundedMinor, 0);
  await seller.do('appealDispute', { disputeId, reason: 'I have a photograph of the parcel', statement: 'See the stamp of the post.' });
  promises.same(
    'fair',
    'the same mediator hears the appeal',
    await mediator.refusalOf('upholdDecision', { disputeId, reason: 'still' }),
    'FORBIDDEN',
  );
  company.present.delete(mediator);
  await admin.do('upholdDecision', { disputeId, reason: 'The photograph shows the parcel only' });
  await buyer.hears('refund.succeed');
  await buyer.hears('payment.refund');
  const { status, refundedMinor } = await paymentOf(buyer, paymentId);
  promises.same('paid', 'what went back', [status, refundedMinor], ['PARTIALLY_REFUNDED', AWARDED_MINOR]);
  promises.same('held', 'the money is free', await isOnHold(seller, paymentId), false);
  promises.same('fair', 'the mediator afterwards', await mediator.looksInto(roomId), 'NOT_FOUND');
  await checkBundle(cast, disputeId);
  printStep('A mediator decided, the seller appealed, it was upheld: 120 € went back to the buyer.');
}

/** Whoever has the file can see that nobody has changed it since. */
async function checkBundle({ buyer, promises }: Cast, disputeId: string): Promise<void> {
  const { status, outcome, awardedMinor, bundle } = await disputeOf(buyer, disputeId);
  promises.same('frozen', 'how it ended', [status, outcome, awardedMinor], ['FINAL', 'SPLIT', AWARDED_MINOR]);
  const hash = createHash('sha256')
    .update(bundle?.content ?? '')
    .digest('hex');
  promises.same('frozen', 'the seal of the file', bundle?.sha256, hash);
}
