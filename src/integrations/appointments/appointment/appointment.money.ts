import { PaymentContext } from '../../payments/payment/payment.entity.js';
import { type Ends, followEnds, followLate } from '../../payments/settlement/observers.js';
import { Appointment } from './appointment.entity.js';

const { APPOINTMENT } = PaymentContext;

/** A NOSHOW does not say who stayed away: it may follow upon ARRIVED, and a timer knows only that nobody said anything. */
const ENDS: Ends = {
  off: new Set(['CANCELLED', 'ENTERED_IN_ERROR']),
  done: new Set(['FULFILLED']),
  unclear: new Set(['NOSHOW']),
};

export const followAppointment = followEnds(APPOINTMENT, ENDS);
export const followLatePayment = followLate(APPOINTMENT, Appointment, ENDS);
