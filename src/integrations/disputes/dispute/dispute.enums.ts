import { registerEnumType } from '@nestjs/graphql';

export enum DisputeStatus {
  OPENED = 'OPENED',
  AWAITING_RESPONSE = 'AWAITING_RESPONSE',
  NEGOTIATING = 'NEGOTIATING',
  UNDER_REVIEW = 'UNDER_REVIEW',
  AWAITING_EVIDENCE = 'AWAITING_EVIDENCE',
  RESOLVED = 'RESOLVED',
  REJECTED = 'REJECTED',
  UNDER_APPEAL = 'UNDER_APPEAL',
  FINAL = 'FINAL',
  WITHDRAWN = 'WITHDRAWN',
  EXPIRED = 'EXPIRED',
}

export enum DisputeStage {
  NEGOTIATION = 'NEGOTIATION',
  REVIEW = 'REVIEW',
  APPEAL = 'APPEAL',
}

export enum DisputeContextKind {
  ROOM = 'ROOM',
  ORDER = 'ORDER',
  PAYMENT = 'PAYMENT',
  JOB = 'JOB',
  APPOINTMENT = 'APPOINTMENT',
}

export enum DisputeReason {
  NOT_RECEIVED = 'NOT_RECEIVED',
  NOT_AS_DESCRIBED = 'NOT_AS_DESCRIBED',
  DAMAGED = 'DAMAGED',
  LATE = 'LATE',
  NO_SHOW = 'NO_SHOW',
  QUALITY = 'QUALITY',
  BILLING = 'BILLING',
  SAFETY = 'SAFETY',
  OTHER = 'OTHER',
}

export enum DesiredOutcome {
  REFUND = 'REFUND',
  PARTIAL = 'PARTIAL',
  REDO = 'REDO',
  OTHER = 'OTHER',
}

export enum DisputeOutcome {
  AGREED = 'AGREED',
  CLAIMANT = 'CLAIMANT',
  RESPONDENT = 'RESPONDENT',
  SPLIT = 'SPLIT',
  DISMISSED = 'DISMISSED',
}

export enum DisputeParty {
  OPENER = 'OPENER',
  RESPONDENT = 'RESPONDENT',
}

export enum DisputeOfferStatus {
  OPEN = 'OPEN',
  ACCEPTED = 'ACCEPTED',
  DECLINED = 'DECLINED',
  WITHDRAWN = 'WITHDRAWN',
  EXPIRED = 'EXPIRED',
  SUPERSEDED = 'SUPERSEDED',
}

export enum DisputeViewerState {
  OPEN_INQUIRY = 'OPEN_INQUIRY',
  REQUIRED_ACTION = 'REQUIRED_ACTION',
  REQUIRED_OTHER_PARTY_ACTION = 'REQUIRED_OTHER_PARTY_ACTION',
  UNDER_REVIEW = 'UNDER_REVIEW',
  APPEALABLE = 'APPEALABLE',
  RESOLVED = 'RESOLVED',
}

registerEnumType(DisputeStatus, {
  name: 'DisputeStatus',
  description: 'Where a dispute stands; docs/machines.md has what leads where.',
  valuesMap: {
    RESOLVED: { description: 'Agreed or decided; a decision can be appealed for some days.' },
    REJECTED: { description: 'Dismissed; this can be appealed for some days.' },
    FINAL: { description: 'Over: paid out, and its bundle sealed.' },
    EXPIRED: { description: 'Nobody did anything about it for weeks.' },
  },
});
registerEnumType(DisputeStage, {
  name: 'DisputeStage',
  description: 'Who has the word.',
  valuesMap: {
    NEGOTIATION: { description: 'The two parties.' },
    REVIEW: { description: 'A mediator.' },
    APPEAL: { description: 'Somebody other than who decided.' },
  },
});
registerEnumType(DisputeContextKind, { name: 'DisputeContextKind', description: 'What a dispute is about.' });
registerEnumType(DisputeReason, { name: 'DisputeReason', description: 'What went wrong.' });
registerEnumType(DesiredOutcome, { name: 'DesiredOutcome', description: 'What the claimant wants.' });
registerEnumType(DisputeOutcome, {
  name: 'DisputeOutcome',
  description: 'How a dispute ended.',
  valuesMap: {
    AGREED: { description: 'The parties agreed, which cannot be appealed.' },
    CLAIMANT: { description: 'Decided for who opened it.' },
    RESPONDENT: { description: 'Decided for whom it is against.' },
    SPLIT: { description: 'Each gets a part; each may appeal.' },
    DISMISSED: { description: 'There was nothing to decide.' },
  },
});
registerEnumType(DisputeParty, { name: 'DisputeParty', description: 'One of the two sides.' });
registerEnumType(DisputeOfferStatus, {
  name: 'DisputeOfferStatus',
  description: 'What became of an offer.',
  valuesMap: {
    EXPIRED: { description: 'Its time was over, or that of negotiating.' },
    SUPERSEDED: { description: 'Another offer took its place.' },
  },
});
registerEnumType(DisputeViewerState, {
  name: 'DisputeViewerState',
  description: 'What a dispute asks of you, if you are one of its parties.',
  valuesMap: {
    OPEN_INQUIRY: { description: 'You and the other party talk; nobody has to do anything in particular.' },
    REQUIRED_ACTION: { description: 'It is your turn.' },
    REQUIRED_OTHER_PARTY_ACTION: { description: "It is the other party's turn." },
    UNDER_REVIEW: { description: 'Somebody neutral looks at it.' },
    APPEALABLE: { description: 'Decided against you, and you may appeal.' },
    RESOLVED: { description: 'Nothing is left to do for you.' },
  },
});
