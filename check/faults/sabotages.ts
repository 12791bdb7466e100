/** A bug that can be planted in a node: how it changes the node is in sabotage.ts. */
export interface Sabotage {
  /** The promise and the fault by which the check must find it. */
  expected: string;
}

export const SABOTAGES = {
  'acknowledge-before-commit': { expected: 'P1 lost' },
  'refuse-what-is-written': { expected: 'P1 phantom' },
  'lose-edits': { expected: 'P1 altered' },
  'skip-sequences': { expected: 'P2 hole' },
  'ignore-client-ids': { expected: 'P3 sent twice' },
  'deliver-twice': { expected: 'P4 doubled' },
  'swap-events': { expected: 'P4 swapped' },
  'leave-holes': { expected: 'P4 missing' },
  'no-sweep': { expected: 'P4 missing' },
  'replay-without-edits': { expected: 'P4 stale' },
  'keep-streams-of-the-removed': { expected: 'P5 leaked' },
  'trust-the-cache': { expected: 'P5 read' },
  'let-the-removed-speak': { expected: 'P5 spoken' },
  'read-positions-go-back': { expected: 'P6 backwards' },
  'count-deleted-as-unread': { expected: 'P6 drifted' },
} as const satisfies Record<string, Sabotage>;

export type SabotageName = keyof typeof SABOTAGES;
