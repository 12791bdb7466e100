import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { tellOfName } from '../auth/auth.queries.js';
import { AuthService } from '../auth/auth.service.js';
import type { Viewer } from '../auth/context.js';
import { hashPassword } from '../sessions/passwords.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { badInput, notFound, ParleyError } from '../common/errors/errors.js';
import { isId } from '../common/values/ids.js';
import { isStorable } from '../common/text/text.js';
import { PlatformRole } from '../policy/roles.js';
import { User } from './user.entity.js';
import type { RegisterUserInput } from './users.inputs.js';
import { registerPerson, type Registration, setActive } from './users.queries.js';

/** Who runs the host's side: only they decide who exists. */
const REGISTRARS: readonly PlatformRole[] = [PlatformRole.ADMIN, PlatformRole.SERVICE];

/** What a constraint refused, in the words of the API. */
function explain(error: unknown): never {
  const constraint = error instanceof Error && 'constraint' in error ? error.constraint : undefined;
  if (constraint === 'users_local_account') throw new ParleyError('CONFLICT', 'Another local account has this address');
  if (constraint === 'users_password_check') throw badInput('input.email', 'a local account needs an address to sign in with');
  throw error;
}

/** People, and what the host may do with them. */
@Injectable()
export class UsersService {
  /** Rows of one execution each, as loaders hand them out. */
  private readonly shownToThemselves = new WeakSet<User>();

  constructor(
    private readonly database: DataSource,
    private readonly auth: AuthService,
    private readonly sessions: SessionsService,
  ) {}

  /** @throws NOT_FOUND */
  async byExternalId(externalId: string): Promise<User> {
    const user = isStorable(externalId) ? await this.database.getRepository(User).findOneBy({ externalId }) : null;
    if (!user) throw notFound();
    return user;
  }

  /** Somebody who has just signed in: their execution began without a viewer, but the answer is theirs. */
  isTheirOwn(user: User): void {
    this.shownToThemselves.add(user);
  }

  /** Themselves and platform staff see of a person what others do not. */
  isOpenTo(viewer: Viewer | null, user: User): boolean {
    if (this.shownToThemselves.has(user)) return true;
    return viewer !== null && (viewer.userId === user.id || viewer.platformRole !== PlatformRole.USER);
  }

  /**
   * Creates or updates a person, so that a host can put them into rooms before their first visit.
   *
   * @throws FORBIDDEN; BAD_USER_INPUT for a password without an address; CONFLICT when the address has another local account
   */
  async register(viewer: Viewer, input: RegisterUserInput): Promise<User> {
    this.mustBeRegistrar(viewer);
    const passwordHash = input.password ? await hashPassword(input.password) : null;
    const { externalId, displayName = null, email = null, role = null } = input;
    const user = await this.registered({ externalId, displayName, email, role, passwordHash }).catch(explain);
    this.auth.forget(user.id);
    return user;
  }

  /** Ends their sessions and refuses their tokens at once, or lets them in again. @throws FORBIDDEN, NOT_FOUND */
  async setActive(viewer: Viewer, userId: string, isActive: boolean): Promise<User> {
    this.mustBeRegistrar(viewer);
    if (!isId(userId)) throw notFound();
    const user = await this.database.transaction(async (manager) => {
      if (!(await setActive(manager, userId, isActive))) throw notFound();
      if (!isActive) await this.sessions.endAllOf(manager, userId);
      return manager.findOneByOrFail(User, { id: userId });
    });
    this.auth.forget(user.id);
    return user;
  }

  private registered(registration: Registration): Promise<User> {
    return this.database.transaction(async (manager) => {
      const { id, former_name } = await registerPerson(manager, registration);
      if (former_name !== null) await tellOfName(manager, id);
      if (registration.passwordHash) await this.sessions.endAllOf(manager, id);
      return manager.findOneByOrFail(User, { id });
    });
  }

  private mustBeRegistrar(viewer: Viewer): void {
    if (!REGISTRARS.includes(viewer.platformRole)) throw new ParleyError('FORBIDDEN');
  }
}
