import fs from 'node:fs';

/** All times are milliseconds since 1970, of the one clock that this machine has. */
interface Call {
  userId: string;
  roomId: string;
  from: number;
  to: number;
  /** Attempts whose outcome nobody knows: the connection was lost, or the server said UNAVAILABLE. */
  unknown: number;
  /** Null when it was done, else the code with which it was refused. */
  refusal: string | null;
}

export interface Send extends Call {
  clientId: string;
  content: string;
  /** As acknowledged. */
  messageId?: string;
  sequence?: number;
}

export interface Change extends Call {
  kind: 'edit' | 'delete' | 'react';
  messageId: string;
  /** Of an edit. */
  content?: string;
  /** As acknowledged. */
  revision?: number;
}

export interface Mark extends Call {
  /** The position that the server answered. */
  position?: number;
}

export interface Read extends Call {
  node: number;
}

/** Somebody was put out, or went: by whom does not matter. */
export interface Access extends Call {
  kind: 'removed' | 'blocked' | 'unblocked' | 'left' | 'joined';
}

export interface HeardEntry {
  at: number;
  type: 'MessageAdded' | 'MessageChanged';
  revision: number;
  messageId: string;
  sequence: number;
  content: string | null;
  messageRevision: number;
}

export interface Stream {
  userId: string;
  roomId: string;
  node: number;
  after: number;
  openedAt: number;
  firstAt: number | null;
  endedAt: number | null;
  /** Null while it runs. */
  ending: 'completed' | 'broken' | 'refused' | null;
  resyncs: number;
  entries: HeardEntry[];
  /** Positions of others that went back. */
  backwards: number;
}

export interface Fault {
  kind: string;
  /** The only node concerned; null: all. */
  node: number | null;
  /** Whether a node, or a client, cannot know in the meantime what has happened. */
  stalls: boolean;
  from: number;
  to: number;
}

/** What everybody did and saw. */
export class History {
  readonly sends: Send[] = [];
  readonly changes: Change[] = [];
  readonly marks: Mark[] = [];
  readonly reads: Read[] = [];
  readonly access: Access[] = [];
  readonly streams: Stream[] = [];
  readonly faults: Fault[] = [];
  /** Answers of kinds that a client should not meet. */
  internalErrors = 0;

  write(file: string): void {
    const { sends, changes, marks, reads, access, streams, faults } = this;
    const lines = Object.entries({ sends, changes, marks, reads, access, streams, faults }).flatMap(([type, records]) =>
      records.map((record) => JSON.stringify({ type, ...record })),
    );
    fs.writeFileSync(file, `${lines.join('\n')}\n`);
  }
}
