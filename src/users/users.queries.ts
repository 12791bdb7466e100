import { nameFromId } from '../auth/claims.js';
import { newId } from '../common/values/ids.js';
import { run, type Connection } from '../database/sql.js';
import type { PlatformRole } from '../policy/roles.js';
import { User } from './user.entity.js';

/** A person as a statement returns them; every column is null where it joined nobody. */
export interface UserRow {
  user_id: string;
  external_id: string;
  display_name: string;
  email: string | null;
  role: PlatformRole;
  is_active: boolean;
  last_seen_at: Date | null;
  is_presence_hidden: boolean;
  is_reading_hidden: boolean;
  user_created_at: Date;
  user_updated_at: Date;
}

/** The columns of a `UserRow`, of the table with this alias. */
export const userColumns = (alias: string): string =>
  ['id as user_id', 'external_id', 'display_name', 'email', 'role', 'is_active', 'last_seen_at', 'is_presence_hidden', 'is_reading_hidden']
    .concat('created_at as user_created_at', 'updated_at as user_updated_at')
    .map((column) => `${alias}.${column}`)
    .join(', ');

export function toUser(row: UserRow): User {
  const user = new User();
  user.id = row.user_id;
  user.externalId = row.external_id;
  user.displayName = row.display_name;
  user.email = row.email;
  user.role = row.role;
  user.isActive = row.is_active;
  user.lastSeenAt = row.last_seen_at;
  user.isPresenceHidden = row.is_presence_hidden;
  user.isReadingHidden = row.is_reading_hidden;
  user.createdAt = row.user_created_at;
  user.updatedAt = row.user_updated_at;
  return user;
}

const BY_IDS = { name: 'users_by_ids', text: `select ${userColumns('u')} from users u where u.id = any($1)` };

export async function usersByIds(connection: Connection, ids: readonly string[]): Promise<User[]> {
  return (await run<UserRow>(connection, BY_IDS, [ids])).map(toUser);
}

/** Null leaves what is there, or takes the default for a new person. */
export interface Registration {
  externalId: string;
  displayName: string | null;
  email: string | null;
  role: PlatformRole | null;
  passwordHash: string | null;
}

interface Registered {
  id: string;
  /** Null where it is as it was, or new. */
  former_name: string | null;
}

const FORMER_NAME = '(select nullif(u.display_name, users.display_name) from users u where u.external_id = $2) as former_name';

/**
 * Creates or updates a person. The update comes first, because PostgreSQL checks a row to insert before it looks for a conflict: a new
 * password alone would want an address. Two that register the same new person at once make one.
 */
export async function registerPerson(connection: Connection, registration: Registration): Promise<Registered> {
  const { externalId, displayName, email, role, passwordHash } = registration;
  const rows = await run<Registered>(
    connection,
    {
      name: 'users.registerPerson',
      text: `
        with updated as (
          update users
          set display_name = coalesce($3, display_name),
              email = coalesce($4, email),
              role = coalesce($5, role),
              password_hash = coalesce($6, password_hash),
              updated_at = now()
          where external_id = $2
          returning id, ${FORMER_NAME}
        ), inserted as (
          insert into users (id, external_id, display_name, email, role, password_hash)
          select $1, $2, coalesce($3, $7), $4, coalesce($5, 'USER'), $6
          where not exists (select from updated)
          on conflict (external_id) do update
          set display_name = coalesce($3, users.display_name),
              email = coalesce($4, users.email),
              role = coalesce($5, users.role),
              password_hash = coalesce($6, users.password_hash),
              updated_at = now()
          returning id, ${FORMER_NAME}
        )
        select * from updated union all select * from inserted`,
    },
    [newId(), externalId, displayName, email, role, passwordHash, nameFromId(externalId)],
  );
  return rows[0]!;
}

/** Whether there is such a person. */
export async function setActive(connection: Connection, userId: string, isActive: boolean): Promise<boolean> {
  const rows = await run<{ id: string }>(
    connection,
    { name: 'users.setActive', text: 'update users set is_active = $2, updated_at = now() where id = $1 returning id' },
    [userId, isActive],
  );
  return rows.length > 0;
}
