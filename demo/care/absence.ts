import { appointmentOf, type Cast, contactsOf } from './care.js';
import { printStep } from '../support/print.js';
import { within } from '../support/within.js';

const MINUTE_MS = 60_000;
const WEEK_MS = 7 * 24 * 60 * MINUTE_MS;

/** The clinic says who answers for whom. */
export async function beingAway(cast: Cast): Promise<void> {
  const { host, practitioner, patient, delegate, promises, appointmentId } = cast;
  const company = cast.company!;
  const { roomId } = patient;
  const now = Date.now();
  const times = { fromAt: new Date(now - MINUTE_MS).toISOString(), untilAt: new Date(now + WEEK_MS).toISOString() };
  const absence = { ...times, delegateId: delegate.id, note: 'I am at a congress.' };
  promises.same('away', 'a practitioner names a delegate', await practitioner.refusalOf('setAbsence', absence), 'FORBIDDEN');
  await host.do('setAbsence', { ...absence, practitionerId: practitioner.id });
  promises.same('away', 'the delegate, before anybody asks', await delegate.looksInto(roomId), 'NOT_FOUND');
  await company.say(patient, 'Do I take the pills on the day itself?');
  await company.say(patient, 'And the tea?');
  await company.heard();
  const told = practitioner.side.messages.filter(({ metadata }) => metadata?.['event'] === 'participant.away');
  const words = `${practitioner.name} is away until ${times.untilAt.slice(0, 10)}, and ${delegate.name} answers instead: I am at a congress.`;
  promises.same(
    'away',
    'what the patient hears, once',
    told.map(({ content }) => content),
    [words],
  );

  await company.enter(delegate);
  await company.say(delegate, 'Yes to the pills, no to the tea. 🍵');
  promises.same('sealed', 'read by the delegate', (await appointmentOf(delegate, appointmentId)).reason, null);
  promises.same('contact', 'of the delegate', await contactsOf(delegate), []);
  await company.heard();
  company.present.delete(delegate);
  await host.do('endAbsence', { practitionerId: practitioner.id });
  promises.same('away', "who ended the delegate's stream", await within("the delegate's stream ends", delegate.ending), 'completed');
  promises.same('away', 'the delegate, when it is over', await delegate.looksInto(roomId), 'NOT_FOUND');
  await company.say(practitioner, 'I am back, and have read it all.');
  await company.heard();
  printStep('The practitioner was away: the patient heard so, a colleague answered, and is out again.');
}
