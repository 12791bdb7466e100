import { anAppointmentIn } from './appointments.js';
import { aDisputeIn } from './disputes.js';
import { aStudyIn } from './facilities.js';
import { aJobIn } from './jobs.js';
import { anOrderIn } from './orders.js';
import { aPaymentIn } from './payments.js';
import type { World } from './world.js';

/** One of each thing that a room can be about, in this room, whatever its kind; the texts are in all that they tell. */
export async function subjectsIn(
  world: World,
  roomId: string,
  [first, second]: [string, string],
  { text, paid = text, disputed = text, posted = text }: { text: string; paid?: string; disputed?: string; posted?: string },
) {
  const order = await anOrderIn(world, roomId, first, text);
  const dispute = await aDisputeIn(world, roomId, { openedBy: second, against: first }, disputed);
  const payment = await aPaymentIn(world, roomId, [first, second], paid);
  const appointment = await anAppointmentIn(world, roomId, { practitioner: first, patient: second }, text);
  const job = await aJobIn(world, roomId, [first, second], posted);
  const study = await aStudyIn(world, roomId, text);
  return { ...order, ...dispute, ...payment, ...appointment, ...job, ...study };
}
