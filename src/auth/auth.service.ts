import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DataSource } from 'typeorm';
import { atMost } from '../common/at-most.js';
import { ParleyError } from '../common/errors/errors.js';
import { personOfSession, seePerson, tellOfName } from './auth.queries.js';
import type { Viewer } from './context.js';
import { Tokens } from './tokens.js';

/** Whose tokens are to be judged anew. */
export type Forgotten = { userId: string } | { sessionId: string };

export const concerns = (who: Forgotten, viewer: Viewer): boolean =>
  'userId' in who ? viewer.userId === who.userId : viewer.sessionId === who.sessionId;

const MAX_CACHED = 50_000;
const CACHED_MS = 60_000;

/** "Bearer <token>"; the scheme is not case-sensitive. @see RFC 6750 */
const BEARER = /^Bearer +(\S+) *$/i;

/** From the authorization of a request or a socket to the person behind it. */
@Injectable()
export class AuthService {
  /** By the hash of the token, so that a memory dump holds none. */
  private readonly viewers = new LRUCache<string, Viewer>(atMost(MAX_CACHED));
  private readonly pending = new Map<string, Promise<Viewer>>();
  /** Counts what was forgotten: who was looked up before that may be out of date and is not remembered. */
  private forgotten = 0;
  private readonly listeners: ((who: Forgotten) => void)[] = [];
  private readonly witnesses: ((userId: string) => void)[] = [];

  constructor(
    private readonly tokens: Tokens,
    private readonly database: DataSource,
  ) {}

  /**
   * Null without an authorization. Costs no SQL while the token is known to this node (a minute at most), and one statement
   * otherwise, however many requests come with it at once.
   *
   * @throws UNAUTHENTICATED for a token that does not hold, an ended session and a deactivated person
   */
  async authenticate(authorization: string | undefined): Promise<Viewer | null> {
    if (!authorization) return null;
    const token = BEARER.exec(authorization)?.[1];
    if (!token) throw new ParleyError('UNAUTHENTICATED', 'The authorization must be "Bearer" and a token');

    const key = hash('sha256', token, 'base64');
    const viewer = this.viewers.get(key);
    if (viewer) return this.saw(viewer);
    const pending = this.pending.get(key) ?? this.lookUp(key, token);
    this.pending.set(key, pending);
    try {
      return this.saw(await pending);
    } finally {
      if (this.pending.get(key) === pending) this.pending.delete(key);
    }
  }

  /** The person's tokens are judged anew from now on: after a deactivation or a change of role. */
  forget(userId: string): void {
    this.announce({ userId });
  }

  /** The session's tokens are judged anew from now on: after it ended. */
  forgetSession(sessionId: string): void {
    this.announce({ sessionId });
  }

  /** Hears of everything that this node forgets by its own decision. */
  onForgotten(listener: (who: Forgotten) => void): void {
    this.listeners.push(listener);
  }

  /** Hears of everybody who shows a token that holds, each time. */
  onSeen(listener: (userId: string) => void): void {
    this.witnesses.push(listener);
  }

  /** Whoever is answered without a look at the database. */
  remembered(): IterableIterator<Viewer> {
    return this.viewers.values();
  }

  /** Judges these anew from now on, as others have decided. */
  drop(matches: (viewer: Viewer) => boolean): void {
    this.forgotten++;
    this.pending.clear();
    for (const [key, viewer] of this.viewers.entries()) if (matches(viewer)) this.viewers.delete(key);
  }

  private async lookUp(key: string, token: string): Promise<Viewer> {
    const forgotten = this.forgotten;
    const claims = await this.tokens.verify(token);
    const person = claims.sessionId
      ? await personOfSession(this.database, claims.sessionId, claims.externalId)
      : await seePerson(this.database, claims);
    if (!person) throw new ParleyError('UNAUTHENTICATED', 'The session has ended');
    if (!person.is_active) throw new ParleyError('UNAUTHENTICATED', 'This account is deactivated');

    if (person.former_role) this.forget(person.id);
    if (person.former_name !== null) await tellOfName(this.database, person.id);
    const viewer = { userId: person.id, platformRole: person.role, sessionId: claims.sessionId, expiresAt: claims.expiresAt };
    const ttl = Math.min(CACHED_MS, viewer.expiresAt.getTime() - Date.now());
    // Within the clock tolerance a token is over already, and is verified each time.
    if (ttl > 0 && forgotten === this.forgotten) this.viewers.set(key, viewer, { ttl });
    return viewer;
  }

  private saw(viewer: Viewer): Viewer {
    for (const listener of this.witnesses) listener(viewer.userId);
    return viewer;
  }

  private announce(who: Forgotten): void {
    this.drop((viewer) => concerns(who, viewer));
    for (const listener of this.listeners) listener(who);
  }
}
