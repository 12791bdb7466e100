import { randomUUID } from 'node:crypto';
import type { Variables } from './client.js';
import { MUTATIONS } from './disputes.js';
import { aStudyUid } from './facilities.js';

/** What somebody has, and somebody else might name. */
export interface Things {
  room: string;
  code: string;
  message: string;
  order: string;
  job: string;
  jobOffer: string;
  delivery: string;
  payment: string;
  refund: string;
  escrow: string;
  chargeback: string;
  dispute: string;
  offer: string;
  appointment: string;
  facility: string;
  study: string;
  person: string;
  externalId: string;
  email: string;
}

/** Well-formed names of what does not exist. */
export const nowhere = (): Things => ({
  room: randomUUID(),
  code: 'GRP-00000000',
  message: randomUUID(),
  order: randomUUID(),
  job: randomUUID(),
  jobOffer: randomUUID(),
  delivery: randomUUID(),
  payment: randomUUID(),
  refund: randomUUID(),
  escrow: randomUUID(),
  chargeback: randomUUID(),
  dispute: randomUUID(),
  offer: randomUUID(),
  appointment: randomUUID(),
  facility: randomUUID(),
  study: randomUUID(),
  person: randomUUID(),
  externalId: randomUUID(),
  email: `${randomUUID()}@example.org`,
});

/** Rooms, and things that rooms are about, under a name that is no id. */
export const misnamed = (no: string): Things => ({
  ...nowhere(),
  ...{
    room: no,
    code: no,
    order: no,
    delivery: no,
    dispute: no,
    payment: no,
    refund: no,
    escrow: no,
    chargeback: no,
    job: no,
    jobOffer: no,
    facility: no,
    study: no,
  },
});

/** A word of every secret, for fields that look for words. */
export const WHISPER = 'whisper';

type Row = (of: Things) => Variables;

/** Of what belongs to the platform and to nobody on it. */
/** Those of a browser that nobody has. */
const PUSH_KEYS = {
  p256dh: 'BJ7Fk-PwBVdColxM_EwMX-Jw0lZpsS7JQUdiLrzE_fHPVihiUotSemKASGcG5KNxoocZI28zjORY5CIw4jCShCk',
  auth: 'BwcHBwcHBwcHBwcHBwcHBw',
};
const SOMETHING = randomUUID();

const CLAIM = { reason: 'OTHER', desired: 'REFUND', amountMinor: 100, currency: 'EUR' };
const DISPUTE_STEPS = Object.fromEntries(
  Object.values(MUTATIONS).map(({ name, more }): [string, Row] => [
    name,
    (of) => ({ input: { disputeId: of.dispute, ...more({ offerId: of.offer, newcomer: of.person }) } }),
  ]),
);
const TIME = { startAt: '2100-01-01T09:00:00.000Z', endAt: '2100-01-01T09:30:00.000Z' };
const APPOINTMENT = { ...TIME, reasonForVisit: 'a cough' };

/**
 * Every field of Query, Mutation and Subscription, and how one calls it to reach somebody's things: each id, and each text that finds
 * something, is taken from them. A field without a row fails the tests that walk the schema. What has an owner of a new kind gets its
 * name in `Things`, in `nowhere`, and in the scene of `test/strangers.e2e-spec.ts`.
 */
