/** What somebody is who tries a step: one of the two parties, or a role in the room; the host comes from outside. */
export const ROLES = [
  ...['CUSTOMER', 'RIDER', 'PHARMACY_STAFF', 'CLIENT', 'WORKER', 'PATIENT', 'PRACTITIONER', 'FACILITY_STAFF'],
  ...['SUPPORT_STAFF', 'MEDIATOR', 'OBSERVER', 'ADMIN'],
] as const;
/** Of the platform, without a seat. */
export const STAFF = ['PLATFORM_SUPPORT', 'PLATFORM_ADMIN'] as const;
export const ACTORS = ['OPENER', 'RESPONDENT', ...ROLES, ...STAFF, 'HOST'] as const;
export type DisputeActor = (typeof ACTORS)[number];

/** What of a dispute the rules look at. */
export interface DisputeState {
  status: string;
  /** Whose offer is open. */
  offer: 'OPENER' | 'RESPONDENT' | null;
  /** An offer was declined. */
  isStuck: boolean;
  asked: 'OPENER' | 'RESPONDENT' | null;
  losers: string[];
  /** A decision waits for a second person: who proposed it. */
  proposedBy: string | null;
  deciders: string[];
}

export const STATES = {
  OPENED: {},
  AWAITING_RESPONSE: {},
  NEGOTIATING: { offer: 'OPENER', isStuck: true },
  UNDER_REVIEW: { proposedBy: 'somebody' },
  AWAITING_EVIDENCE: { asked: 'RESPONDENT' },
  RESOLVED: { losers: ['OPENER'], deciders: ['somebody'] },
  REJECTED: { losers: ['OPENER'], deciders: ['somebody'] },
  UNDER_APPEAL: { losers: ['OPENER'], deciders: ['somebody'] },
  FINAL: { losers: ['OPENER'], deciders: ['somebody'] },
  WITHDRAWN: {},
  EXPIRED: {},
} satisfies Record<string, Partial<DisputeState>>;

export const stateOf = (status: keyof typeof STATES): DisputeState => ({
  ...{ offer: null, isStuck: false, asked: null, losers: [], proposedBy: null, deciders: [] },
  ...STATES[status],
  status,
});

interface Rule {
  from: string[];
  /** Who may at all. A party that is not meant at this moment (who has not lost, who was not asked) may not. */
  by: (state: DisputeState) => string[];
  /** A condition beyond who and where, and how its absence is said. */
  unless?: (state: DisputeState, actor: string) => string | null;
  /** What the host hears of a dispute that Parley moves; absent: it may. */
  host?: 'FORBIDDEN' | 'CONFLICT' | 'OK';
  /** As whom the server makes it by itself, and from where. */
  itself?: Partial<Record<'TIMER' | 'SYSTEM', string[]>>;
  to?: string;
}

const NEGOTIATION = ['OPENED', 'AWAITING_RESPONSE', 'NEGOTIATING'];
const DECIDED = ['RESOLVED', 'REJECTED'];
const PARTIES = () => ['OPENER', 'RESPONDENT'];
const DECIDERS = () => ['MEDIATOR', 'PLATFORM_ADMIN'];
/** At any time, whatever it is about: they do it where somebody is in danger. */
const GUARDIANS: string[] = ['SUPPORT_STAFF', ...STAFF];
const REVIEWERS = () => ['MEDIATOR', 'SUPPORT_STAFF', ...STAFF];
const othersOffer = ({ offer }: DisputeState, actor: string) => (offer === null || offer === actor ? 'CONFLICT' : null);
const ownOffer = ({ offer }: DisputeState, actor: string) => (offer === actor ? null : 'CONFLICT');
const hasDecided = ({ deciders }: DisputeState, actor: string) => (deciders.includes(actor) ? 'FORBIDDEN' : null);

