import { hash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AuthService } from '../auth/auth.service.js';
import type { Viewer } from '../auth/context.js';
import { Tokens } from '../auth/tokens.js';
import { ParleyError } from '../common/errors/errors.js';
import { newId } from '../common/values/ids.js';
import { Attempts } from './attempts.js';
import { passwordMatches } from './passwords.js';
import type { Session } from './session.js';
import type { SignInInput } from './sessions.inputs.js';
import { endFamilyOfUsed, endSession, endSessionsOf, localAccount, openSession, rotate, type SessionRow } from './sessions.queries.js';

/** Counted from the last refresh: who comes back every month stays signed in. */
const REFRESH_DAYS = 30;

/** A refresh token and what is stored of it. 256 random bits need no slow hash. */
function newRefreshToken() {
  const token = randomBytes(32).toString('base64url');
  return { token, tokenHash: hashOf(token) };
}

const hashOf = (token: string): Buffer => hash('sha256', token, 'buffer');

/** One text for an unknown account, a wrong password and a deactivated person. */
const refused = () => new ParleyError('UNAUTHENTICATED', 'The address or the password is not right');

/** Sign-in for those without an identity provider. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly database: DataSource,
    private readonly tokens: Tokens,
    private readonly auth: AuthService,
    private readonly attempts: Attempts,
  ) {}

  /** @throws UNAUTHENTICATED, RATE_LIMITED, UNAVAILABLE */
  async signIn({ email, password }: SignInInput, address: string): Promise<Session> {
    this.mustSign();
    const login = email.toLowerCase();
    await this.attempts.count(address, login);
    const account = await localAccount(this.database, login);
    if (!(await passwordMatches(account?.password_hash, password)) || !account) throw refused();

    const refresh = newRefreshToken();
    const session = { id: newId(), account, refreshTokenHash: refresh.tokenHash, days: REFRESH_DAYS };
    const opened = await openSession(this.database, session);
    if (!opened) throw refused();
    return this.session(opened, refresh.token);
  }

  /**
   * The next pair of tokens. A token that was used before ends its session at once, for the thief and the robbed alike.
   *
   * @throws UNAUTHENTICATED, UNAVAILABLE
   * @see RFC 9700, section 4.14.2
   */
  async refresh(refreshToken: string): Promise<Session> {
    this.mustSign();
    const usedHash = hashOf(refreshToken);
    const next = newRefreshToken();
    const row = await rotate(this.database, { usedHash, nextHash: next.tokenHash, days: REFRESH_DAYS });
    if (row) return this.session(row, next.token);

    const ended = await endFamilyOfUsed(this.database, usedHash);
    if (ended) this.auth.forgetSession(ended);
    throw new ParleyError('UNAUTHENTICATED', 'The refresh token is not valid any more: sign in again');
  }

  /** False for a token of the host's identity provider: there is no session here to end. */
  async signOut({ sessionId }: Viewer): Promise<boolean> {
    if (!sessionId) return false;
    const wasOpen = await endSession(this.database, sessionId);
    this.auth.forgetSession(sessionId);
    return wasOpen;
  }

  /** All of a person's sessions, in the transaction that gives the reason. The caller makes `AuthService` forget after the commit. */
  endAllOf(manager: EntityManager, userId: string): Promise<void> {
    return endSessionsOf(manager, userId);
  }

  private mustSign(): void {
    if (!this.tokens.canSign) throw new ParleyError('UNAVAILABLE', 'There is no local sign-in on this server');
  }

  private async session(row: SessionRow, refreshToken: string): Promise<Session> {
    const { token, expiresAt } = await this.tokens.sign(row.external_id, row.session_id);
    return { accessToken: token, refreshToken, expiresAt, userId: row.user_id };
  }
}