export const ROOT_FIELDS: Record<string, Row> = {
  // Query
  appointment: (of) => ({ id: of.appointment }),
  appointments: () => ({ first: 10 }),
  availableContacts: () => ({ first: 10 }),
  changes: (of) => ({ roomId: of.room, after: 0 }),
  delivery: (of) => ({ id: of.delivery }),
  devices: () => ({}),
  dispute: (of) => ({ id: of.dispute }),
  facility: (of) => ({ id: of.facility }),
  heldMessages: () => ({ first: 10 }),
  inboundEvent: () => ({ id: SOMETHING }),
  inboundEvents: () => ({ first: 10, filter: { integrationId: SOMETHING, objectRef: WHISPER } }),
  integrations: () => ({}),
  job: (of) => ({ id: of.job }),
  jobOffer: (of) => ({ id: of.jobOffer }),
  me: () => ({}),
  message: (of) => ({ roomId: of.room, id: of.message }),
  messageTargets: () => ({ first: 10 }),
  messageRevisions: (of) => ({ roomId: of.room, messageId: of.message }),
  myAbsence: () => ({}),
  myFacilities: () => ({}),
  myDisputes: () => ({ first: 10, filter: { isLive: true } }),
  myJobs: () => ({ first: 10 }),
  openJobs: () => ({ first: 10 }),
  notificationSettings: () => ({}),
  order: (of) => ({ id: of.order }),
  orders: () => ({ first: 10, filter: { number: WHISPER } }),
  payment: (of) => ({ id: of.payment }),
  refund: (of) => ({ id: of.refund }),
  escrow: (of) => ({ id: of.escrow }),
  chargeback: (of) => ({ id: of.chargeback }),
  publicRooms: () => ({ first: 10, title: WHISPER }),
  room: (of) => ({ id: of.room }),
  roomByCode: (of) => ({ code: of.code }),
  roomWith: (of) => ({ userIds: [of.person] }),
  rooms: () => ({ first: 10, filter: { title: WHISPER, status: ['OPEN', 'CLOSED', 'ARCHIVED'] } }),
  searchMessages: (of) => ({ first: 10, input: { text: WHISPER, roomId: of.room, senderId: of.person } }),
  study: (of) => ({ id: of.study }),
  unread: () => ({}),
  userByExternalId: (of) => ({ externalId: of.externalId }),
  webPushKey: () => ({}),
  webhookDeliveries: (of) => ({ endpointId: SOMETHING, first: 10, filter: { roomId: of.room } }),
  webhookEndpoint: () => ({ id: SOMETHING }),
  webhookEndpoints: () => ({}),
  // Mutation
  acceptPayment: (of) => ({ input: { paymentId: of.payment } }),
  acceptAppointment: (of) => ({ input: { appointmentId: of.appointment } }),
  arriveAtAppointment: (of) => ({ input: { appointmentId: of.appointment } }),
  bookAppointment: (of) => ({ input: { patientId: of.person, ...APPOINTMENT } }),
  cancelAppointment: (of) => ({ input: { appointmentId: of.appointment, reason: 'because' } }),
  checkInAppointment: (of) => ({ input: { appointmentId: of.appointment } }),
  endAbsence: (of) => ({ input: { practitionerId: of.person } }),
  enterAppointmentInError: (of) => ({ input: { appointmentId: of.appointment, reason: 'because' } }),
  fulfillAppointment: (of) => ({ input: { appointmentId: of.appointment } }),
  missAppointment: (of) => ({ input: { appointmentId: of.appointment } }),
  offerAppointment: (of) => ({ input: { appointmentId: of.appointment, ...TIME } }),
  proposeAppointment: (of) => ({ input: { patientId: of.person, ...APPOINTMENT } }),
  requestAppointment: (of) => ({ input: { practitionerId: of.person, ...APPOINTMENT } }),
  rescheduleAppointment: (of) => ({ input: { appointmentId: of.appointment, ...TIME } }),
  waitForAppointment: (of) => ({ input: { practitionerId: of.person, reasonForVisit: 'a cough' } }),
  addFacilityMember: (of) => ({ input: { facilityId: of.facility, userId: of.person, role: 'MEMBER' } }),
  addParticipant: (of) => ({ input: { roomId: of.room, userId: of.person, role: 'CLIENT' } }),
  addReaction: (of) => ({ input: { roomId: of.room, messageId: of.message, emoji: '👍' } }),
  assignRider: (of) => ({ input: { deliveryId: of.delivery, riderId: of.person } }),
  approveRefund: (of) => ({ input: { refundId: of.refund } }),
  archiveRoom: (of) => ({ input: { roomId: of.room, reason: 'because' } }),
  blockParticipant: (of) => ({ input: { roomId: of.room, userId: of.person, reason: 'because' } }),
  cancelPayment: (of) => ({ input: { paymentId: of.payment } }),
  capturePayment: (of) => ({ input: { paymentId: of.payment } }),
  acceptJobOffer: (of) => ({ input: { offerId: of.jobOffer } }),
  agreeToJobCancellation: (of) => ({ input: { jobId: of.job } }),
  cancelJob: (of) => ({ input: { jobId: of.job, reason: 'because' } }),
  changeParticipantRole: (of) => ({ input: { roomId: of.room, userId: of.person, role: 'WORKER', reason: 'because' } }),
  clearHistory: (of) => ({ input: { roomId: of.room } }),
  closeRoom: (of) => ({ input: { roomId: of.room, reason: 'because' } }),
  completeJob: (of) => ({ input: { jobId: of.job } }),
  confirmDelivery: (of) => ({ input: { deliveryId: of.delivery, proof: { pinOk: true } } }),
  createDelivery: (of) => ({ input: { orderId: of.order, pickup: { address: 'here' }, dropoff: { address: 'there' } } }),
  createPayment: (of) => ({ input: { roomId: of.room, payerId: of.person, payeeId: of.person, amountMinor: 100, currency: 'EUR' } }),
  createDispute: (of) => ({ input: { roomId: of.room, openedBy: of.person, against: of.person, ...CLAIM } }),
  updateFacility: (of) => ({ input: { facilityId: of.facility, name: 'South' } }),
  createFacility: () => ({ input: { name: 'North' } }),
  createIntegration: () => ({ input: { name: 'The shop', scopes: ['order.*'], allowedAddresses: ['192.0.2.0/24'] } }),
  createRoom: (of) => ({ input: { title: 'A room', participants: [{ userId: of.person, role: 'CLIENT' }] } }),
  createWebhookEndpoint: (of) => ({ input: { url: 'https://example.org/', roomIds: [of.room] } }),
  deactivateUser: (of) => ({ input: { userId: of.person } }),
  declineRequest: () => ({ input: { requestId: SOMETHING, reason: 'because' } }),
  declineRefund: (of) => ({ input: { refundId: of.refund, reason: 'because' } }),
  createJob: (of) => ({
    input: { posterId: of.person, title: 'Soap', budgetMinor: 100, currency: 'EUR', openUntil: '2100-01-01T00:00:00.000Z' },
  }),
  declineJobCancellation: (of) => ({ input: { jobId: of.job } }),
  declineJobOffer: (of) => ({ input: { offerId: of.jobOffer } }),
  deleteMessage: (of) => ({ input: { roomId: of.room, messageId: of.message, reason: 'because' } }),
  deleteWebhookEndpoint: () => ({ input: { endpointId: SOMETHING } }),
  deleteRoom: (of) => ({ input: { roomId: of.room, reason: 'because' } }),
  editMessage: (of) => ({ input: { roomId: of.room, messageId: of.message, content: 'Hello', metadata: {} } }),
  initiatePayment: (of) => ({ input: { roomId: of.room, payeeId: of.person, amountMinor: 100, currency: 'EUR' } }),
  expireJob: (of) => ({ input: { jobId: of.job } }),
  expireJobOffer: (of) => ({ input: { offerId: of.jobOffer } }),
  joinRoom: (of) => ({ input: { roomId: of.room } }),
  leaveRoom: (of) => ({ input: { roomId: of.room, reason: 'because' } }),
  makeJobOffer: (of) => ({ input: { jobId: of.job, amountMinor: 100 } }),
  markDelivered: (of) => ({ input: { roomId: of.room, upToSequence: 1 } }),
  markRead: (of) => ({ input: { roomId: of.room, upToSequence: 1 } }),
  markUnread: (of) => ({ input: { roomId: of.room, fromSequence: 1 } }),
  muteParticipant: (of) => ({ input: { roomId: of.room, userId: of.person, reason: 'because', until: '2100-01-01T00:00:00.000Z' } }),
  openDispute: (of) => ({
    input: { roomId: of.room, against: of.person, messageIds: [of.message], contextKind: 'ORDER', contextId: of.order, ...CLAIM },
  }),
  openDirectRoom: (of) => ({ input: { userId: of.person } }),
  pauseWebhookEndpoint: () => ({ input: { endpointId: SOMETHING } }),
  placeOrder: (of) => ({ input: { customerId: of.person, items: [{ name: 'Soap' }], totalMinor: 100, currency: 'EUR' } }),
  proposeJobCancellation: (of) => ({ input: { jobId: of.job } }),
  publishJob: (of) => ({ input: { jobId: of.job } }),
  reactivateUser: (of) => ({ input: { userId: of.person } }),
  refuseHeldMessage: () => ({ input: { heldMessageId: SOMETHING, reason: 'because' } }),
  refreshSession: () => ({ refreshToken: 'a token' }),
  registerStudy: (of) => ({ input: { facilityId: of.facility, studyUid: aStudyUid() } }),
  registerDevice: () => ({
    input: { subscription: { endpoint: 'https://example.org/', expirationTime: null, keys: PUSH_KEYS }, label: 'A label' },
  }),
  registerUser: (of) => ({ input: { externalId: of.externalId, displayName: 'A name', email: of.email } }),
  releaseEscrow: (of) => ({ input: { escrowHoldId: of.escrow } }),
  releaseHeldMessage: () => ({ input: { heldMessageId: SOMETHING } }),
  removeFacilityMember: (of) => ({ input: { facilityId: of.facility, userId: of.person } }),
  removeParticipant: (of) => ({ input: { roomId: of.room, userId: of.person, reason: 'because' } }),
  removeDevice: () => ({ input: { deviceId: SOMETHING } }),
  removeReaction: (of) => ({ input: { roomId: of.room, messageId: of.message, emoji: '👍' } }),
  reopenRoom: (of) => ({ input: { roomId: of.room, reason: 'because' } }),
  replayInboundEvent: () => ({ input: { inboundEventId: SOMETHING } }),
  replayWebhooks: (of) => ({ input: { endpointId: SOMETHING, room: { roomId: of.room, afterSequence: 0 } } }),
  requestRevision: (of) => ({ input: { jobId: of.job, reason: 'because' } }),
  resumeWebhookEndpoint: () => ({ input: { endpointId: SOMETHING } }),
  rotateIntegrationSecret: () => ({ input: { integrationId: SOMETHING } }),
  rotateWebhookSecret: () => ({ input: { endpointId: SOMETHING } }),
  requestRefund: (of) => ({ input: { paymentId: of.payment } }),
  retryPayment: (of) => ({ input: { paymentId: of.payment } }),
  sendMessage: (of) => ({ input: { roomId: of.room, clientId: 'a key', content: 'Hello', metadata: {}, replyToId: of.message } }),
  sendMessageTo: (of) => ({ input: { facilityId: of.facility, studyId: of.study, clientId: 'a key', content: 'Hello' } }),
  sendTestEvent: () => ({ input: { endpointId: SOMETHING } }),
  setAbsence: (of) => ({ input: { delegateId: of.person, fromAt: TIME.startAt, untilAt: TIME.endAt, note: 'Hello' } }),
  setTyping: (of) => ({ input: { roomId: of.room, isTyping: true } }),
  signIn: (of) => ({ input: { email: of.email, password: 'a password' } }),
  signOut: () => ({}),
  startJob: (of) => ({ input: { jobId: of.job } }),
  submitJob: (of) => ({ input: { jobId: of.job } }),
  unblockParticipant: (of) => ({ input: { roomId: of.room, userId: of.person, reason: 'because' } }),
  unmuteParticipant: (of) => ({ input: { roomId: of.room, userId: of.person, reason: 'because' } }),
  updateDeliveryStatus: (of) => ({ input: { deliveryId: of.delivery, event: 'pick_up' } }),
  updateIntegration: () => ({ input: { integrationId: SOMETHING, name: 'x' } }),
  updateNotificationPreferences: (of) => ({ input: { roomId: of.room, level: 'NONE', channels: ['PUSH'] } }),
  updateOrderStatus: (of) => ({ input: { orderId: of.order, event: 'accept' } }),
  updateNotificationSettings: () => ({
    input: {
      everywhere: { level: 'ALL', channels: ['PUSH'], kinds: ['TEXT'], showsContent: true },
      roomKinds: [{ roomKind: 'ORDER', level: 'ALL' }],
      quietHours: { from: '22:00', to: '07:00', timeZone: 'Europe/Paris' },
      ...{ silentUntil: null, locale: 'EN', isEmailAllowed: true },
    },
  }),
  updatePresence: () => ({ input: { isHidden: false } }),
  updateReceipts: () => ({ input: { isHidden: false } }),
  updateRoom: (of) => ({ input: { roomId: of.room, title: 'Another title' } }),
  updateStudyStatus: (of) => ({ input: { studyId: of.study, event: 'receive' } }),
  updateWebhookEndpoint: () => ({ input: { endpointId: SOMETHING, description: 'x' } }),
  ...DISPUTE_STEPS,
  withdrawFromJob: (of) => ({ input: { jobId: of.job } }),
  withdrawJobOffer: (of) => ({ input: { offerId: of.jobOffer } }),
  // Subscription
  inboxEvents: () => ({}),
  appointmentUpdated: (of) => ({ id: of.appointment }),
  deliveryUpdated: (of) => ({ id: of.delivery }),
  disputeUpdated: (of) => ({ id: of.dispute }),
  jobOfferUpdated: (of) => ({ id: of.jobOffer }),
  jobUpdated: (of) => ({ id: of.job }),
  messageAdded: (of) => ({ roomId: of.room, afterSequence: 0 }),
  orderUpdated: (of) => ({ id: of.order }),
  paymentUpdated: (of) => ({ id: of.payment }),
  roomEvents: (of) => ({ roomId: of.room, after: 0 }),
  studyUpdated: (of) => ({ id: of.study }),
};

/** Whoever has the id of a person may address them, and then sees their name: of these fields the answer is another for somebody. */
export const ADDRESSES_PEOPLE = new Set([
  'addParticipant',
  'createRoom',
  'openDirectRoom',
  'proposeAppointment',
  'requestAppointment',
  'waitForAppointment',
  'userByExternalId',
]);