/** The disputes of the requirements, written down again: what the machine's own table must agree with. */
export const RULES: Record<string, Rule> = {
  notify: { from: ['OPENED'], by: () => [], host: 'FORBIDDEN', itself: { SYSTEM: ['OPENED'] }, to: 'AWAITING_RESPONSE' },
  respond: { from: ['AWAITING_RESPONSE'], by: () => ['RESPONDENT'], host: 'FORBIDDEN', to: 'NEGOTIATING' },
  accept_claim: { from: ['AWAITING_RESPONSE'], by: () => ['RESPONDENT'], host: 'FORBIDDEN', to: 'FINAL' },
  offer: { from: ['NEGOTIATING'], by: PARTIES, host: 'FORBIDDEN' },
  accept_offer: { from: ['NEGOTIATING'], by: PARTIES, unless: othersOffer, host: 'CONFLICT', to: 'FINAL' },
  decline_offer: { from: ['NEGOTIATING'], by: PARTIES, unless: othersOffer, host: 'CONFLICT' },
  withdraw_offer: { from: ['NEGOTIATING'], by: PARTIES, unless: ownOffer, host: 'CONFLICT' },
  add_evidence: {
    from: ['AWAITING_RESPONSE', 'NEGOTIATING', 'UNDER_REVIEW', 'AWAITING_EVIDENCE', 'UNDER_APPEAL'],
    by: () => [...PARTIES(), 'MEDIATOR'],
    host: 'OK',
    // What the host tells too late.
    itself: { SYSTEM: [...NEGOTIATION, 'UNDER_REVIEW', 'AWAITING_EVIDENCE', ...DECIDED, 'UNDER_APPEAL'] },
  },
  escalate: {
    from: ['AWAITING_RESPONSE', 'NEGOTIATING'],
    by: () => [...PARTIES(), ...GUARDIANS],
    unless: ({ isStuck }, actor) => (isStuck || GUARDIANS.includes(actor) ? null : 'CONFLICT'),
    host: 'CONFLICT',
    itself: { TIMER: ['AWAITING_RESPONSE'] },
    to: 'UNDER_REVIEW',
  },
  withdraw: { from: NEGOTIATION, by: () => ['OPENER'], host: 'FORBIDDEN', to: 'WITHDRAWN' },
  expire: { from: NEGOTIATION, by: () => [], host: 'FORBIDDEN', itself: { TIMER: NEGOTIATION }, to: 'EXPIRED' },
  assign: { from: ['UNDER_REVIEW', 'UNDER_APPEAL'], by: () => [...STAFF], host: 'OK' },
  ask_evidence: { from: ['UNDER_REVIEW'], by: REVIEWERS, host: 'OK', to: 'AWAITING_EVIDENCE' },
  submit_evidence: {
    from: ['AWAITING_EVIDENCE'],
    by: ({ asked }) => (asked ? [asked] : []),
    host: 'FORBIDDEN',
    to: 'UNDER_REVIEW',
  },
  proceed: { from: ['AWAITING_EVIDENCE'], by: () => [], host: 'FORBIDDEN', itself: { TIMER: ['AWAITING_EVIDENCE'] }, to: 'UNDER_REVIEW' },
  decide: { from: ['UNDER_REVIEW'], by: DECIDERS, host: 'FORBIDDEN', to: 'RESOLVED' },
  confirm: {
    from: ['UNDER_REVIEW'],
    by: DECIDERS,
    unless: ({ proposedBy }, actor) => (proposedBy === null || proposedBy === actor ? 'FORBIDDEN' : null),
    to: 'RESOLVED',
  },
  dismiss: { from: ['UNDER_REVIEW'], by: DECIDERS, host: 'FORBIDDEN', to: 'REJECTED' },
  appeal: { from: ['RESOLVED', 'REJECTED'], by: ({ losers }) => losers, host: 'CONFLICT', to: 'UNDER_APPEAL' },
  uphold: { from: ['UNDER_APPEAL'], by: DECIDERS, unless: hasDecided, host: 'FORBIDDEN', to: 'FINAL' },
  overturn: { from: ['UNDER_APPEAL'], by: DECIDERS, unless: hasDecided, host: 'FORBIDDEN', to: 'FINAL' },
  close: { from: DECIDED, by: () => [], host: 'FORBIDDEN', itself: { TIMER: DECIDED, SYSTEM: DECIDED }, to: 'FINAL' },
};

/** What only the server makes: the end of an offer, which here has a day yet, of a mediator's time, and what is said of an award that fails. */
const ITS_OWN: Record<string, { by: 'TIMER' | 'SYSTEM'; from: string[]; got: string }> = {
  expire_offer: { by: 'TIMER', from: ['NEGOTIATING'], got: 'CONFLICT' },
  end_access: { by: 'TIMER', from: ['UNDER_REVIEW', 'AWAITING_EVIDENCE', ...DECIDED, 'UNDER_APPEAL'], got: 'OK' },
  fall_short: { by: 'SYSTEM', from: ['FINAL'], got: 'OK' },
};

/** What the server should be answered where it makes a step by itself. */
function answerToItself(state: DisputeState, event: string, actor: 'TIMER' | 'SYSTEM'): string {
  const from = ITS_OWN[event] ? actor === ITS_OWN[event].by && ITS_OWN[event].from : RULES[event]!.itself?.[actor];
  if (!from) return 'FORBIDDEN';
  return from.includes(state.status) ? (ITS_OWN[event]?.got ?? 'OK') : 'ILLEGAL_TRANSITION';
}

/** What the API should answer, where Parley moves the dispute, and where the host does. */
export function answer(state: DisputeState, event: string, actor: string, isHosted = false): string {
  if (actor === 'TIMER' || actor === 'SYSTEM') return answerToItself(state, event, actor);
  if (ITS_OWN[event]) return 'FORBIDDEN';
  const { from, by, unless, host } = RULES[event]!;
  if (actor === 'HOST') {
    if (!host) return 'FORBIDDEN';
    if (!from.includes(state.status)) return 'ILLEGAL_TRANSITION';
    return isHosted ? 'OK' : host;
  }
  if (!by(state).includes(actor)) return 'FORBIDDEN';
  if (!from.includes(state.status)) return 'ILLEGAL_TRANSITION';
  return unless?.(state, actor) ?? 'OK';
}

/** What a step that is allowed makes of it. */
export function after(state: DisputeState, event: string, actor: string): DisputeState {
  const next: DisputeState = { ...state, status: RULES[event]!.to ?? state.status };
  const isPartys = actor === 'OPENER' || actor === 'RESPONDENT';
  if (event === 'offer' && isPartys) next.offer = actor;
  if (['accept_offer', 'decline_offer', 'withdraw_offer', 'escalate', 'withdraw'].includes(event)) next.offer = null;
  if (event === 'decline_offer') next.isStuck = true;
  if (event === 'ask_evidence') next.asked = 'OPENER';
  if (event === 'submit_evidence') next.asked = null;
  if (event === 'decide') Object.assign(next, { losers: ['OPENER', 'RESPONDENT'], deciders: [actor] });
  if (event === 'dismiss') Object.assign(next, { losers: ['OPENER'], deciders: [actor] });
  return next;
}
