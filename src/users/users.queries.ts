import { nameFromId } from '../auth/claims.js';
import { newId } from '../common/ids.js';
import { run, type Connection } from '../database/sql.js';
import type { PlatformRole } from '../policy/roles.js';

/** Null leaves what is there, or takes the default for a new person. */
export interface Registration {
  externalId: string;
  displayName: string | null;
  email: string | null;
  role: PlatformRole | null;
  passwordHash: string | null;
}

/** Creates or updates a person, and gives their id. Two hosts that register the same person at once make one. */
export async function registerPerson(connection: Connection, registration: Registration): Promise<string> {
  const { externalId, displayName, email, role, passwordHash } = registration;
  const rows = await run<{ id: string }>(
    connection,
    {
      name: 'users.registerPerson',
      text: `
        insert into users (id, external_id, display_name, email, role, password_hash)
        values ($1, $2, coalesce($3, $7), $4, coalesce($5, 'USER'), $6)
        on conflict (external_id) do update
        set display_name = coalesce($3, users.display_name),
            email = coalesce($4, users.email),
            role = coalesce($5, users.role),
            password_hash = coalesce($6, users.password_hash),
            updated_at = now()
        returning id`,
    },
    [newId(), externalId, displayName, email, role, passwordHash, nameFromId(externalId)],
  );
  return rows[0]!.id;
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
